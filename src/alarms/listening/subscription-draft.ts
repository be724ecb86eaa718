import type { AwsSession } from "../../aws/session.ts";
import { scopeAddress } from "../../model/scope.ts";
import type { Change, PlanNote, Reason } from "../../plan/plan.ts";
import { NOTHING_PLANNED, type PlannedChanges } from "../../plan/planner.ts";
import { hashOf } from "../../support/canonical-json.ts";
import {
  type LiveSubscription,
  SUBSCRIPTION_TYPE,
  type SubscriptionState,
  type Target,
  targetName,
} from "./subscription.ts";

/** Subscriptions as planned in one account and region, and what the queue's own plan needs to know of them. */
export interface PlannedSubscriptions extends PlannedChanges {
  /** ARNs of the topics here that send to the configuration's queue; undefined when topics could not be listed. */
  readonly senders?: readonly string[];
  /** Deletions that happen if the queue of ours that they lead to goes, by its ARN. */
  readonly leaving: ReadonlyMap<string, readonly Change[]>;
}

/** The same without what would lead to a queue that won't take it. */
export function withoutSubscribing<Planned extends PlannedChanges>(
  planned: Planned,
  queueArn: string,
): Planned {
  const changes = planned.changes.filter(
    ({ action, after }) => action !== "create" || (after as SubscriptionState).endpoint !== queueArn,
  );
  return { ...planned, changes, callsToMake: callsFor(changes) };
}

/** A topic and its name. */
export interface NamedTopic {
  readonly arn: string;
  readonly name: string;
}

/** Where subscriptions are planned, and for which configuration. */
export interface DraftPlace {
  readonly session: Pick<AwsSession, "account" | "region">;
  readonly configuration: string;
}

/** Code of a subscription that somebody has yet to confirm. */
export const SUBSCRIPTION_PENDING = "subscription-pending";

/** Nothing planned. */
export const NO_SUBSCRIPTIONS: PlannedSubscriptions = { ...NOTHING_PLANNED, leaving: new Map() };

/** Subscriptions of one account and region, as their plan comes together. */
export class SubscriptionDraft {
  readonly changes: Change[] = [];
  readonly notes: PlanNote[] = [];
  readonly leaving = new Map<string, readonly Change[]>();
  unchanged = 0;
  readonly #options: DraftPlace;

  constructor(options: DraftPlace) {
    this.#options = options;
  }

  note(severity: PlanNote["severity"], code: string, message: string): void {
    this.notes.push({ severity, code, message });
  }

  /** A subscription that is missing. */
  create(topic: NamedTopic, target: Target): void {
    const text =
      target.protocol === "sqs" ? "not subscribed yet" : "pending until the listener there confirms it";
    this.changes.push({
      ...this.#about(topic, target),
      action: "create",
      reason: { code: "new", text },
      after: { topicArn: topic.arn, ...target } satisfies SubscriptionState,
    });
  }

  /** An address that hasn't confirmed its subscription: SNS asks it once, and once more for each time that it is subscribed. */
  asking(topic: NamedTopic, target: Target): void {
    const state: SubscriptionState = { topicArn: topic.arn, ...target };
    this.changes.push({
      ...this.#about(topic, target),
      action: "update",
      reason: {
        code: SUBSCRIPTION_PENDING,
        text: "pending: nothing arrives there until the listener confirms it; with that up (`watchkeeper notify listen --http`), apply asks again",
      },
      before: state,
      after: state,
      beforeHash: hashOf(state, 16),
    });
  }

  /** The change that ends a subscription; it isn't planned by that yet. */
  deletion(
    topic: NamedTopic,
    { arn, protocol, endpoint }: LiveSubscription & { readonly arn: string },
    marked: boolean,
    reason: Reason,
  ): Change {
    const target = { protocol: protocol as Target["protocol"], endpoint };
    const before: SubscriptionState = { topicArn: topic.arn, ...target, subscriptionArn: arn, marked };
    return {
      ...this.#about(topic, target),
      action: "delete",
      reason,
      before,
      beforeHash: hashOf(before, 16),
    };
  }

  /** Everything so far. */
  planned(): PlannedSubscriptions {
    return {
      ...NO_SUBSCRIPTIONS,
      changes: this.changes,
      notes: this.notes,
      unchanged: this.unchanged,
      leaving: this.leaving,
      callsToMake: callsFor(this.changes),
    };
  }

  #about(topic: { readonly name: string }, target: Target) {
    const { session, configuration } = this.#options;
    const scope = { account: session.account, region: session.region, type: SUBSCRIPTION_TYPE };
    const identity = `${configuration}/${topic.name}/${target.endpoint}`;
    const name = `${topic.name} -> ${targetName(target)}`;
    return { address: `${scopeAddress(scope)}/${identity}`, scope, identity, name, fields: [] };
  }
}

/** Calls that these changes of subscriptions take. */
export function callsFor(changes: readonly Change[]): Readonly<Record<string, number>> {
  const created = changes.filter(({ action }) => action === "create").length;
  const asked = changes.filter(({ action }) => action !== "delete").length;
  const deletions = changes.filter(({ action }) => action === "delete");
  const marked = deletions.filter(({ before }) => (before as SubscriptionState).marked).length;
  return {
    ...(asked > 0 ? { "sns:ListTagsForResource": asked, "sns:Subscribe": asked } : {}),
    ...(created > 0 ? { "sns:TagResource": created } : {}),
    ...(deletions.length > 0 ? { "sns:Unsubscribe": deletions.length } : {}),
    ...(marked > 0 ? { "sns:UntagResource": marked } : {}),
  };
}
