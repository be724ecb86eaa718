import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Cloud, StateKey } from "../../cloud.ts";
import { actOnAlarmedInstance } from "./actions/instance-action.ts";
import { publishToTopic } from "./actions/topic-action.ts";
import type { AlarmRecord } from "./alarm-record.ts";
import type { ActionOutcome, ActionRunner, StateChange } from "./state-change.ts";

/** Who carries out actions of which service, by the ARN's service (`sns`, `automate`, `swf`). */
export interface AlarmActions {
  readonly runners: Map<string, ActionRunner>;
}

/** One for the whole cloud: `alarmActions(cloud).runners.set("sns", ...)`. */
const alarmActionsKey: StateKey<AlarmActions> = {
  name: "cloudwatch-alarm-actions",
  create: () => ({
    runners: new Map([
      ["sns", publishToTopic],
      ["automate", actOnAlarmedInstance],
      ["swf", actOnAlarmedInstance],
    ]),
  }),
};

/** Where actions are carried out; another runner of a service replaces the one that is there. */
export function alarmActions(cloud: Cloud): AlarmActions {
  return cloud.state(alarmActionsKey, "global", "global");
}

/** The actions an alarm has for a state. */
export function actionsFor(record: AlarmRecord, state: StateValue): readonly string[] {
  if (state === "OK") return record.alarm.OKActions;
  return state === "ALARM" ? record.alarm.AlarmActions : record.alarm.InsufficientDataActions;
}

/** Runs the actions that an alarm has for its new state, if they are enabled, one after the other; each leaves a history item. */
export function runActions(change: StateChange): void {
  const { store, record, now } = change;
  if (!record.alarm.ActionsEnabled) return;
  for (const action of actionsFor(record, change.to.value)) {
    const outcome = run(action, change);
    store.history.add({
      time: now.getTime(),
      alarmName: record.name,
      kind: record.kind,
      type: "Action",
      text: () => ({
        summary: outcome.succeeded
          ? `Successfully executed action ${action}`
          : `Failed to execute action ${action}. Received error: "${outcome.error}"`,
        data: {
          actionState: outcome.succeeded ? "Succeeded" : "Failed",
          stateUpdateTimestamp: now.getTime(),
          notificationResource: action,
          publishedMessage: outcome.succeeded ? (outcome.publishedMessage ?? null) : null,
          error: outcome.succeeded ? null : outcome.error,
        },
      }),
    });
  }
}

function run(action: string, change: StateChange): ActionOutcome {
  const service = action.split(":")[2] ?? "";
  const runner = alarmActions(change.store.cloud).runners.get(service);
  if (!runner)
    return { succeeded: false, error: `Actions of ${service} are not implemented by the local cloud.` };
  return runner(action, change);
}
