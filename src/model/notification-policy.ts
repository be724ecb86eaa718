import type { SourcePosition } from "./alarm-policy.ts";
import type { Matcher } from "./alert.ts";
import type { SecretReference } from "./secret-reference.ts";

/** Numbers from `begin` to `end`, both included. */
export interface InclusiveRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * When something is on: every given field must hold, within a field any range is enough. Alertmanager's `time_intervals`.
 * `times` in minutes of the day with the end excluded; `weekdays` 0 (Sunday) to 6; `daysOfMonth` from 1, or from -1 (the last) backwards.
 */
export interface TimeInterval {
  readonly times?: readonly InclusiveRange[];
  readonly weekdays?: readonly InclusiveRange[];
  readonly daysOfMonth?: readonly InclusiveRange[];
  readonly months?: readonly InclusiveRange[];
  readonly years?: readonly InclusiveRange[];
  /** IANA name; UTC when not given. */
  readonly location?: string;
}

/** A node of the route tree with everything it takes over from its parents filled in. Durations in seconds. */
export interface RouteConfig {
  /** Where it stands and what it matches: `{}`, `{}/{severity="critical"}/0`; stable while its siblings above it stay. */
  readonly id: string;
  readonly matchers: readonly Matcher[];
  /** Channel keys, each once. */
  readonly channels: readonly string[];
  readonly continue: boolean;
  /** Label names, or `...` for all. */
  readonly groupBy: readonly string[] | "all";
  /** Undefined: 30 s, and nothing for severity critical. */
  readonly groupWait?: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly RouteConfig[];
  readonly position?: SourcePosition;
}

/** Firing alerts that meet `source` mute alerts that meet `target` and have the same values of `equal`. */
export interface InhibitRule {
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** An option of a channel: plain, or a secret that is looked up late. */
export type ChannelOptions = Readonly<Record<string, unknown>>;

/** One place to send to, as configured. What `options` hold is the business of its kind. */
export interface ChannelConfig {
  readonly name: string;
  readonly kind: string;
  /** Options as the kind's schema gave them; secrets are references in text form. */
  readonly options: ChannelOptions;
  /** The options that are references, by their key. */
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly sendResolved: boolean;
  readonly position?: SourcePosition;
}

/** The queue that the notifier reads: made by the plan (`name`; in the first account and region unless told), or somebody else's (`arn`). */
export type ListenQueue =
  | {
      readonly name: string;
      readonly region?: string;
      /** Id, or the name that `accounts:` gives it. */
      readonly account?: string;
    }
  | { readonly arn: string };

/** What hears the topics: subscribed to all of them by the plan. */
export interface ListenConfig {
  readonly queue?: ListenQueue;
  /** Address of an HTTP(S) listener, as SNS reaches it. */
  readonly endpoint?: string;
}

/** Who is told what, when: `notifications:` of a configuration. */
export interface NotificationPolicy {
  readonly listen?: ListenConfig;
  readonly channels: Readonly<Record<string, ChannelConfig>>;
  readonly route: RouteConfig;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: Readonly<Record<string, readonly TimeInterval[]>>;
}
