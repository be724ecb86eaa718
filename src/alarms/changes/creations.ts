import type { Change, FieldChange, Reason } from "../../plan/plan.ts";
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import { canonicalDesired } from "../live/desired-index.ts";
import type { CanonicalAlarm } from "../spec/canonical-alarm.ts";
import { type AlarmState, type LiveAlarm, stateHash } from "../spec/cloudwatch-alarm.ts";
import { formatMark, type Mark, placeHash } from "../spec/mark.ts";
import { mergeAlarm } from "./alarm-merge.ts";
import { type ChangeContext, changeOf } from "./existing-change.ts";

/** The change that creates an alarm. With `quietStart` its actions are off and its mark says so. */
export function creation(desired: DesiredAlarm, context: ChangeContext): Change {
  const wanted = canonicalDesired(desired);
  return created(desired, wanted, context.hasher.ofAlarm(wanted), context, {
    reason: NEW,
  });
}

/**
 * The change that creates an alarm under its new name, with what people tuned under the old one. AWS can't rename: the old one is
 * deleted by a change of its own, once this is done.
 */
export function renaming(desired: DesiredAlarm, old: LiveAlarm, mark: Mark, context: ChangeContext): Change {
  const { settings, hashes, fields } = renamed(desired, old, mark, context);
  return created(desired, settings, hashes, context, {
    reason: reasonOf(old),
    fields,
    carried: old.state.carried,
  });
}

/** The same where the new name is held by an alarm of ours that goes: that one is overwritten. Both must be of one kind. */
export function moving(
  desired: DesiredAlarm,
  old: LiveAlarm,
  mark: Mark,
  over: LiveAlarm,
  context: ChangeContext,
): Change {
  const { settings, hashes, fields } = renamed(desired, old, mark, context);
  const { carried } = old.state;
  return {
    ...changeOf(desired, settings.alarmName, context),
    action: "update",
    reason: reasonOf(old),
    fields,
    before: over.state,
    beforeHash: stateHash(over.state),
    after: {
      ...settings,
      mark: markOf(desired, settings, hashes, context),
      ...(carried === undefined ? {} : { carried }),
      retag: true,
    } satisfies AlarmState,
  };
}

function renamed(desired: DesiredAlarm, old: LiveAlarm, mark: Mark, { hasher }: ChangeContext) {
  const wanted = canonicalDesired(desired);
  const { after, hashes, fields } = mergeAlarm(old.state, wanted, mark.hashes, {
    policy: desired.policy.merge,
    hasher,
  });
  const { alarmName } = wanted;
  const name = { field: "alarmName", live: old.state.alarmName, desired: alarmName } as const;
  const moved: FieldChange = { ...name, verdict: "update", lastAsked: "live" };
  return { settings: { ...after, alarmName }, hashes, fields: [moved, ...fields] };
}

function reasonOf(old: LiveAlarm): Reason {
  return { code: "renamed", text: `takes the place of ${old.state.alarmName}, tuned values included` };
}

interface Creation {
  readonly reason: Reason;
  readonly fields?: readonly FieldChange[];
  readonly carried?: AlarmState["carried"];
}

const NO_FIELDS: readonly FieldChange[] = [];
const NEW: Reason = { code: "new", text: "no such alarm yet" };

/** Takes the settings over: they become the state after the change. */
function created(
  desired: DesiredAlarm,
  settings: CanonicalAlarm,
  hashes: string,
  context: ChangeContext,
  { reason, fields = NO_FIELDS, carried }: Creation,
): Change {
  const quiet = desired.policy.quietStart && settings.actionsEnabled;
  const mark = markOf(desired, settings, hashes, context, quiet ? context.now.getTime() : undefined);
  // Of these objects a first plan holds tens of thousands; spreading would make each three times as large.
  const after: AlarmState = Object.assign(
    settings,
    { mark },
    quiet ? { actionsEnabled: false } : undefined,
    carried === undefined ? undefined : { carried },
  );
  return Object.assign(changeOf(desired, settings.alarmName, context), {
    action: "create",
    reason,
    fields,
    after,
  } as const);
}

function markOf(
  { identity }: DesiredAlarm,
  { alarmName }: CanonicalAlarm,
  hashes: string,
  { scope, configuration }: ChangeContext,
  quietSince?: number,
): string {
  return formatMark({
    configuration,
    identity,
    placeHash: placeHash(scope.account, scope.region, alarmName),
    hashes,
    keepsName: false,
    ...(quietSince === undefined ? {} : { quietSince }),
  });
}
