// State: what outlives a run. One small port, `Store`, with a file (SQLite) and memory behind it; every write is conditional
// where it must be and atomic with the others of its commit, so that a table of a cloud database fits behind it as well.
import type { AlertGroup, EventCursor, NotificationLogEntry, Silence } from "../model/alert.ts";
import type { RemediationRun, RepairRequest } from "../model/remediation-run.ts";

/** What is kept, by collection. All plain JSON. */
export interface Collections {
  /** The newest event of each alarm or notice, by fingerprint: tells repeated and late ones. */
  readonly cursors: EventCursor;
  /** Alerts waiting for the flush of their group, by group key; due when that is. */
  readonly groups: AlertGroup;
  /** What each channel was last told about a group, by `logKey`. */
  readonly log: NotificationLogEntry;
  readonly silences: Silence;
  /** Where a channel has an incident's first message, by `refKey`: what is edited and replied to. */
  readonly messages: Readonly<Record<string, string>>;
  /** Alarms that may begin a repair, by alarm change and instance; due when it is to be decided. */
  readonly requests: RepairRequest;
  /** Repairs of instances, by `runKey`; due when they are to be taken up again. */
  readonly runs: RemediationRun;
  /** Sends that were begun after a crash and of which no outcome is stored: how often, by message id; by channel. */
  readonly begun: { readonly sends: Readonly<Record<string, number>> };
  /** How far regular work has come, by its name: a time, ms, or a count. */
  readonly marks: { readonly at: number };
  /** Who does what nobody else may do at the same time, see `leases.ts`. */
  readonly leases: { readonly owner: string; readonly until: number };
}

export type Collection = keyof Collections;

/** A record as it is stored. */
export interface Stored<C extends Collection> {
  readonly key: string;
  readonly value: Collections[C];
  /** 1 when it was first put, one more with every put. */
  readonly version: number;
}

/** A message for a channel, waiting to be delivered. */
export interface OutboxMessage {
  /** Unique: what is enqueued again under the same id changes nothing. */
  readonly id: string;
  readonly channel: string;
  /** ms. */
  readonly createdAt: number;
  /** The notification, as JSON. */
  readonly payload: string;
}

/** A message's place in the outbox. */
export interface MessageKey {
  readonly id: string;
  readonly channel: string;
  /** Grows in the order of commits. */
  readonly position: number;
}

/** What is known of a message that waits, besides what it says. */
export interface PendingHead extends MessageKey {
  /** ms. */
  readonly createdAt: number;
  /** Sends that failed by the message's own doing or the channel's, rate limits aside. */
  readonly attempts: number;
  /** Not to be tried before, ms; 0 at first. */
  readonly notBefore: number;
}

/** A message that waits. */
export interface PendingMessage extends OutboxMessage, PendingHead {}

/** A message that will not be tried again unless somebody asks for it. */
export interface SetAsideMessage extends OutboxMessage {
  readonly attempts: number;
  readonly at: number;
  /** Why: what the channel answered. Holds no secret. */
  readonly reason: string;
}

/** How a channel's part of the outbox stands. */
export interface Backlog {
  readonly channel: string;
  readonly pending: number;
  /** When the oldest pending message was made, ms. */
  readonly oldest?: number;
  readonly setAside: number;
}

/** Puts a value. `expected` is the version it must have, 0 when it mustn't be there; left out, it is put in any case. */
export type PutWrite = {
  readonly [C in Collection]: {
    readonly kind: "put";
    readonly collection: C;
    readonly key: string;
    readonly value: Collections[C];
    readonly expected?: number;
    /** When it turns up in `due`, ms. */
    readonly due?: number;
    /** When it may be forgotten, ms; it can be read until `forget` comes by. */
    readonly expires?: number;
  };
}[Collection];

/** One change of a commit. Changes of messages that are gone meanwhile change nothing. */
export type Write =
  | PutWrite
  | {
      readonly kind: "remove";
      readonly collection: Collection;
      readonly key: string;
      readonly expected?: number;
    }
  | { readonly kind: "enqueue"; readonly message: OutboxMessage }
  | { readonly kind: "delivered"; readonly message: MessageKey }
  | {
      readonly kind: "postpone";
      readonly message: MessageKey;
      readonly attempts: number;
      readonly notBefore: number;
    }
  | {
      readonly kind: "set-aside";
      readonly message: MessageKey;
      readonly attempts: number;
      readonly at: number;
      readonly reason: string;
    }
  /** Puts a message that was set aside back at the end of its channel's line. */
  | { readonly kind: "requeue"; readonly id: string };

/** Which condition of a commit didn't hold. */
export interface Conflict {
  readonly collection: Collection;
  readonly key: string;
}

/** Part of a listing, in the order of keys. */
export interface Page {
  /** Keys that begin like this. */
  readonly prefix?: string;
  /** Keys behind this one. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * The store. Failures are `WatchkeeperError`s with codes `store-full`, `store-busy`, `store-broken`, `store-read-only` and
 * `store-failed`; after one of them nothing of the commit is stored.
 */
export interface Store {
  /** Writes that fit in one commit. */
  readonly maxWrites: number;
  get<C extends Collection>(collection: C, key: string): Promise<Stored<C> | undefined>;
  /** Those of the keys that are there, in no particular order. */
  getMany<C extends Collection>(collection: C, keys: readonly string[]): Promise<readonly Stored<C>[]>;
  list<C extends Collection>(collection: C, page: Page): Promise<readonly Stored<C>[]>;
  /** Records due at `until` or before, the longest overdue first. */
  due<C extends Collection>(collection: C, until: number, limit: number): Promise<readonly Stored<C>[]>;
  /** Does all of the writes, in their order, and returns nothing; or none, and tells which condition didn't hold. Durable once it resolves. */
  commit(writes: readonly Write[]): Promise<Conflict | undefined>;
  /** Drops records that expired before `now`; tells how many. */
  forget(now: number): Promise<number>;
  /** Messages waiting for a channel behind a position, in order, whether or not they are to be tried yet. */
  pending(channel: string, after: number, limit: number): Promise<readonly PendingMessage[]>;
  /** The same without their payloads, for those who have them. */
  pendingHeads(channel: string, after: number, limit: number): Promise<readonly PendingHead[]>;
  /** Messages set aside, oldest first; of one channel, or of all. */
  setAside(limit: number, channel?: string): Promise<readonly SetAsideMessage[]>;
  /** Every channel that has messages, by name. */
  backlog(): Promise<readonly Backlog[]>;
  close(): Promise<void>;
}

/** Key of a `log` record. */
export function logKey(group: string, channel: string): string {
  return `${channel}\n${group}`;
}

/** Key of a `messages` record. */
export function refKey(channel: string, incident: string): string {
  return `${channel}\n${incident}`;
}

/** Key of a `runs` record: those of an instance, and of an account and region, lie together. */
export function runKey(run: Pick<RemediationRun, "account" | "region" | "instance" | "id">): string {
  return `${run.account}/${run.region}/${run.instance.id}/${run.id}`;
}
