// Decisions of the pipeline with their reasons: what is told, what is held back, and by whom.
import type { Labels, Matcher } from "../model/alert.ts";

/** Why a channel is told now. */
export type NotifyReason =
  | "first-notification"
  | "new-alerts"
  | "new-resolved"
  | "all-resolved"
  | "repeat-interval"
  /** Something for the history of an incident that isn't news of its alerts, such as what a repair did. */
  | "note";

/** Why a channel isn't told now, though its group was flushed. */
export type QuietReason =
  /** Everything was held back by a stage before. */
  | "all-muted"
  /** It fired and recovered before it was ever told. */
  | "recovered-untold"
  /** The same was told less than `repeat_interval` ago. */
  | "unchanged"
  /** The only news is a recovery and the channel has `send_resolved: false`. */
  | "resolved-not-wanted";

/** Dedup's verdict for one channel. */
export type DedupDecision =
  | { readonly tell: true; readonly reason: NotifyReason }
  | { readonly tell: false; readonly reason: QuietReason };

/** What held one alert back. */
export type HoldReason =
  | { readonly by: "cloudwatch"; readonly suppressor: string; readonly text: string }
  | { readonly by: "inhibition"; readonly rule: number; readonly source: string; readonly text: string }
  | { readonly by: "silence"; readonly id: string; readonly until: number; readonly text: string }
  | { readonly by: "mute-time"; readonly interval: string; readonly text: string }
  | { readonly by: "inactive-time"; readonly intervals: readonly string[]; readonly text: string };

/** An alert that isn't told now and why. */
export interface HeldAlert {
  readonly fingerprint: string;
  readonly hold: HoldReason;
}

/** One step on the way down the route tree, for `explain`. */
export interface RouteStep {
  /** `RouteConfig.id`. */
  readonly route: string;
  readonly matched: boolean;
  /** The first matcher that didn't match, where there is one. */
  readonly failed?: Matcher;
  /** The label value it saw. */
  readonly saw?: string;
  /** It matched but so did a route below it, or it is where the alert ends. */
  readonly chosen: boolean;
}

/** Where one alert goes through one route and who would be told. */
export interface ExplainedTarget {
  readonly route: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  /** Everything that would hold it back, not only the first. */
  readonly holds: readonly HoldReason[];
  /** Channels told when nothing holds it back. */
  readonly channels: readonly string[];
}

/** Everything there is to say about the way of one alert. */
export interface Explanation {
  readonly labels: Labels;
  readonly steps: readonly RouteStep[];
  readonly targets: readonly ExplainedTarget[];
}
