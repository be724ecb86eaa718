import type {
  AlarmHistoryItem,
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
} from "@aws-sdk/client-cloudwatch";
import type { HistoryEntry } from "./alarm-history.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { Constraints } from "./constraints.ts";
import { historyJson } from "./history-data.ts";
import { pagePosition, pageToken } from "./paging.ts";
import { ALARM_TYPES, HISTORY_TYPES, SCAN_ORDERS } from "./vocabulary.ts";

/** HistorySummary is at most so long. */
const MAX_SUMMARY = 255;

/** History items, newest first unless asked otherwise; of metric alarms only unless AlarmTypes says otherwise. */
export function describeAlarmHistory(
  store: AlarmStore,
  input: DescribeAlarmHistoryInput,
  now: Date,
): DescribeAlarmHistoryOutput {
  const constraints = new Constraints()
    .length("alarmName", input.AlarmName, 1, 255)
    .oneOf("historyItemType", input.HistoryItemType, HISTORY_TYPES)
    .oneOf("scanBy", input.ScanBy, SCAN_ORDERS)
    .range("maxRecords", input.MaxRecords, 1, 100);
  input.AlarmTypes?.forEach((type, i) => {
    constraints.oneOf(`alarmTypes.${i + 1}.member`, type, ALARM_TYPES);
  });
  constraints.check();
  const { NextToken, MaxRecords = 100, ...parameters } = input;
  const from = pagePosition<number>("DescribeAlarmHistory", parameters, NextToken);
  const ascending = input.ScanBy === "TimestampAscending";
  const types: readonly string[] = input.AlarmTypes?.length ? input.AlarmTypes : ["MetricAlarm"];
  const matches = (entry: HistoryEntry): boolean =>
    types.includes(entry.kind) &&
    (input.HistoryItemType === undefined || entry.type === input.HistoryItemType) &&
    (input.StartDate === undefined || entry.time >= input.StartDate.getTime()) &&
    (input.EndDate === undefined || entry.time <= input.EndDate.getTime()) &&
    (from === undefined || (ascending ? entry.sequence >= from : entry.sequence <= from)) &&
    input.AlarmContributorId === undefined;

  const newest = store.history.newestFirst(now.getTime(), input.AlarmName);
  const items: AlarmHistoryItem[] = [];
  for (const entry of ascending ? [...newest].reverse() : newest) {
    if (!matches(entry)) continue;
    if (items.length === MaxRecords)
      return {
        AlarmHistoryItems: items,
        NextToken: pageToken("DescribeAlarmHistory", parameters, entry.sequence),
      };
    items.push(shown(entry));
  }
  return { AlarmHistoryItems: items };
}

function shown(entry: HistoryEntry): AlarmHistoryItem {
  const { summary, data } = entry.text();
  return {
    AlarmName: entry.alarmName,
    AlarmType: entry.kind,
    Timestamp: new Date(entry.time),
    HistoryItemType: entry.type,
    HistorySummary: summary.slice(0, MAX_SUMMARY),
    HistoryData: historyJson(data),
  };
}
