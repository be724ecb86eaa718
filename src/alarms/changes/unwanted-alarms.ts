import type { AlarmPlannerOptions } from "../alarm-planner-options.ts";
import type { AlarmMatching, MarkedAlarm, NamedAlarm } from "../live/alarm-matching.ts";
import { readOwners } from "../live/alarm-tags-reader.ts";
import type { DesiredIndex } from "../live/desired-index.ts";
import { type AlarmIdentity, formatIdentity, parseIdentity } from "../spec/identity.ts";
import { type Doomed, type Judgement, judgeFates, keeping, limitedDeletions } from "./deletions.ts";
import type { PlanDraft } from "./plan-draft.ts";

const UNKNOWN: Judgement = {
  verdict: "keep",
  reason: {
    code: "identity-unknown",
    text: "its identity is too long for its mark, and its tags don't hold it",
  },
};

/** The words of the configuration know nothing of the alarm: somebody removed it, or it belongs to another file of the same name. */
const UNKNOWN_TO_CONFIGURATION: ReadonlySet<string> = new Set(["policy-removed", "alarm-removed"]);

const ASSUMED = { proof: "assumed" } as const;

/** What becomes of alarms of ours that nothing wants, once their names are settled. */
export class UnwantedAlarms {
  readonly #draft: PlanDraft;
  readonly #matching: AlarmMatching;
  readonly #options: AlarmPlannerOptions;
  readonly #identities: ReadonlyMap<MarkedAlarm, AlarmIdentity>;
  readonly #judgements: ReadonlyMap<string, Judgement>;

  private constructor(
    draft: PlanDraft,
    matching: AlarmMatching,
    options: AlarmPlannerOptions,
    judged: readonly [ReadonlyMap<MarkedAlarm, AlarmIdentity>, ReadonlyMap<string, Judgement>],
  ) {
    this.#draft = draft;
    this.#matching = matching;
    this.#options = options;
    [this.#identities, this.#judgements] = judged;
  }

  /** Judges them all. */
  static async judge(
    draft: PlanDraft,
    matching: AlarmMatching,
    options: AlarmPlannerOptions,
    alarmsComplete: boolean,
  ): Promise<UnwantedAlarms> {
    const { orphans, heirs } = matching;
    const { desired, inventory, findExisting } = options;
    const note = (each: PlanDraft["notes"][number]) => void draft.notes.push(each);
    const identities = await wholeIdentities([...orphans, ...heirs.map(({ live }) => live)], options);
    const fates = { desired, inventory, alarmsComplete, findExisting, note };
    const judgements = await judgeFates([...identities.values()], fates);
    return new UnwantedAlarms(draft, matching, options, [identities, judgements]);
  }

  /** Those that go and whose name something wants, by name. */
  doomedNames(): Map<string, MarkedAlarm> {
    const going = this.#matching.heirs.filter(({ live }) => this.#judge(live).verdict === "delete");
    return new Map(going.map(({ live }) => [live.live.state.alarmName, live]));
  }

  /** Plans them; `overwritten` are those that others have been moved over already. */
  plan(index: DesiredIndex, overwritten: ReadonlySet<MarkedAlarm>): void {
    const draft = this.#draft;
    const { orphans, heirs, watched } = this.#matching;
    const doomed: Doomed[] = [];
    const kept: string[] = [];
    const strange = this.#knowsNone();
    if (strange)
      draft.note(
        "warning",
        "unknown-alarms",
        `this file knows none of the ${this.#matching.ours} alarms of configuration "${draft.context.configuration}" in ${draft.context.scope.account} ${draft.context.scope.region}: right after its policies were renamed; else another file has the same name, and the two take and remove each other's alarms until you give one of the two another name`,
      );
    const decide = (alarm: MarkedAlarm): void => {
      const judgement = this.#judge(alarm);
      const whole = this.#identities.get(alarm);
      const identity = whole === undefined ? alarm.mark.identity : formatIdentity(whole);
      if (judgement.verdict === "delete")
        doomed.push({ ...alarm, identity, ...judgement, ...(strange ? ASSUMED : {}) });
      else {
        kept.push(identity);
        draft.record(keeping(alarm.live, identity, judgement.reason, draft.context), alarm.live);
      }
    };
    for (const heir of heirs)
      if (!overwritten.has(heir.live) && !inherit(draft, heir, this.#judge(heir.live))) decide(heir.live);
    for (const orphan of orphans) decide(orphan);
    const changes = limitedDeletions(doomed, {
      limits: this.#options.configuration.limits.deletes,
      allowed: this.#options.allowDeletes,
      watched,
      remains: remaining(index, kept),
      context: draft.context,
      note: (each) => draft.notes.push(each),
    });
    changes.forEach((change, i) => {
      draft.record(change, doomed[i]?.live);
    });
  }

  /** Whether there are alarms under our name, and the configuration means or remembers not a single one of them. */
  #knowsNone(): boolean {
    const { ours, orphans, heirs } = this.#matching;
    const judged = [...orphans, ...heirs.map(({ live }) => live)].map((alarm) => this.#judge(alarm));
    return (
      ours > 0 &&
      judged.length === ours &&
      judged.every(({ reason }) => UNKNOWN_TO_CONFIGURATION.has(reason.code))
    );
  }

  #judge(alarm: MarkedAlarm): Judgement {
    const identity = this.#identities.get(alarm);
    return (identity && this.#judgements.get(formatIdentity(identity))) ?? UNKNOWN;
  }
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
