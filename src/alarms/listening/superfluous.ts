import type { AwsSession } from "../../aws/session.ts";
import type { Reason } from "../../plan/plan.ts";
import { isWatchkeeperError } from "../../support/errors.ts";
import { configurationTags, madeBy } from "../spec/tags.ts";
import { type Listening, targetsOf } from "./listening.ts";
import { type QueueReader, UNREACHED } from "./queue-reader.ts";
import { type LiveSubscription, leadsTo, markOf, targetName } from "./subscription.ts";
import type { NamedTopic, SubscriptionDraft } from "./subscription-draft.ts";

/** Queues that others subscribed are looked at, on topics that we didn't make, up to this many: each costs calls. */
const MOST_LOOKED_AT = 10;

/** A topic with what hears it. */
export interface TopicSubscriptions {
  readonly topic: NamedTopic;
  readonly live: readonly LiveSubscription[];
  /** The configuration names the topic no longer. */
  readonly isFormer: boolean;
  /** `destroy` deletes it, and its subscriptions go with it; or it stays with them. */
  readonly goes: boolean;
}

/** What tells ours from others'. */
export interface SuperfluousOptions {
  readonly session: AwsSession;
  readonly configuration: string;
  readonly listening: Listening;
  readonly queues: QueueReader;
  readonly intent?: "plan" | "destroy";
}

/**
 * Adds to the draft what ends subscriptions that the configuration doesn't want. Those that lead to a queue of ours go with the queue,
 * whose own plan decides that.
 */
export async function planSuperfluous(
  all: readonly TopicSubscriptions[],
  options: SuperfluousOptions,
  draft: SubscriptionDraft,
): Promise<void> {
  const { listening, intent } = options;
  const configured = targetsOf(listening);
  const wanted = intent === "destroy" ? [] : configured;
  let lookedAt = 0;
  for (const { topic, live, isFormer, goes } of all) {
    const others = live.filter((sub) => isFormer || !wanted.some((target) => leadsTo(sub, target)));
    const concerned = others.filter(
      ({ protocol, endpoint }) =>
        /^(sqs|https?)$/.test(protocol) && (!isFormer || endpoint === listening.queue?.arn),
    );
    if (concerned.length === 0) continue;
    const { isOurs, marks } = await tagsOf(topic.arn, options);
    for (const sub of concerned) {
      const marked = marks.has(markOf(sub));
      const isConfigured = configured.some((target) => leadsTo(sub, target));
      // Whoever made a topic of ours tags it for each of its subscriptions, so that queues needn't be asked.
      const ask = sub.protocol === "sqs" && (marked || isConfigured || !isOurs);
      const isGuess = ask && !isConfigured && !marked;
      if (isGuess) lookedAt += 1;
      const isTooMany = isGuess && lookedAt > MOST_LOOKED_AT;
      const owner = ask && !isTooMany ? await queueOwner(sub.endpoint, options) : "others";
      if (owner === "unknown" || (owner === "others" && !marked)) {
        if (isConfigured && !goes && intent === "destroy")
          draft.note(
            "info",
            "subscription-left",
            `${topic.name} still sends to ${targetName(sub)}: nothing says that we subscribed it, so it stays`,
          );
        continue;
      }
      const reason: Reason =
        intent === "destroy"
          ? { code: "destroy", text: `what configuration ${options.configuration} made is destroyed` }
          : isFormer
            ? { code: "topic-dropped", text: `the configuration no longer names topic ${topic.name}` }
            : { code: "listen-changed", text: `the configuration no longer names ${targetName(sub)}` };
      // One that isn't confirmed can't be ended, and ends by itself.
      const change =
        goes || sub.arn === undefined
          ? undefined
          : draft.deletion(topic, { ...sub, arn: sub.arn }, marked, reason);
      if (owner === "us" && !isFormer)
        draft.leaving.set(sub.endpoint, [
          ...(draft.leaving.get(sub.endpoint) ?? []),
          ...(change ? [change] : []),
        ]);
      else if (change) draft.changes.push(change);
    }
  }
  if (lookedAt > MOST_LOOKED_AT)
    draft.note(
      "info",
      "queues-not-looked-at",
      `${lookedAt - MOST_LOOKED_AT} more queues hear topics that aren't ours; whether this configuration made one of them is not known`,
    );
}

/** Whose queue it is. We make none in accounts that aren't reached. */
async function queueOwner(arn: string, { queues }: SuperfluousOptions): Promise<"us" | "others" | "unknown"> {
  const reading = await queues.read(arn);
  if (reading.status === "there") return reading.queue.isOurs ? "us" : "others";
  return reading.status === "unknown" && reading.error.code !== UNREACHED ? "unknown" : "others";
}

async function tagsOf(
  topicArn: string,
  { session, configuration }: SuperfluousOptions,
): Promise<{ readonly isOurs: boolean; readonly marks: ReadonlySet<string> }> {
  const [{ Value: own } = { Value: "" }] = configurationTags(configuration);
  try {
    const { Tags = [] } = await session.send("sns", "ListTagsForResource", { ResourceArn: topicArn });
    const marks = Tags.filter(({ Value }) => Value === own).map(({ Key = "" }) => Key);
    return { isOurs: madeBy(configuration, Tags), marks: new Set(marks) };
  } catch (error) {
    // Without its tags nothing proves anything.
    if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
    return { isOurs: false, marks: new Set() };
  }
}
