import type { AwsSession } from "../../aws/session.ts";
import { type Scope, scopeAddress } from "../../model/scope.ts";
import type { Change, FieldChange, PlanNote, Reason } from "../../plan/plan.ts";
import { NOTHING_PLANNED, type Outcome, type PlannedChanges } from "../../plan/planner.ts";
import { hashOf } from "../../support/canonical-json.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { applyEach } from "../apply-each.ts";
import { configurationTags } from "../spec/tags.ts";
import { type Listening, placeOf } from "./listening.ts";
import { LONGEST_POLICY, policyWith, sendersIn } from "./queue-policy.ts";
import type { LiveQueue, QueueReader, SessionFor } from "./queue-reader.ts";
import {
  formerTopics,
  liveState,
  nameOf,
  QUEUE_ATTRIBUTES,
  QUEUE_TYPE,
  type QueueDemand,
  type QueueState,
  TOPICS_LEAVE,
  wantedTopics,
  whatChanges,
} from "./queue-state.ts";
import { callsFor } from "./subscription-draft.ts";

/** Code of the reason why a queue can't let all topics send. */
export const POLICY_TOO_LONG = "policy-too-long";

/** Calls of looking at one queue again. */
const LOOK = { "sqs:GetQueueUrl": 1, "sqs:ListQueueTags": 1, "sqs:GetQueueAttributes": 1 } as const;

export interface QueuePlannerOptions {
  readonly sessionFor: SessionFor;
  readonly context: Pick<Context, "signal">;
  /** The configuration's name. */
  readonly configuration: string;
  readonly listening: Listening;
  readonly queues: QueueReader;
  readonly intent?: "plan" | "destroy";
}

/**
 * Plans and applies the queue that `listen:` names, once for the whole configuration: it is made, tagged as ours, and lets exactly the
 * configuration's topics send, wherever they are. A queue of that name without our tag is a conflict and never touched. A queue of ours
 * that the configuration no longer names goes with the subscriptions that led to it, unless there are messages in it that nobody read.
 */
export class QueuePlanner {
  readonly types: readonly string[] = [QUEUE_TYPE];
  readonly #options: QueuePlannerOptions;

  constructor(options: QueuePlannerOptions) {
    this.#options = options;
  }

