import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { AlarmState } from "../../model/alert.ts";
import type { PlayedActions } from "./played.ts";

/** The actions that an alarm runs when it gets into a state; none when it has none for it, or they are off. */
export function stateActions(spec: AlarmSpec, time: number, state: AlarmState): readonly PlayedActions[] {
  const targets = {
    OK: spec.okActions,
    ALARM: spec.alarmActions,
    INSUFFICIENT_DATA: spec.insufficientDataActions,
  }[state];
  return spec.actionsEnabled && targets.length > 0 ? [{ time, state, targets }] : [];
}
