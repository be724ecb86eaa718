import type { AwsSession } from "../../aws/session.ts";
import type { Reason } from "../../plan/plan.ts";
import type { AlarmMatching, TakenName } from "../live/alarm-matching.ts";
import { readOwners } from "../live/alarm-tags-reader.ts";
import type { DesiredIndex } from "../live/desired-index.ts";
import { formatIdentity } from "../spec/identity.ts";
import { keeping } from "./deletions.ts";
import type { PlanDraft } from "./plan-draft.ts";

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
