import type { UnknownFields } from "../aws/session.ts";
import {
  type LiveAlarm,
  type RawCompositeAlarm,
  type RawLogAlarm,
  type RawMetricAlarm,
  readCompositeAlarm,
  readLogAlarm,
  readMetricAlarm,
} from "./cloudwatch-alarm.ts";

/** One page of DescribeAlarms, every type, with the members of alarms that the SDK's model doesn't know. */
export interface AlarmPage {
  readonly metricAlarms: readonly RawMetricAlarm[];
  readonly compositeAlarms: readonly RawCompositeAlarm[];
  readonly logAlarms: readonly RawLogAlarm[];
  readonly unknownFields: UnknownFields;
}

/** The alarms of a page, read one at a time so that those that are as desired can be dropped at once. */
export function* alarmsOf(page: AlarmPage): Generator<LiveAlarm> {
  for (const raw of page.metricAlarms) yield withUnknown(readMetricAlarm(raw), page.unknownFields);
  for (const raw of page.compositeAlarms) yield withUnknown(readCompositeAlarm(raw), page.unknownFields);
  for (const raw of page.logAlarms) yield withUnknown(readLogAlarm(raw), page.unknownFields);
}

function withUnknown(alarm: LiveAlarm, unknown: UnknownFields): LiveAlarm {
  const fields = unknown.get(alarm.state.alarmName);
  return fields === undefined || fields.length === 0 ? alarm : { ...alarm, unknownFields: fields };
}
