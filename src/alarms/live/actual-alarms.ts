import type { AlarmPage } from "../../aws/describe-alarms.ts";
import type { UnknownFields } from "../../aws/session.ts";
import { type LiveAlarm, readCompositeAlarm, readMetricAlarm } from "../spec/cloudwatch-alarm.ts";

/** The alarms of a page, read one at a time so that those that are as desired can be dropped at once. */
export function* alarmsOf(page: AlarmPage): Generator<LiveAlarm> {
  for (const raw of page.metricAlarms) yield withUnknown(readMetricAlarm(raw), page.unknownFields);
  for (const raw of page.compositeAlarms) yield withUnknown(readCompositeAlarm(raw), page.unknownFields);
}

function withUnknown(alarm: LiveAlarm, unknown: UnknownFields): LiveAlarm {
  const fields = unknown.get(alarm.state.alarmName);
  return fields === undefined || fields.length === 0 ? alarm : { ...alarm, unknownFields: fields };
}
