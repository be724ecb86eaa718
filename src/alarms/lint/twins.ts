import type { AlarmSpec } from "../../model/alarm-spec.ts";
import { canonicalJson } from "../../support/canonical-json.ts";
import { canonicalAlarm } from "../spec/canonical-alarm.ts";

/** What an alarm watches and when it fires, as one text: alarms with the same one change state together. */
export function twinKey(spec: AlarmSpec): string {
  const {
    alarmName: _name,
    alarmDescription: _description,
    actionsEnabled: _enabled,
    okActions: _ok,
    alarmActions: _alarm,
    insufficientDataActions: _insufficient,
    actionsSuppressor: _suppressor,
    actionsSuppressorWaitPeriod: _wait,
    actionsSuppressorExtensionPeriod: _extension,
    ...condition
  } = canonicalAlarm(spec);
  return canonicalJson(condition);
}

/** Alarms by their condition, those without a twin left out. */
export function findTwins(specs: Iterable<AlarmSpec>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const spec of specs) {
    const key = twinKey(spec);
    const known = found.get(key);
    if (known) known.add(spec.alarmName);
    else found.set(key, new Set([spec.alarmName]));
  }
  return new Map([...found].flatMap(([key, names]) => (names.size > 1 ? [[key, [...names]]] : [])));
}
