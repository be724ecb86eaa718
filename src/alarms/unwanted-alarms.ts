import type { AlarmMatching, MarkedAlarm, NamedAlarm } from "./alarm-matching.ts";
import type { AlarmPlannerOptions } from "./alarm-planner-options.ts";
import { readOwners } from "./alarm-tags-reader.ts";
import { type Doomed, type Judgement, judgeFates, keeping, limitedDeletions } from "./deletions.ts";
import type { DesiredIndex } from "./desired-index.ts";
import { type AlarmIdentity, formatIdentity, parseIdentity } from "./identity.ts";
import type { PlanDraft } from "./plan-draft.ts";

const UNKNOWN: Judgement = {
  verdict: "keep",
  reason: {
    code: "identity-unknown",
    text: "its identity is too long for its mark, and its tags don't hold it",
  },
};

/** Alarms of ours that nothing wants any more: they go or stay, or become the alarm that wants their name. */
export async function planUnwanted(
  draft: PlanDraft,
  { orphans, heirs, watched }: AlarmMatching,
  index: DesiredIndex,
  options: AlarmPlannerOptions,
  alarmsComplete: boolean,
): Promise<void> {
  const { desired, inventory, findExisting, configuration, allowDeletes } = options;
  const note = (each: PlanDraft["notes"][number]) => void draft.notes.push(each);
  const identities = await wholeIdentities([...orphans, ...heirs.map(({ live }) => live)], options);
  const judgements = await judgeFates([...identities.values()], {
    desired,
    inventory,
    alarmsComplete,
    findExisting,
    note,
  });
  const judge = (alarm: MarkedAlarm): Judgement => {
    const identity = identities.get(alarm);
    return (identity && judgements.get(formatIdentity(identity))) ?? UNKNOWN;
  };
  const doomed: Doomed[] = [];
  const kept: string[] = [];
  const decide = (alarm: MarkedAlarm): void => {
    const judgement = judge(alarm);
    const whole = identities.get(alarm);
    const identity = whole === undefined ? alarm.mark.identity : formatIdentity(whole);
    if (judgement.verdict === "delete") doomed.push({ ...alarm, identity, ...judgement });
    else {
      kept.push(identity);
      draft.record(keeping(alarm.live, identity, judgement.reason, draft.context), alarm.live);
    }
  };
  for (const heir of heirs) if (!inherit(draft, heir, judge(heir.live))) decide(heir.live);
  for (const orphan of orphans) decide(orphan);
  const changes = limitedDeletions(doomed, {
    limits: configuration.limits.deletes,
    allowed: allowDeletes,
    watched,
    remains: remaining(index, kept),
    context: draft.context,
    note,
  });
  changes.forEach((change, i) => {
    draft.record(change, doomed[i]?.live);
  });
}

/**
 * An alarm of ours under a name that another one wants. If it would go anyway it becomes that other one where it stands: a put after a
 * delete of one name could leave nothing behind.
 */
function inherit(
  draft: PlanDraft,
  { desired, live }: NamedAlarm<MarkedAlarm>,
  judgement: Judgement,
): boolean {
  if (draft.handled.has(desired.identity)) return false;
  if (judgement.verdict === "delete") {
    draft.existing(desired, live.live, { mark: live.mark, by: "heir" });
    return true;
  }
  const text = `its name is held by ${live.mark.identity}, which stays: ${judgement.reason.text}`;
  draft.conflict(desired, live.live, { code: "name-in-use", text });
  return false;
}

/** Whether a policy still has an alarm for a resource: a desired one, or one that is kept. */
function remaining(
  index: DesiredIndex,
  kept: readonly string[],
): (policy: string, resource: string) => boolean {
  let known: Set<string> | undefined;
  const add = (identity: string, to: Set<string>): void => {
    const parsed = parseIdentity(identity);
    if (parsed) to.add(`${parsed.policy}/${parsed.resource}`);
  };
  return (policy, resource) => {
    if (!known) {
      known = new Set();
      for (const { identity } of index.all()) add(identity, known);
      for (const identity of kept) add(identity, known);
    }
    return known.has(`${policy}/${resource}`);
  };
}

/** Identities as they are; those that a mark could hold only in part are read from the tags. */
async function wholeIdentities(
  alarms: readonly MarkedAlarm[],
  { session, configuration }: AlarmPlannerOptions,
): Promise<ReadonlyMap<MarkedAlarm, AlarmIdentity>> {
  const shortened = alarms.filter(({ mark }) => mark.shortened);
  const names = shortened.map(({ live }) => live.state.alarmName);
  const owners = await readOwners(session, configuration.name, names);
  const identities = new Map<MarkedAlarm, AlarmIdentity>();
  shortened.forEach((alarm, i) => {
    const owner = owners[i];
    if (owner?.owner === "us" && owner.identity !== undefined) identities.set(alarm, owner.identity);
  });
  for (const alarm of alarms) {
    const identity = alarm.mark.shortened ? undefined : parseIdentity(alarm.mark.identity);
    if (identity) identities.set(alarm, identity);
  }
  return identities;
}
