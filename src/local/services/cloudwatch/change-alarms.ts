import type {
  DeleteAlarmsInput,
  DisableAlarmActionsInput,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import type { AlarmRecord } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { Constraints } from "./constraints.ts";
import { noSuchAlarm, validationError } from "./errors.ts";
import { noteConfiguration } from "./history-data.ts";
import { transition } from "./transition.ts";
import { STATES } from "./vocabulary.ts";

/**
 * Deletes alarms: at most 100 and at most one composite among them, all or nothing when one has composite alarms depending on it.
 * Names that don't exist are passed over when others do; when none does, `ResourceNotFound`.
 */
export function deleteAlarms(store: AlarmStore, input: DeleteAlarmsInput, now: Date): void {
  constrainNames(input);
  const records = existing(store, input.AlarmNames);
  if (records.length === 0) throw noSuchAlarm();
  const composites = records.filter(({ kind }) => kind === "CompositeAlarm");
  if (composites.length > 1)
    throw validationError(
      `Only one composite alarm can be deleted in one operation, these are ${composites.length}: ${composites.map(({ name }) => name).join(", ")}`,
    );
  const wanted = new Set(records.map(({ name }) => name));
  for (const { name } of records) {
    const parents = store.parentsOf(name);
    // A metric alarm and the one composite alarm that holds it: the composite must go first, in a call of its own.
    if (parents.length > 0)
      throw validationError(`Cannot delete ${name} as there are composite alarm(s) depending on it.`);
  }
  for (const name of wanted) {
    const record = store.get(name) as AlarmRecord;
    store.remove(record);
    noteConfiguration(store, record, now, { type: "Delete" });
  }
}

/** Enables or disables the actions of up to 100 alarms. Unknown names are passed over, as CloudWatch does. */
export function setActionsEnabled(
  store: AlarmStore,
  input: DisableAlarmActionsInput,
  enabled: boolean,
  now: Date,
): void {
  constrainNames(input);
  for (const record of existing(store, input.AlarmNames)) {
    const previous = record.alarm;
    if (previous.ActionsEnabled === enabled) continue;
    const changed = { ...previous, ActionsEnabled: enabled, AlarmConfigurationUpdatedTimestamp: now };
    store.replace(record, changed as typeof previous);
    noteConfiguration(store, record, now, { type: "Update", previous });
  }
}

/** Puts an alarm into a state by hand, running its actions when the state differs. */
export function setAlarmState(store: AlarmStore, input: SetAlarmStateInput, now: Date): void {
  new Constraints()
    .required("alarmName", input.AlarmName)
    .length("alarmName", input.AlarmName, 1, 255)
    .required("stateValue", input.StateValue)
    .oneOf("stateValue", input.StateValue, STATES)
    .required("stateReason", input.StateReason)
    .length("stateReason", input.StateReason, 0, 1023)
    .length("stateReasonData", input.StateReasonData, 0, 4000)
    .check();
  const record = store.get(input.AlarmName ?? "");
  if (!record) throw noSuchAlarm();
  const { StateValue: value = "OK", StateReason: reason = "", StateReasonData: reasonData } = input;
  transition(store, record, { value, reason, reasonData }, now);
}

function constrainNames(input: DeleteAlarmsInput): void {
  const constraints = new Constraints()
    .required("alarmNames", input.AlarmNames)
    .length("alarmNames", input.AlarmNames, 0, 100);
  input.AlarmNames?.forEach((name, i) => {
    constraints.length(`alarmNames.${i + 1}.member`, name, 1, 255);
  });
  constraints.check();
}

function existing(store: AlarmStore, names: readonly string[] | undefined): AlarmRecord[] {
  return [...new Set(names)].flatMap((name) => store.get(name) ?? []);
}
