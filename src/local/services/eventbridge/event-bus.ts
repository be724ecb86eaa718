import { randomUUID } from "node:crypto";
import { partitionOf } from "../../../model/partition.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import { queueByArn } from "../sqs.ts";
import type { EventPattern } from "./event-pattern.ts";

/** Where a rule sends events. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  /** Sent instead of the event. */
  readonly Input?: string | undefined;
}

/** A rule; its settings are replaced whole by PutRule. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly targets: Map<string, RuleTarget>;
  readonly tags: Map<string, string>;
  description: string | undefined;
  roleArn: string | undefined;
  patternText: string;
  matches: EventPattern;
  enabled: boolean;
}

/** An event as a service or a client gives it to the bus. */
export interface BusEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  readonly time: Date;
}

/** SQS queues tell who sent a message; this stands for EventBridge. */
const SENDER = "AIDAJXNJGGKNS7OSV23OI";

/** The default bus of an account and region. */
export class EventBus {
  readonly rules = new Map<string, Rule>();
  readonly #account: string;
  readonly #region: string;
  readonly #cloud: Cloud;

  constructor(account: string, region: string, cloud: Cloud) {
    this.#account = account;
    this.#region = region;
    this.#cloud = cloud;
  }

  arnOf(ruleName: string): string {
    return `arn:${partitionOf(this.#region)}:events:${this.#region}:${this.#account}:rule/${ruleName}`;
  }

  /** Whether anybody listens: without, events needn't be made at all. */
  get hasListeners(): boolean {
    for (const { enabled, targets } of this.rules.values()) if (enabled && targets.size > 0) return true;
    return false;
  }

  /** Sends an event to the targets of every rule that it matches; answers its id. A queue that is gone gets nothing. */
  send({ time, ...event }: BusEvent): string {
    const id = randomUUID();
    const whole = {
      version: "0",
      id,
      "detail-type": event["detail-type"],
      source: event.source,
      account: this.#account,
      time: `${time.toISOString().slice(0, 19)}Z`,
      region: this.#region,
      resources: event.resources,
      detail: event.detail,
    };
    for (const rule of this.rules.values()) {
      if (!rule.enabled || !rule.matches(whole)) continue;
      for (const { Arn, Input } of rule.targets.values())
        queueByArn(this.#cloud, Arn)?.send({ body: Input ?? JSON.stringify(whole), senderId: SENDER });
    }
    return id;
  }
}

/** The default event bus of an account and region. */
export const eventBusKey: StateKey<EventBus> = {
  name: "events.bus",
  create: (account, region, cloud) => new EventBus(account, region, cloud),
};
