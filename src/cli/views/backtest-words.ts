import type { AlarmResult, TestedResult } from "../../app/backtest/backtest-result.ts";
import type { Extent } from "../../engine/backtest.ts";
import { formatDuration } from "../../model/duration.ts";

/** What comes first in a list: what somebody has to look at. */
export const ORDER = ["noisy", "stuck", "cannotFire", "untested", "ok", "quiet"] as const;
/** What a result is listed as. */
export type Kind = (typeof ORDER)[number];

/** Results with those that need somebody's eye first. */
export function inOrder(results: readonly AlarmResult[]): readonly AlarmResult[] {
  const most = ({ tested }: AlarmResult): number => tested?.fired.most ?? 0;
  return [...results].sort(
    (a, b) =>
      ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b)) ||
      most(b) - most(a) ||
      a.name.localeCompare(b.name) ||
      (a.label ?? "").localeCompare(b.label ?? ""),
  );
}

/** The kind of a result. */
export function kindOf({ tested }: AlarmResult): Kind {
  return tested?.verdict.kind ?? "untested";
}

/** The verdict, or why there is none. */
export function verdictText({ tested, untested }: AlarmResult): string {
  return tested ? tested.verdict.text : `not tested: ${untested?.reason ?? ""}`;
}

/** How much later changes came since an evaluation looks at more than its periods; empty when they didn't. */
export function rangeDelayText({ rangeDelay }: TestedResult): string {
  return rangeDelay.changes > 0 ? `up to ${formatDuration(rangeDelay.longest)} late by its range` : "";
}

/** `2`, or `58-61` where phases differ. */
export function extentText({ least, most }: Extent, format: (value: number) => string = String): string {
  return least === most ? format(most) : `${format(least)}-${format(most)}`;
}

/** How well it found incidents: `2 of 3, 50 % right, 5 min late`. */
export function scoreText({ score }: TestedResult): string {
  if (!score) return "";
  const { incidents, missed, precision, delay } = score;
  const found = incidents.length - missed.length;
  const right = precision === undefined ? "" : `, ${Math.round(precision * 100)} % right`;
  const late = delay === undefined ? "" : `, after ${formatDuration(delay.median)}`;
  return incidents.length === 0 ? `none${right}` : `${found} of ${incidents.length}${right}${late}`;
}

/** A time in ALARM: `41 min`, `9.4 h`, `3.0 d`. */
export function span(seconds: number): string {
  if (seconds < 3600) return formatDuration(seconds);
  return seconds < 2 * 86_400 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** `2026-01-05 12:00`. */
export function minute(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

/** `1.6 M`. */
export function count(points: number): string {
  if (points < 10_000) return String(points);
  return points < 1e6 ? `${Math.round(points / 1000)} k` : `${(points / 1e6).toFixed(1)} M`;
}

/** Small amounts keep their first digit: `$0.001`. */
export function dollars(amount: number): string {
  return `$${amount >= 0.01 || amount === 0 ? amount.toFixed(2) : amount.toFixed(amount < 0.001 ? 5 : 3)}`;
}

export function plural(number: number, word: string): string {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}
