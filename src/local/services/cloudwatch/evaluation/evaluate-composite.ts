import {
  compositeCreatedReason,
  compositeReason,
  compositeReasonData,
} from "../../../../engine/composite-alarm.ts";
import { alarmNameOf, evaluateCompositeRule } from "../../../../engine/composite-rule.ts";
import type { AlarmRecord, CompositeAlarmRecord } from "../alarm-record.ts";
import type { AlarmStore } from "../alarm-store.ts";
import { transition } from "../transition.ts";

/** Why a composite alarm is evaluated: it was put, or an alarm in its rule changed its state. */
export type CompositeCause = "created" | "updated" | AlarmRecord;

/**
 * Evaluates a composite alarm from the states of the alarms in its rule. One whose rule leads back to itself isn't evaluated:
 * CloudWatch accepts such cycles and stops evaluating them.
 */
export function evaluateComposite(
  store: AlarmStore,
  record: CompositeAlarmRecord,
  cause: CompositeCause,
  now: Date,
): void {
  if (isOnCycle(store, record)) return;
  const fulfilled = evaluateCompositeRule(
    record.rule,
    (reference) => store.get(alarmNameOf(reference))?.alarm.StateValue ?? "INSUFFICIENT_DATA",
  );
  const value = fulfilled ? "ALARM" : "OK";
  if (value === record.alarm.StateValue) return;
  if (typeof cause !== "string") {
    const { AlarmArn: arn, StateValue: state, StateTransitionedTimestamp: since } = cause.alarm;
    const child = { arn, state, time: since.getTime() / 1000 };
    const next = { value, reason: compositeReason(child), reasonData: compositeReasonData([child]) } as const;
    transition(store, record, next, now);
    return;
  }
  const reason = compositeCreatedReason(record.alarm.AlarmArn, value);
  const next = {
    value,
    reason: cause === "created" ? reason : reason.replace(" was created and ", " was updated and "),
    reasonData: compositeReasonData([]),
  } as const;
  transition(store, record, next, now);
}

function isOnCycle(store: AlarmStore, start: CompositeAlarmRecord): boolean {
  const seen = new Set<string>();
  const open = [...start.children];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === start.name) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    const child = store.get(name);
    if (child?.kind === "CompositeAlarm") open.push(...child.children);
  }
  return false;
}
