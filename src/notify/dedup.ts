import type { NotificationLogEntry } from "../model/alert.ts";
import type { DedupDecision } from "./decision.ts";

/** What a channel would be told now. Fingerprints. */
export interface Tellable {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Notices are news by themselves, always: their group never holds one twice. */
  readonly notices: number;
  /** Alerts that are over and were told to nobody: news by themselves, too, and only once in their group. */
  readonly late: number;
}

/** How a channel and its route want it. `repeatInterval` in seconds, `now` in ms. */
export interface DedupOptions {
  readonly repeatInterval: number;
  readonly sendResolved: boolean;
  readonly now: number;
}

/** Whether a channel needs to be told, by what it was told last. The questions and their order are Alertmanager's. */
export function dedup(
  entry: NotificationLogEntry | undefined,
  { firing, resolved, notices, late }: Tellable,
  { repeatInterval, sendResolved, now }: DedupOptions,
): DedupDecision {
  const told = new Set(entry?.firing);
  if (notices > 0 || firing.some((fingerprint) => !told.has(fingerprint)))
    return { tell: true, reason: told.size === 0 ? "first-notification" : "new-alerts" };
  if (firing.length === 0) {
    if (late > 0) return { tell: true, reason: "all-resolved" };
    if (told.size === 0) return { tell: false, reason: "recovered-untold" };
    return sendResolved
      ? { tell: true, reason: "all-resolved" }
      : { tell: false, reason: "resolved-not-wanted" };
  }
  const toldResolved = new Set(entry?.resolved);
  if (late > 0 || (sendResolved && resolved.some((fingerprint) => !toldResolved.has(fingerprint))))
    return { tell: true, reason: "new-resolved" };
  return entry !== undefined && entry.at < now - repeatInterval * 1000
    ? { tell: true, reason: "repeat-interval" }
    : { tell: false, reason: "unchanged" };
}
