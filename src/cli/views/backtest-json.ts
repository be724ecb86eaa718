import type { AlarmResult, BacktestReport } from "../../app/backtest/backtest-result.ts";
import type { BacktestAnnouncement } from "../../app/backtest/prepare-backtest.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";
import { inOrder } from "./backtest-words.ts";

/** A backtest as `--json` prints it (docs/json.md). Alarms are written one by one. */
export function backtestDocument(
  report: BacktestReport,
  announcement: BacktestAnnouncement,
): Readonly<Record<string, unknown>> {
  const { range, cost, places, files, shortened } = announcement;
  const { totals } = report;
  return {
    version: 1,
    range: range && { start: iso(range.start), end: iso(range.end) },
    places,
    files,
    calls: { GetMetricData: cost.calls },
    metrics: cost.metrics,
    // A metric costs a thousandth of a cent: more digits are noise.
    dollars: Number(cost.dollars.toFixed(5)),
    summary: {
      alarms: totals.alarms,
      tested: totals.tested,
      points: totals.points,
      fired: totals.fired,
      verdicts: totals.verdicts,
      score: totals.score,
    },
    shortened: shortened.map(({ name, period, start }) => ({ name, period, start: iso(start) })),
    diagnostics: report.diagnostics,
    alarms: alarmDocuments(report.results),
  };
}

function* alarmDocuments(results: readonly AlarmResult[]): Generator<unknown> {
  for (const { name, label, place, condition, tested, untested } of inOrder(results)) {
    const who = { name, label, ...place, condition };
    if (!tested) {
      yield { ...who, verdict: { kind: "untested", ...untested } };
      continue;
    }
    const { start, end, first, last, alarms, score, verdict, ...same } = tested;
    yield {
      ...who,
      verdict,
      start: iso(start),
      end: iso(end),
      first: first === undefined ? null : iso(first),
      last: last === undefined ? null : iso(last),
      ...same,
      alarms: alarms.map(spanDocument),
      score: score && {
        incidents: score.incidents.length,
        precision: score.precision ?? null,
        recall: score.recall ?? null,
        delay: score.delay ?? null,
        missed: score.missed.map(spanDocument),
        falseAlarms: score.falseAlarms.map(spanDocument),
      },
    };
  }
}

function spanDocument({ start, end }: TimeSpan) {
  return { start: iso(start), end: iso(end) };
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
