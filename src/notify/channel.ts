import type { Logger } from "../support/context.ts";
import type { Notification } from "./notification.ts";

/** What a service gave back to find a message again: `{ channel: "C123", ts: "1699.0001" }`. Plain JSON, kept by the store. */
export type MessageRef = Readonly<Record<string, string>>;

/** What a kind of channel can do. Delivery adapts: nothing is asked of a channel that it can't. */
export interface ChannelCapabilities {
  /** It can change a message that was sent: `send` gets `previous` and edits in place of posting again. */
  readonly update: boolean;
  /** It can add to a message's history (a thread). */
  readonly thread: boolean;
  /** It takes a picture of the metric. */
  readonly picture: boolean;
}

/** How fast a channel may be fed. Channels with the same destination share its allowance. */
export interface ChannelPace {
  /** What the service counts by, such as a room: `slack:C123`. Holds no secret. */
  readonly destination: string;
  /** Messages a second, and how many at once after a rest. */
  readonly perSecond: number;
  readonly burst: number;
  /** Sends under way at the same time. A crash repeats those, and as many again of which the outcome wasn't stored yet. */
  readonly atOnce: number;
  /** How long one send may take, ms. */
  readonly timeout: number;
}

/** Something that follows a message which is out already. It must not reject. */
export type AfterTask = (after: {
  readonly signal: AbortSignal;
  sleep(ms: number): Promise<void>;
}) => Promise<void>;

/** Tells when something is to end: an `AbortSignal`, or less than one. */
export interface SendEnd {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Everything a channel may use besides the notification. */
export interface SendContext {
  /** ms. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** The same as `signal`, which costs as much as a fifth of a request only to make; absent: take that. */
  readonly end?: SendEnd;
  readonly log: Logger;
  /** 1 for the first try. */
  readonly attempt: number;
  /** The incident's first message in this channel, when it was delivered and the channel can update. */
  readonly previous?: MessageRef;
  /** Draws the alarm's metric as a PNG, for channels that take pictures, until `signal` or that of the send ends it. Undefined: there is none. */
  readonly picture?: (signal?: AbortSignal) => Promise<Uint8Array | undefined>;
  /** Does something once the message is out, which then waits for it no more; absent: it is done at once. See `Afterwards`. */
  readonly afterwards?: (task: AfterTask) => void;
  /** Waits for the channel's pace: called before each further request of a send that needs more than one. Rejects when delivery stops. */
  nextTurn?(): Promise<void>;
}

/** Why a send failed: a closed set, for metrics and for people. */
export type SendFailure =
  | "rate-limited"
  | "timeout"
  | "connection"
  | "server-error"
  | "refused"
  | "unauthorized"
  | "not-found"
  | "bad-answer";

/**
 * What became of one send. `retry: false` sets the notification aside as poison. `retryAfter` in seconds, as the service asked;
 * a rate limit holds back the whole channel. Messages never hold a secret.
 */
export type SendResult =
  | { readonly outcome: "delivered"; readonly ref?: MessageRef }
  | {
      readonly outcome: "failed";
      readonly retry: boolean;
      readonly reason: SendFailure;
      readonly message: string;
      readonly retryAfter?: number;
    };

/** One place to send to. `send` never throws for what the service answers. */
export interface Channel {
  /** Its key in the configuration. */
  readonly name: string;
  /** Kind in the registry: `slack`. */
  readonly kind: string;
  readonly capabilities: ChannelCapabilities;
  /** Undefined: see `DEFAULT_PACE` of the delivery. */
  readonly pace?: ChannelPace;
  send(notification: Notification, context: SendContext): Promise<SendResult>;
  /** Ends what it keeps open. */
  close?(): void;
}
