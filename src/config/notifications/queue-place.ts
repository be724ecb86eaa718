import { parseArn } from "../../model/arn.ts";
import type { AccountConfig, TopicConfig } from "../../model/configuration.ts";
import type { ListenQueue } from "../../model/notification-policy.ts";
import { partitionOf } from "../../model/partition.ts";
import { KNOWN_REGIONS } from "../../model/region-name.ts";
import { undeliverableBecause } from "../../model/sns-reach.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";

/** Where a configuration works, and what it tells. */
export interface Places {
  readonly accounts: readonly AccountConfig[];
  readonly regions: readonly string[];
  readonly topics: Readonly<Record<string, TopicConfig>>;
}

/**
 * Checks where the queue is to be, as far as a file can tell: its region against those of its account, and that one topic at least can send
 * there. Regions that come from the environment are unknown here.
 */
export function checkQueuePlace(queue: ListenQueue, path: Path, places: Places, reading: Reading): void {
  const own = "arn" in queue ? [] : regionsOf(queue.account, places);
  const written = "arn" in queue ? undefined : queue.region;
  if (written !== undefined) checkRegion(written, own, [...path, "region"], reading);
  const region = "arn" in queue ? parseArn(queue.arn)?.region : (written ?? own[0]);
  if (region === undefined) return;
  const reasons = topicRegions(places).map((from) => undeliverableBecause(from, region));
  const [reason] = reasons;
  if (reason === undefined || reasons.includes(undefined)) return;
  const place = written === undefined ? path : [...path, "region"];
  reading.error(
    "queue-out-of-reach",
    `no topic of this configuration can send to this queue: ${reason}`,
    place,
  );
}

function checkRegion(region: string, own: readonly string[], path: Path, reading: Reading): void {
  if (own.includes(region)) return;
  if (own.length > 0) {
    const guess = didYouMean(region, own) || " It is made there all the same";
    const message = `queue in ${region}, which is none of its account's regions (${own.join(", ")}).${guess}`;
    // Of another partition: what that means is told as an error.
    if (own.some((one) => partitionOf(one) === partitionOf(region)))
      reading.warn("queue-region", message, path);
  } else if (!KNOWN_REGIONS.includes(region)) {
    const message = `no region ${JSON.stringify(region)} is known here.${didYouMean(region, KNOWN_REGIONS)}`;
    reading.warn("queue-region", message, path);
  }
}

/** Regions of an account, by the name or id that the queue gives it; the first account's when it gives none, all of them when it isn't told apart. */
function regionsOf(account: string | undefined, { accounts, regions }: Places): readonly string[] {
  const isMeant = ({ name, roleArn = "" }: AccountConfig): boolean =>
    name === account || parseArn(roleArn)?.account === account;
  const meant = account === undefined ? accounts.slice(0, 1) : accounts.filter(isMeant);
  return [...new Set((meant.length > 0 ? meant : accounts).flatMap((one) => one.regions ?? regions))];
}

/** Every region that has a topic: a name stands for one in each account and region. */
function topicRegions({ accounts, regions, topics }: Places): readonly string[] {
  const everywhere = accounts.flatMap((account) => account.regions ?? regions);
  const each = Object.values(topics).flatMap((topic) =>
    "arn" in topic ? [parseArn(topic.arn)?.region ?? ""] : everywhere,
  );
  return [...new Set(each)].filter((region) => region !== "");
}
