import type { PacedSession } from "../../aws/account-link.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type OpenConnection, openConnection, type Reach } from "../open-connection.ts";

/** The way to AWS for what may never need it: nothing is asked of AWS before the first session is wanted. */
export class AwsAccess {
  readonly #configuration: Configuration;
  readonly #reach: Reach;
  readonly #context: Context;
  #opening: Promise<OpenConnection> | undefined;

  constructor(configuration: Configuration, reach: Reach, context: Context) {
    this.#configuration = configuration;
    this.#reach = reach;
    this.#context = context;
  }

  /** Every account and region of the configuration. Fails like `openConnection`; the next call then tries anew. */
  open(): Promise<OpenConnection> {
    this.#opening ??= openConnection(this.#configuration, this.#reach, this.#context).catch(
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /** A session in a region (the first of the configuration when none is named), of an account or of the first. */
  async session(region?: string, account?: string): Promise<PacedSession> {
    const { places } = await this.open();
    const found = places.find(({ session }) => account === undefined || session.account === account);
    if (!found)
      throw new WatchkeeperError(
        "unknown-account",
        `account ${account} isn't among those of the configuration`,
        {
          remedy: "add it to accounts: with a role that may be assumed there",
        },
      );
    return region === undefined ? found.session : found.session.inRegion(region);
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const open = await this.#opening?.catch(() => undefined);
    open?.connection.close();
  }
}
