// Backtests: alarms that are planned, live or in a file, replayed on real history. This file: what comes out.
import type { Extent } from "../../engine/backtest.ts";
import type { LabelScore, TimeSpan } from "../../engine/backtest-labels.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";

/** What a replay says of an alarm in the end. */
export interface Verdict {
  /** `ok` fires now and then; `noisy` often; `stuck` is in ALARM most of the time; `quiet` never fired though it could. */
  readonly kind: "ok" | "noisy" | "stuck" | "quiet" | "cannotFire";
  readonly text: string;
}

/** One alarm on one history. Times in epoch seconds, durations in seconds. */
export interface AlarmResult {
  readonly name: string;
  /** Name of its resource, or the file its history came from. */
  readonly label: string | undefined;
  /** Account and region; undefined for histories out of files. */
  readonly place: { readonly account: string; readonly region: string } | undefined;
  readonly condition: string;
  /** Undefined when it could not be tested; then `untested` says why. */
  readonly tested: TestedResult | undefined;
  readonly untested: { readonly code: string; readonly reason: string } | undefined;
}

/** How an alarm behaved. */
export interface TestedResult {
  readonly start: number;
  readonly end: number;
  /** Times it went into ALARM: the least and the most over the phases it may be evaluated at. */
  readonly fired: Extent;
  readonly secondsInAlarm: Extent;
  readonly flaps: Extent;
  readonly secondsInsufficientData: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** StateReason of the first time. */
  readonly firstReason: string | undefined;
  readonly rangeDelay: { readonly changes: number; readonly longest: number };
  readonly verdict: Verdict;
  /** When it was in ALARM. */
  readonly alarms: readonly TimeSpan[];
  readonly evaluations: number;
  readonly points: number;
  readonly missing: number;
  readonly fidelity: {
    readonly windows: "exact" | "aligned";
    readonly step: number;
    readonly notes: readonly string[];
  };
  readonly score: Score | undefined;
}

/** How it did on the incidents that fall into its time. */
export interface Score extends LabelScore {
  readonly incidents: readonly TimeSpan[];
}

/** What was read, over all alarms. */
export interface BacktestTotals {
  readonly alarms: number;
  readonly tested: number;
  readonly points: number;
  readonly fired: Extent;
  /** Verdicts by kind, and the alarms that could not be tested. */
  readonly verdicts: Readonly<Record<Verdict["kind"] | "untested", number>>;
  readonly score:
    | { readonly incidents: number; readonly found: number; readonly alarms: number; readonly right: number }
    | undefined;
}

/** A finished backtest. */
export interface BacktestReport {
  readonly results: readonly AlarmResult[];
  readonly totals: BacktestTotals;
  readonly diagnostics: readonly Diagnostic[];
}

/** Adds results up. */
export function totalsOf(results: readonly AlarmResult[]): BacktestTotals {
  const verdicts = { ok: 0, noisy: 0, stuck: 0, quiet: 0, cannotFire: 0, untested: 0 };
  let points = 0;
  let least = 0;
  let most = 0;
  let score: { incidents: number; found: number; alarms: number; right: number } | undefined;
  for (const { tested } of results) {
    verdicts[tested?.verdict.kind ?? "untested"] += 1;
    if (!tested) continue;
    points += tested.points;
    least += tested.fired.least;
    most += tested.fired.most;
    if (!tested.score) continue;
    score ??= { incidents: 0, found: 0, alarms: 0, right: 0 };
    score.incidents += tested.score.incidents.length;
    score.found += tested.score.incidents.length - tested.score.missed.length;
    score.alarms += tested.alarms.length;
    score.right += tested.alarms.length - tested.score.falseAlarms.length;
  }
  return {
    alarms: results.length,
    tested: results.length - verdicts.untested,
    points,
    fired: { least, most },
    verdicts,
    score,
  };
}

/** Whether everything that was asked for could be read: an alarm that can't be replayed is an answer, a history that can't be read isn't. */
export function isComplete({ results, diagnostics }: BacktestReport): boolean {
  return !hasErrors(diagnostics) && !results.some(({ untested }) => untested?.code === HISTORY_UNREADABLE);
}

/** Why an alarm is untested whose history CloudWatch would not give. */
export const HISTORY_UNREADABLE = "history-unreadable";
