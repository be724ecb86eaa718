import type { Reason } from "../../plan/plan.ts";
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import type { AlarmMatching, MarkedAlarm } from "../live/alarm-matching.ts";
import type { DesiredIndex } from "../live/desired-index.ts";
import { list } from "./change-reasons.ts";
import { moving, renaming } from "./creations.ts";
import { deletion } from "./deletions.ts";
import { type PlanDraft, withLiveSeries } from "./plan-draft.ts";

/** What bounds the renaming of alarms. */
interface RenameOptions {
  /** Whether names can't be known to be free: the listing was cut short. */
  readonly incomplete: boolean;
  /** Alarms stay where they are, whatever their names. */
  readonly inPlace: boolean;
  /** Alarms of ours that go anyway and whose name something wants, by name. Those that are moved over are taken out. */
  readonly doomed: Map<string, MarkedAlarm>;
}

/**
 * Alarms of ours under another name than the configuration gives them. AWS can't rename: an alarm of the new name is written with what
 * people tuned, then the old one is deleted. Where the new name is held by an alarm of ours that goes, that one is overwritten; where
 * another alarm wants the old name, the old alarm is left for it to overwrite in the next plan. So no name is ever deleted and put in
 * one plan, and nothing that a composite's rule names is missing in between.
 */
export function planRenames(
  draft: PlanDraft,
  { misnamed, held }: AlarmMatching,
  index: DesiredIndex,
  options: RenameOptions,
): void {
  const { incomplete, inPlace, doomed } = options;
  const leftovers: (MarkedAlarm & { readonly desired: DesiredAlarm })[] = [];
  const moves: (MarkedAlarm & { readonly desired: DesiredAlarm })[] = [];
  for (const [identity, alarms] of misnamed) {
    const desired = index.byIdentity(identity);
    const [first, ...others] = alarms;
    if (!desired || !first) continue;
    if (draft.handled.has(identity)) leftovers.push(...alarms.map((alarm) => ({ ...alarm, desired })));
    else if (others.length === 0) moves.push({ ...first, desired });
    else {
      const names = list(alarms.map(({ live }) => `"${live.state.alarmName}"`));
      const text = `${names} all say that they are this alarm: delete those that aren't`;
      draft.conflict(desired, first.live, { code: "duplicate-identity", text });
    }
  }
  const going = leftovers.filter((alarm) => !alarm.mark.keepsName && !incomplete && !inPlace);
  for (const alarm of going) if (held.has(nameOf(alarm))) doomed.set(nameOf(alarm), alarm);
  for (const move of moves) rename(move);
  for (const alarm of leftovers) if (!going.includes(alarm)) noteDuplicate(alarm);
  for (const alarm of going)
    if (!held.has(nameOf(alarm))) deleteOld(alarm);
    else if (doomed.get(nameOf(alarm)) === alarm) {
      doomed.delete(nameOf(alarm));
      leave(alarm);
    }

  function rename(alarm: (typeof moves)[number]): void {
    const { desired, live, mark } = alarm;
    const stays = mark.keepsName || inPlace;
    const blocked = stays ? undefined : whyBlocked(alarm);
    if (blocked !== undefined)
      draft.note(
        "warning",
        "rename-blocked",
        `"${nameOf(alarm)}" can't become "${desired.name}" yet: ${blocked}`,
      );
    if (stays || blocked !== undefined) {
      draft.existing(desired, live, { mark, by: "mark" });
      return;
    }
    draft.handled.add(desired.identity);
    const wanted = withLiveSeries(desired, live);
    const over = doomed.get(desired.name);
    doomed.delete(desired.name);
    if (over) draft.record(moving(wanted, live, mark, over.live, draft.context), over.live);
    else draft.record(renaming(wanted, live, mark, draft.context), undefined);
    if (!held.has(nameOf(alarm))) deleteOld(alarm);
  }

  function whyBlocked({ desired, live }: (typeof moves)[number]): string | undefined {
    const over = doomed.get(desired.name)?.live;
    if (incomplete) return "alarms could not be listed completely";
    if (held.has(desired.name) && over === undefined)
      return "that name is in use; plan again once it is free";
    if (over !== undefined && over.state.kind !== live.state.kind)
      return `that name is held by a ${over.state.kind} alarm`;
    const unknown = [...(live.unknownFields ?? []), ...(over?.unknownFields ?? [])];
    if (unknown.length > 0) return `${list(unknown)} would be lost`;
    const kind = live.foreignKind ?? over?.foreignKind;
    return kind === undefined ? undefined : `it is a ${kind}`;
  }

  /** A leftover whose name a desired alarm wants that has none yet: it becomes that one. */
  function leave(alarm: (typeof going)[number]): void {
    const heir = index.byName(nameOf(alarm));
    if (heir && !draft.handled.has(heir.identity))
      draft.existing(heir, alarm.live, { mark: alarm.mark, by: "heir" });
    else deleteOld(alarm);
  }

  function deleteOld({ desired, live }: (typeof moves)[number]): void {
    const reason: Reason = { code: "renamed", text: `its name is "${desired.name}" now` };
    draft.record(deletion(live, desired.identity, reason, draft.context, true), live);
  }

  function noteDuplicate({ desired, ...alarm }: (typeof moves)[number]): void {
    draft.note("warning", "duplicate", `"${nameOf(alarm)}" is a second alarm of ${desired.identity}: kept`);
  }
}

function nameOf({ live }: MarkedAlarm): string {
  return live.state.alarmName;
}
