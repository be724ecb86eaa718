import type { AlarmSpec } from "../../model/alarm-spec.ts";

/** Every action of an alarm, each once. */
export function actionsOf(spec: AlarmSpec): ReadonlySet<string> {
  return new Set([...spec.alarmActions, ...spec.okActions, ...spec.insufficientDataActions]);
}
