import type { Change, FieldChange, Reason } from "../plan/plan.ts";
import { mergeAlarm } from "./alarm-merge.ts";
import type { CanonicalAlarm } from "./canonical-alarm.ts";
import type { AlarmState, LiveAlarm } from "./cloudwatch-alarm.ts";
import type { DesiredAlarm } from "./desired-alarm.ts";
import { canonicalDesired } from "./desired-index.ts";
import { type ChangeContext, changeOf } from "./existing-change.ts";
import { formatMark, type Mark, placeHash } from "./mark.ts";

/** The change that creates an alarm. With `quietStart` its actions are off and its mark says so. */
export function creation(desired: DesiredAlarm, context: ChangeContext): Change {
  const wanted = canonicalDesired(desired);
  return created(desired, wanted, context.hasher.ofAlarm(wanted), context, {
    reason: { code: "new", text: "no such alarm yet" },
  });
}

/**
 * The change that creates an alarm under its new name, with what people tuned under the old one. AWS can't rename: the old one is
 * deleted by a change of its own, once this is done.
 */
export function renaming(desired: DesiredAlarm, old: LiveAlarm, mark: Mark, context: ChangeContext): Change {
  const wanted = canonicalDesired(desired);
  const merge = mergeAlarm(old.state, wanted, mark.hashes, {
    policy: desired.policy.merge,
    hasher: context.hasher,
  });
  const name: FieldChange = {
    field: "alarmName",
    live: old.state.alarmName,
    desired: wanted.alarmName,
    verdict: "update",
    lastAsked: "live",
  };
  return created(desired, { ...merge.after, alarmName: wanted.alarmName }, merge.hashes, context, {
    reason: { code: "renamed", text: `takes the place of ${old.state.alarmName}, tuned values included` },
    fields: [name, ...merge.fields],
    carried: old.state.carried,
  });
}

interface Creation {
  readonly reason: Reason;
  readonly fields?: readonly FieldChange[];
  readonly carried?: AlarmState["carried"];
}

const NO_FIELDS: readonly FieldChange[] = [];

function created(
  desired: DesiredAlarm,
  settings: CanonicalAlarm,
  hashes: string,
  context: ChangeContext,
  { reason, fields = NO_FIELDS, carried }: Creation,
): Change {
  const { scope, configuration, now } = context;
  const quiet = desired.policy.quietStart && settings.actionsEnabled;
  const mark = formatMark({
    configuration,
    identity: desired.identity,
    placeHash: placeHash(scope.account, scope.region, settings.alarmName),
    hashes,
    keepsName: false,
    ...(quiet ? { quietSince: now.getTime() } : {}),
  });
  const after: AlarmState = {
    ...settings,
    ...(quiet ? { actionsEnabled: false } : {}),
    mark,
    ...(carried === undefined ? {} : { carried }),
  };
  return { ...changeOf(desired, settings.alarmName, context), action: "create", reason, fields, after };
}
