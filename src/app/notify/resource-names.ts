import { listResources } from "../../inventory/list-resources.ts";
import { RESOURCE_TYPE_NAMES } from "../../inventory/registry.ts";
import type { Knowledge, KnownResource } from "../../notify/knowledge.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { AwsAccess } from "./aws-access.ts";

/** How long events wait for the first listing, ms. Without it they are told all the same, by ids. */
const FIRST_LISTING = 10_000;

/** Names and tags of the fleet's resources, kept at hand for what people read and for routes that speak of tags. */
export class ResourceNames {
  #known = new Map<string, KnownResource>();
  #accounts = new Map<string, string>();

  readonly lookup: Knowledge["resource"] = (account, region, id) =>
    this.#known.get(keyOf(account, region, id));

  /** What the configuration calls an account of which it doesn't tell the id: the one at hand, without a role. */
  readonly accountName: Knowledge["accountName"] = (account) => this.#accounts.get(account);

  /** Lists everything anew. What can't be listed keeps the names it had; nothing that goes wrong here stops a notification. */
  async refresh(aws: AwsAccess, context: Context): Promise<void> {
    try {
      const { places } = await aws.open();
      for (const { config, session } of places)
        if (config.name !== undefined) this.#accounts.set(session.account, config.name);
      for (const { session } of places) {
        const { account, region } = session;
        const { resources, scopes } = await listResources(session, RESOURCE_TYPE_NAMES, context);
        if (scopes.every(({ complete }) => complete)) {
          const prefix = keyOf(account, region, "");
          for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key);
        }
        for (const { id, name, type, tags } of resources)
          this.#known.set(keyOf(account, region, id), { ...(name === id ? {} : { name }), type, tags });
      }
    } catch (error) {
      context.log.debug("names of resources can't be looked up", { reason: messageOf(error) });
    }
  }

  /** The first `refresh`, waited for only so long. */
  async begin(aws: AwsAccess, context: Context): Promise<void> {
    const waited = new AbortController();
    await Promise.race([
      this.refresh(aws, context),
      context.clock.sleep(FIRST_LISTING, waited.signal).catch(() => undefined),
    ]);
    waited.abort();
  }
}

function keyOf(account: string, region: string, id: string): string {
  return `${account}/${region}/${id}`;
}
