import type { TimeSpan } from "../../engine/backtest-labels.ts";
import type { Context } from "../../support/context.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import type { BacktestObserver } from "./backtest-observer.ts";
import type { BacktestRequest } from "./backtest-request.ts";
import { type AlarmResult, type BacktestReport, HISTORY_UNREADABLE, totalsOf } from "./backtest-result.ts";
import type { CloudWatchHistory } from "./cloudwatch-history.ts";
import { replayComposites } from "./composites.ts";
import { resultOf } from "./open-subjects.ts";
import { notReplayed, type Replay, replay } from "./replay.ts";
import type { TestedAlarm, TestedMetricAlarm } from "./tested-alarm.ts";

/** Alarms of one account and region. */
export interface PreparedPlace {
  readonly place: NonNullable<AlarmResult["place"]>;
  readonly alarms: readonly TestedAlarm[];
  readonly history: CloudWatchHistory;
  readonly refused: readonly { readonly subject: TestedMetricAlarm; readonly replay: Replay }[];
}

/** Replays the alarms of every place on CloudWatch's history, as it comes in; composite alarms when their children are done. */
export async function replayPlaces(
  request: BacktestRequest,
  places: readonly PreparedPlace[],
  around: {
    readonly about: (name: string) => readonly TimeSpan[] | undefined;
    readonly warnings: readonly Diagnostic[];
    readonly context: Context;
  },
  observer: BacktestObserver,
): Promise<BacktestReport> {
  const results: AlarmResult[] = [];
  const messages = new Map<string, { count: number; first: string }>();
  for (const { place, alarms, refused, history } of places) {
    const composites = alarms.filter((alarm) => alarm.kind === "composite");
    const children = new Map<string, Replay>();
    let writing = Promise.resolve();
    const settle = (subject: TestedAlarm, done: Replay): void => {
      // Only composite alarms look at it again.
      if (composites.length > 0) children.set(subject.name, { ...done, chart: undefined });
      if (subject.dependency) return;
      const result = resultOf(subject, done, place);
      results.push(result);
      writing = writing.then(() => observer.done(result, done.chart));
    };
    for (const { subject, replay: done } of refused) settle(subject, done);
    for (const { subject } of history.expired)
      settle(
        subject,
        notReplayed("history-expired", "CloudWatch keeps no points of its period that far back"),
      );
    await history.read((open, read) => {
      const { subject } = open;
      if (read.status === "failed") {
        settle(subject, notReplayed(HISTORY_UNREADABLE, read.reason));
        return;
      }
      for (const message of read.messages) {
        const seen = messages.get(message);
        if (seen) seen.count += 1;
        else messages.set(message, { count: 1, first: subject.name });
      }
      settle(
        subject,
        replay({
          ...open,
          series: read.series,
          preceding: read.preceding,
          incidents: around.about(subject.name),
          delay: request.delay,
          chart: request.charts && !subject.dependency,
        }),
      );
    }, around.context);
    for (const { subject, replay: done } of replayComposites(composites, children, {
      incidents: around.about,
      chart: request.charts,
    }))
      settle(subject, done);
    await writing;
  }
  const told = [...messages].map(
    ([message, { count, first }]): Diagnostic => ({
      severity: "warning",
      code: "cloudwatch-message",
      message: `CloudWatch says of the metrics of ${first}${count > 1 ? ` and ${count - 1} more` : ""}: ${message}`,
    }),
  );
  return { results, totals: totalsOf(results), diagnostics: [...around.warnings, ...told] };
}