  /** The queue's changes, and those deletions of subscriptions that go with it. */
  async plan(demand: QueueDemand): Promise<PlannedChanges> {
    const { listening, intent = "plan" } = this.#options;
    const { queue, error } = listening;
    const parts: PlannedChanges[] = [];
    if (error) {
      const { account, ...why } = error;
      parts.push({
        ...NOTHING_PLANNED,
        scopes: [{ account, region: "*", type: QUEUE_TYPE, complete: false, error: why }],
      });
    }
    if (queue?.isMade) parts.push(await this.#named(queue.arn, demand));
    if (queue && !queue.isMade && intent === "plan") parts.push(this.#given(queue.arn, demand));
    const superfluous = new Set(
      demand.places.flatMap(({ subscriptions }) => [...subscriptions.leaving.keys()]),
    );
    if (intent === "destroy" && queue?.isMade) superfluous.add(queue.arn);
    for (const arn of superfluous) parts.push(await this.#leaving(arn, demand));
    return together(parts);
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    await applyEach(changes, this.#options.context.signal, report, (change) => this.#applyOne(change));
  }

  async #applyOne({ action, name, before, after, reason, beforeHash }: Change): Promise<Outcome["error"]> {
    const { configuration, queues } = this.#options;
    const { arn } = (after ?? before) as QueueState;
    const session = this.#session(arn);
    if (action === "create") {
      const { topics } = after as QueueState;
      const Policy = policyWith(undefined, arn, topics);
      await session.send("sqs", "CreateQueue", {
        QueueName: name,
        Attributes: { ...QUEUE_ATTRIBUTES, ...(Policy === undefined ? {} : { Policy }) },
        tags: Object.fromEntries(configurationTags(configuration).map(({ Key, Value }) => [Key, Value])),
      });
      return undefined;
    }
    const reading = await queues.readAgain(arn);
    if (reading.status === "unknown")
      throw new WatchkeeperError(reading.error.code, reading.error.message, { source: "aws" });
    // Somebody was quicker.
    if (reading.status === "absent") return action === "delete" ? undefined : stale("it is gone");
    const { queue } = reading;
    if (!queue.isOurs) return stale("it no longer has the tag that says we made it");
    if (action === "delete") {
      if (reason.code !== "destroy" && queue.messages > 0) return stale("messages have come in");
      await session.send("sqs", "DeleteQueue", { QueueUrl: queue.url });
      return undefined;
    }
    if (hashOf(liveState(arn, queue), 16) !== beforeHash) return stale("other topics may send than before");
    const Policy = policyWith(queue.policy, arn, (after as QueueState).topics) ?? "";
    await session.send("sqs", "SetQueueAttributes", { QueueUrl: queue.url, Attributes: { Policy } });
    return undefined;
  }

  async #named(arn: string, demand: QueueDemand): Promise<PlannedChanges> {
    const { queues, configuration, intent } = this.#options;
    const scope = { ...placeOf(arn), type: QUEUE_TYPE, complete: true };
    const name = nameOf(arn);
    const reading = await queues.read(arn);
    if (reading.status === "unknown")
      return { ...NOTHING_PLANNED, scopes: [{ ...scope, complete: false, error: reading.error }] };
    const isForeign = reading.status === "there" && !reading.queue.isOurs;
    if (intent === "destroy") {
      const text = `queue ${name} was not made by us: it stays`;
      return {
        ...NOTHING_PLANNED,
        scopes: [scope],
        notes: isForeign ? [note("info", "queue-not-ours", text)] : [],
      };
    }
    if (isForeign) {
      const text = "exists, not ours: name another, or give its ARN to use it as it is";
      return withChange(scope, {
        ...this.#about(arn),
        action: "conflict",
        reason: { code: "not-ours", text },
        before: { arn, topics: sendersIn(reading.queue.policy) } satisfies QueueState,
      });
    }
    const live = reading.status === "there" ? reading.queue : undefined;
    const topics = wantedTopics(sendersIn(live?.policy), demand);
    const tooLong = (policyWith(live?.policy, arn, topics)?.length ?? 0) > LONGEST_POLICY;
    if (tooLong) {
      const text = `${topics.length} topics don't fit into the policy of one queue, which has ${LONGEST_POLICY} bytes: split the configuration`;
      return withChange(scope, {
        ...this.#about(arn),
        action: "conflict",
        reason: { code: POLICY_TOO_LONG, text },
      });
    }
    if (!live) {
      const tags = configurationTags(configuration);
      const after: QueueState = { arn, topics, tags, attributes: QUEUE_ATTRIBUTES };
      return withChange(
        scope,
        { ...this.#about(arn), action: "create", reason: { code: "new", text: "no such queue yet" }, after },
        { "sqs:CreateQueue": 1 },
      );
    }
    const notes = formerNotes(formerTopics(sendersIn(live.policy), demand));
    const before = liveState(arn, live);
    if (hashOf(before.topics) === hashOf(topics))
      return { ...NOTHING_PLANNED, scopes: [scope], unchanged: 1, notes };
    return { ...this.#otherTopics(arn, live, topics, "topics"), notes };
  }

  /** Lets other topics send to a queue that stays. */
  #otherTopics(arn: string, live: LiveQueue, topics: readonly string[], code: string): PlannedChanges {
    const before = liveState(arn, live);
    const fields: FieldChange[] = [
      { field: "topics", live: before.topics, desired: topics, verdict: "update", lastAsked: "other" },
    ];
    return withChange(
      { ...placeOf(arn), type: QUEUE_TYPE, complete: true },
      {
        ...this.#about(arn),
        action: "update",
        reason: { code, text: whatChanges(before.topics, topics) },
        fields,
        before,
        beforeHash: hashOf(before, 16),
        after: { arn, topics } satisfies QueueState,
      },
      { ...LOOK, "sqs:SetQueueAttributes": 1 },
    );
  }

  /** Somebody else's queue: only what its owner has to see to. */
  #given(arn: string, { places }: QueueDemand): PlannedChanges {
    const isNew = places.some(({ subscriptions }) =>
      subscriptions.changes.some(
        ({ action, identity }) => action === "create" && identity.endsWith(`/${arn}`),
      ),
    );
    const text = `queue ${nameOf(arn)} is not ours to change: its policy must let the topics send to it, as docs/notifications.md shows`;
    return { ...NOTHING_PLANNED, notes: isNew ? [note("info", "queue-policy", text)] : [] };
  }

  /** A queue of ours that isn't wanted any more, with the subscriptions that lead to it. */
  async #leaving(arn: string, { places, keep, leavingTopics = [] }: QueueDemand): Promise<PlannedChanges> {
    const { queues, intent, configuration } = this.#options;
    const reading = await queues.read(arn);
    if (reading.status !== "there" || !reading.queue.isOurs) return NOTHING_PLANNED;
    const { messages } = reading.queue;
    const before: QueueState = { arn, topics: sendersIn(reading.queue.policy), messages };
    const name = nameOf(arn);
    const isDestroyed = intent === "destroy";
    const held = messages === 1 ? "1 message" : `${messages} messages`;
    const stays: Reason | undefined =
      keep !== undefined
        ? { code: "queue-needed", text: keep }
        : !isDestroyed && messages > 0
          ? {
              code: "queue-not-empty",
              text: `no longer named, but ${held} in it: watchkeeper notify listen --queue ${name} reads them, then apply again`,
            }
          : undefined;
    const scope = { ...placeOf(arn), type: QUEUE_TYPE, complete: true };
    const rest = before.topics.filter((topic) => !leavingTopics.includes(topic));
    if (stays && isDestroyed && rest.length < before.topics.length)
      return this.#otherTopics(arn, reading.queue, rest, TOPICS_LEAVE);
    if (stays) return withChange(scope, { ...this.#about(arn), action: "keep", reason: stays, before });
    const reason: Reason = isDestroyed
      ? { code: "destroy", text: `what configuration ${configuration} made is destroyed` }
      : { code: "listen-changed", text: "the configuration no longer names it" };
    const leaving = places.flatMap(({ subscriptions }) => subscriptions.leaving.get(arn) ?? []);
    const deletion: Change = {
      ...this.#about(arn),
      action: "delete",
      reason,
      before,
      beforeHash: hashOf(before, 16),
    };
    const lost = `queue ${name} goes with ${held} in it that nobody has read`;
    return {
      ...NOTHING_PLANNED,
      scopes: [scope],
      changes: [deletion, ...leaving],
      notes: messages > 0 ? [note("warning", "queue-not-empty", lost)] : [],
      callsToMake: { ...LOOK, "sqs:DeleteQueue": 1, ...callsFor(leaving) },
    };
  }

  #about(arn: string): Pick<Change, "address" | "scope" | "identity" | "name" | "fields"> {
    const scope = { ...placeOf(arn), type: QUEUE_TYPE };
    const name = nameOf(arn);
    const identity = `${this.#options.configuration}/${name}`;
    return { address: `${scopeAddress(scope)}/${identity}`, scope, identity, name, fields: [] };
  }

  #session(arn: string): AwsSession {
    const { account, region } = placeOf(arn);
    const session = this.#options.sessionFor(account, region);
    if (session) return session;
    throw new WatchkeeperError("account-unreached", `account ${account} isn't reached`);
  }
}

function note(severity: PlanNote["severity"], code: string, message: string): PlanNote {
  return { severity, code, message };
}

/** What may be left in places that the configuration no longer names, told by what its queue still hears. */
function formerNotes(topics: readonly string[]): readonly PlanNote[] {
  const places = new Map(topics.map((arn) => [Object.values(placeOf(arn)).join(" "), placeOf(arn)]));
  return [...places].map(([place, { account, region }]) =>
    note(
      "warning",
      "former-place",
      `${place} is no longer in the configuration, whose queue still hears a topic there: alarms made there stay until watchkeeper destroy --account ${account} --region ${region} removes them (docs/merge.md)`,
    ),
  );
}

function stale(message: string): NonNullable<Outcome["error"]> {
  return { code: "stale", message, remedy: "plan again" };
}

function withChange(
  scope: Scope,
  change: Change,
  callsToMake: PlannedChanges["callsToMake"] = {},
): PlannedChanges {
  return { ...NOTHING_PLANNED, scopes: [scope], changes: [change], callsToMake };
}

function together(parts: readonly PlannedChanges[]): PlannedChanges {
  const calls = new Map<string, number>();
  for (const { callsToMake } of parts)
    for (const [call, count] of Object.entries(callsToMake)) calls.set(call, (calls.get(call) ?? 0) + count);
  const scopes = new Map<string, Scope>();
  for (const scope of parts.flatMap((part) => part.scopes)) {
    const place = `${scope.account} ${scope.region}`;
    if (scopes.get(place)?.complete !== false) scopes.set(place, scope);
  }
  return {
    ...NOTHING_PLANNED,
    scopes: [...scopes.values()],
    changes: parts.flatMap((part) => part.changes),
    unchanged: parts.reduce((sum, { unchanged }) => sum + unchanged, 0),
    notes: parts.flatMap((part) => part.notes),
    callsToMake: Object.fromEntries(calls),
  };
}
