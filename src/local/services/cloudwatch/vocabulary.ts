// The words CloudWatch knows: units, statistics, states. Each list once, checked against the SDK's types.
import type { HistoryItemType, StandardUnit, StateValue } from "@aws-sdk/client-cloudwatch";
import { ALARM_STATES } from "../../../engine/alarm-state.ts";
import { parseStatistic } from "../../../engine/statistic-name.ts";

/** Alarm states, in the order that CloudWatch's own error message lists them. */
export const STATES: readonly StateValue[] = [...ALARM_STATES].reverse();

export const UNITS = [
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Percent",
  "Count",
  "Bytes/Second",
  "Kilobytes/Second",
  "Megabytes/Second",
  "Gigabytes/Second",
  "Terabytes/Second",
  "Bits/Second",
  "Kilobits/Second",
  "Megabits/Second",
  "Gigabits/Second",
  "Terabits/Second",
  "Count/Second",
  "None",
] as const satisfies readonly StandardUnit[];

export const HISTORY_TYPES = [
  "ConfigurationUpdate",
  "StateUpdate",
  "Action",
  "AlarmContributorStateUpdate",
  "AlarmContributorAction",
] as const satisfies readonly HistoryItemType[];

export const ALARM_TYPES = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;

export const SCAN_ORDERS = ["TimestampDescending", "TimestampAscending"] as const;

/** Ids of metric data queries. */
export const QUERY_ID = /^[a-z][a-zA-Z0-9_]*$/;

/** Whether `stat` names a statistic of any form. */
export function isStatistic(stat: string): boolean {
  return parseStatistic(stat) !== undefined;
}

/** Periods that alarms may have: 10, 20, 30 and multiples of 60, in seconds. */
export function isAlarmPeriod(period: number): boolean {
  return period === 10 || period === 20 || period === 30 || (period > 0 && period % 60 === 0);
}

/** Periods that metrics can be read at: 1, 5, 10, 20, 30 and multiples of 60, in seconds. */
export function isReadPeriod(period: number): boolean {
  return period === 1 || period === 5 || isAlarmPeriod(period);
}
