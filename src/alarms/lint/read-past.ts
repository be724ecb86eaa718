import type { AwsSession, OutputOf } from "../../aws/session.ts";
import type { AlarmPast, LintFacts } from "./lint-rule.ts";

type Item = NonNullable<OutputOf<"cloudwatch", "DescribeAlarmHistory">["AlarmHistoryItems"]>[number];

const DAY = 86_400_000;
/** Recovered for less than this, an alarm flaps. */
const SOON = 3_600_000;

/** How far to look back. CloudWatch keeps 30 days. */
export interface PastOptions {
  readonly now: Date;
  readonly days: number;
  /** Pages of 100 items at most; the newest come first. */
  readonly mostPages: number;
}

/** What happened to the alarms of an account and region. */
export interface ReadPast extends NonNullable<LintFacts["past"]> {
  /** There was more than could be read: `days` is then what was. */
  readonly cut: boolean;
}

/**
 * Reads the history of all alarms in one paged listing, without naming any of them: one call for each alarm would be thousands.
 * Rejects when a page fails.
 */
export async function readPast(
  session: AwsSession,
  { now, days, mostPages }: PastOptions,
): Promise<ReadPast> {
  const changes = new Map<string, { readonly time: number; readonly to: string }[]>();
  const failures = new Map<string, { count: number; readonly last: string }>();
  let oldest = now.getTime();
  let pages = 0;
  let cut = false;
  const listing = session.pages("cloudwatch", "DescribeAlarmHistory", {
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    StartDate: new Date(now.getTime() - days * DAY),
    EndDate: now,
    ScanBy: "TimestampDescending",
  });
  for await (const { AlarmHistoryItems = [], NextToken } of listing) {
    for (const item of AlarmHistoryItems) {
      oldest = Math.min(oldest, item.Timestamp?.getTime() ?? oldest);
      note(item, changes, failures);
    }
    pages += 1;
    cut = pages >= mostPages && NextToken !== undefined;
    if (cut) break;
  }
  const of = new Map<string, AlarmPast>();
  for (const name of new Set([...changes.keys(), ...failures.keys()]))
    of.set(name, pastOf(changes.get(name) ?? [], failures.get(name)));
  return { days: cut ? (now.getTime() - oldest) / DAY : days, of, cut };
}

function note(
  {
    AlarmName: name = "",
    HistoryItemType: type,
    HistorySummary: summary = "",
    HistoryData: data,
    Timestamp,
  }: Item,
  changes: Map<string, { readonly time: number; readonly to: string }[]>,
  failures: Map<string, { count: number; readonly last: string }>,
): void {
  if (type === "Action" && /^Failed/i.test(summary)) {
    const known = failures.get(name);
    if (known) known.count += 1;
    else failures.set(name, { count: 1, last: summary });
  } else if (type === "StateUpdate") {
    const to = /to (OK|ALARM|INSUFFICIENT_DATA)$/.exec(summary)?.[1] ?? stateIn(data);
    if (to === undefined || Timestamp === undefined) return;
    const change = { time: Timestamp.getTime(), to };
    const known = changes.get(name);
    if (known) known.push(change);
    else changes.set(name, [change]);
  }
}

/** The new state in an item's data, where its summary words it otherwise. */
function stateIn(data: string | undefined): string | undefined {
  return /"newState":\{"stateValue":"(\w+)"/.exec(data ?? "")?.[1];
}

/** `newestFirst`: as the listing gave them. */
function pastOf(
  newestFirst: readonly { readonly time: number; readonly to: string }[],
  failed: { readonly count: number; readonly last: string } | undefined,
): AlarmPast {
  let alarms = 0;
  let flaps = 0;
  let dataEnds = 0;
  let recovered: number | undefined;
  let inAlarm = false;
  for (const { time, to } of [...newestFirst].reverse()) {
    if (to === "ALARM") {
      alarms += 1;
      if (recovered !== undefined && time - recovered < SOON) flaps += 1;
    } else if (inAlarm) recovered = time;
    if (to === "INSUFFICIENT_DATA") dataEnds += 1;
    inAlarm = to === "ALARM";
  }
  return { alarms, flaps, dataEnds, failedActions: failed?.count ?? 0, lastFailure: failed?.last };
}
