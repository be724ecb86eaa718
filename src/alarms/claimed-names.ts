import type { AwsSession } from "../aws/session.ts";
import type { Reason } from "../plan/plan.ts";
import type { AlarmMatching, MarkedAlarm, TakenName } from "./alarm-matching.ts";
import { readOwners } from "./alarm-tags-reader.ts";
import { list } from "./change-reasons.ts";
import { renaming } from "./creations.ts";
import { deletion, keeping } from "./deletions.ts";
import type { DesiredAlarm } from "./desired-alarm.ts";
import type { DesiredIndex } from "./desired-index.ts";
import { formatIdentity } from "./identity.ts";
import { type PlanDraft, withLiveSeries } from "./plan-draft.ts";

/** Alarms of a wanted name without a mark: their tags tell whether they are ours and lost it, or somebody else's. */
export async function planUnmarked(
  draft: PlanDraft,
  { unmarked }: AlarmMatching,
  session: AwsSession,
): Promise<void> {
  const names = unmarked.map(({ live }) => live.state.alarmName);
  const owners = await readOwners(session, draft.context.configuration, names);
  unmarked.forEach(({ desired, live }, i) => {
    const owner = owners[i];
    if (owner?.owner === "us" && !draft.handled.has(desired.identity)) {
      const same = owner.identity === undefined || formatIdentity(owner.identity) === desired.identity;
      draft.existing(desired, live, { mark: undefined, by: same ? "lost" : "heir" });
      return;
    }
    const why = owner?.owner === "unknown" ? ` (its tags could not be read: ${owner.why})` : "";
    const text = `exists, not ours${why}: watchkeeper adopt ${live.state.alarmName}`;
    draft.conflict(desired, live, { code: "not-ours", text });
  });
}

/** What keeps an alarm from being created under another name now, or at all. */
export interface RenameLimits {
  /** Existence can't be known: the listing was cut short. */
  readonly incomplete: boolean;
  /** Alarms stay where they are, whatever their names. */
  readonly inPlace: boolean;
}

/** Alarms of ours under another name than the configuration gives them: renamed, adopted, or left by a run that was cut short. */
export function planMisnamed(
  draft: PlanDraft,
  matching: AlarmMatching,
  index: DesiredIndex,
  limits: RenameLimits,
): void {
  for (const [identity, alarms] of matching.misnamed) {
    const desired = index.byIdentity(identity);
    const [first, ...others] = alarms;
    if (!desired || !first) continue;
    if (draft.handled.has(identity)) for (const alarm of alarms) planLeftover(draft, desired, alarm, limits);
    else if (others.length > 0) {
      const names = alarms.map(({ live }) => `"${live.state.alarmName}"`);
      const text = `${list(names)} all say that they are this alarm: delete those that aren't`;
      draft.conflict(desired, first.live, { code: "duplicate-identity", text });
    } else planRename(draft, desired, first, matching, limits);
  }
}

/** Wanted names that are somebody else's for sure. */
export function planTaken(draft: PlanDraft, { taken }: AlarmMatching): void {
  for (const name of taken)
    if (!draft.handled.has(name.desired.identity)) draft.conflict(name.desired, name.live, takenReason(name));
}

/** Alarms of ours that a newer version wrote: read-only to us. */
export function planNewer(draft: PlanDraft, { newer }: AlarmMatching, index: DesiredIndex): void {
  for (const live of newer) {
    const { reading, state } = live;
    if (reading.kind !== "newer") continue;
    const known = reading.identity === undefined ? undefined : index.byIdentity(reading.identity);
    const desired = known ?? index.byName(state.alarmName);
    if (desired) draft.handled.add(desired.identity);
    const identity =
      desired?.identity ?? reading.identity ?? `${draft.context.configuration}/?/?/${state.alarmName}`;
    const text = `written by a newer version (mark wk${reading.version}): kept as it is; upgrade watchkeeper`;
    draft.record(keeping(live, identity, { code: "newer-mark", text }, draft.context), live);
  }
}

/** A second alarm of one identity: left by a rename that was cut short, or adopted beside the one we made. */
function planLeftover(
  draft: PlanDraft,
  desired: DesiredAlarm,
  { live, mark }: MarkedAlarm,
  { incomplete, inPlace }: RenameLimits,
): void {
  if (mark.keepsName || incomplete || inPlace)
    draft.note(
      "warning",
      "duplicate",
      `"${live.state.alarmName}" is a second alarm of ${desired.identity}: kept`,
    );
  else draft.record(deletion(live, desired.identity, renamedReason(desired), draft.context, true), live);
}

function planRename(
  draft: PlanDraft,
  desired: DesiredAlarm,
  { live, mark }: MarkedAlarm,
  matching: AlarmMatching,
  limits: RenameLimits,
): void {
  const stays = mark.keepsName || limits.inPlace;
  const blocked = stays ? undefined : whyBlocked();
  if (blocked !== undefined)
    draft.note(
      "warning",
      "rename-blocked",
      `"${live.state.alarmName}" can't become "${desired.name}" yet: ${blocked}`,
    );
  if (stays || blocked !== undefined) {
    draft.existing(desired, live, { mark, by: "mark" });
    return;
  }
  draft.handled.add(desired.identity);
  draft.record(renaming(withLiveSeries(desired, live), live, mark, draft.context), undefined);
  draft.record(deletion(live, desired.identity, renamedReason(desired), draft.context, true), live);

  function whyBlocked(): string | undefined {
    if (limits.incomplete) return "alarms could not be listed completely";
    if (matching.held.has(desired.name)) return "that name is in use; plan again once it is free";
    if (live.unknownFields !== undefined) return `it has ${list(live.unknownFields)}, which would be lost`;
    return live.foreignKind === undefined ? undefined : `it is a ${live.foreignKind}`;
  }
}

function renamedReason(desired: DesiredAlarm): Reason {
  return { code: "renamed", text: `its name is "${desired.name}" now` };
}

function takenReason({ by, owner, live }: TakenName): Reason {
  const name = live.state.alarmName;
  switch (by) {
    case "copy":
      return { code: "not-ours", text: `exists, a copy of ${owner}, not ours: watchkeeper adopt ${name}` };
    case "configuration": {
      const text = `exists and belongs to configuration ${owner}: watchkeeper adopt ${name} takes it over`;
      return { code: "other-configuration", text };
    }
    case "desired": {
      const text = `its name is held by ${owner} until that has its own: apply, then plan again`;
      return { code: "name-in-use", text };
    }
  }
}
