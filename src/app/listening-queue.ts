import type { Listening } from "../alarms/listening/listening.ts";
import type { SessionFor } from "../alarms/listening/queue-reader.ts";
import type { PacedSession } from "../aws/account-link.ts";
import { formatArn } from "../model/arn.ts";
import type { AccountConfig, Configuration } from "../model/configuration.ts";
import type { ListenQueue } from "../model/notification-policy.ts";
import { type Partition, partitionOf } from "../model/partition.ts";
import type { OpenConnection } from "./open-connection.ts";

/** Sessions of the accounts that were reached, in any region of theirs. */
export function sessionsOf({ reached }: Pick<OpenConnection, "reached">): SessionFor {
  const byAccount = new Map<string, PacedSession>();
  for (const { session } of reached) byAccount.set(session.account, session);
  return (account, region) => byAccount.get(account)?.inRegion(region);
}

/** What `listen:` means in the accounts that were reached. */
export function listeningOf(
  configuration: Pick<Configuration, "accounts" | "regions" | "notifications">,
  open: Pick<OpenConnection, "reached" | "unreachable">,
): Listening {
  const { queue, endpoint } = configuration.notifications?.listen ?? {};
  const rest = endpoint === undefined ? {} : { endpoint };
  if (queue === undefined) return rest;
  if ("arn" in queue) return { ...rest, queue: { arn: queue.arn, isMade: false } };
  const home = homeOf(queue, configuration, open);
  if ("message" in home) return { ...rest, error: home };
  const arn = formatArn({ ...home, service: "sqs", resource: queue.name });
  return { ...rest, queue: { arn, isMade: true } };
}

type Home =
  | { readonly partition: Partition; readonly account: string; readonly region: string }
  | NonNullable<Listening["error"]>;

/** Where the queue is: the account it names, else the first of the configuration; the region it names, else the first of that account. */
function homeOf(
  queue: Extract<ListenQueue, { readonly name: string }>,
  { accounts, regions }: Pick<Configuration, "accounts" | "regions">,
  { reached, unreachable }: Pick<OpenConnection, "reached" | "unreachable">,
): Home {
  const isMeant = (config: AccountConfig, id?: string): boolean =>
    queue.account === undefined
      ? accounts.length === 0 || config === accounts[0]
      : config.name === queue.account || id === queue.account;
  const place = reached.find(({ config, session }) => isMeant(config, session.account));
  if (!place) {
    const account = queue.account ?? accounts[0]?.name ?? "default";
    const error = unreachable.find(({ config }) => isMeant(config))?.error;
    const why = error === undefined ? "it isn't among accounts:" : error.message;
    const message = `queue ${queue.name} is to be in account ${account}, which isn't reached: ${why}`;
    return { account, code: error?.code ?? "unknown-account", message };
  }
  const { account, region: first, partition } = place.session;
  const region = queue.region ?? place.config.regions?.[0] ?? regions[0] ?? first;
  if (partitionOf(region) === partition) return { partition, account, region };
  const message = `queue ${queue.name} is to be in ${region}, which is in another partition than account ${account}`;
  return { account, code: "mixed-partitions", message };
}
