import type { LimitsConfig } from "../../model/configuration.ts";
import type { Scope } from "../../model/scope.ts";
import { scopeAddress } from "../../model/scope.ts";
import { type DeletionGroup, type DeletionProof, refusedDeletions } from "../../plan/limits.ts";
import type { Change, PlanNote, Reason } from "../../plan/plan.ts";
import { messageOf } from "../../support/errors.ts";
import type { DesiredAlarms } from "../desired/desired-alarm.ts";
import type { MarkedAlarm } from "../live/alarm-matching.ts";
import { type LiveAlarm, stateHash } from "../spec/cloudwatch-alarm.ts";
import { type AlarmIdentity, formatIdentity, parseIdentity } from "../spec/identity.ts";
import type { ChangeContext } from "./existing-change.ts";

/** Of resources of one type, the ids of those that exist and aren't terminated, by a direct look. */
export type FindExisting = (type: string, ids: readonly string[]) => Promise<ReadonlySet<string>>;

/** What became of an alarm of ours that nothing wants: it goes, or it stays, and why. */
export type Judgement =
  | { readonly verdict: "delete"; readonly reason: Reason; readonly proof: DeletionProof }
  | { readonly verdict: "keep"; readonly reason: Reason };

interface FateOptions {
  readonly desired: Pick<DesiredAlarms, "fateOf">;
  /** Listings of resources in this account and region. */
  readonly inventory: readonly Scope[];
  /** The listing of alarms was whole. */
  readonly alarmsComplete: boolean;
  readonly findExisting: FindExisting;
  readonly note: (note: PlanNote) => void;
}

/**
 * Judges alarms of ours that nothing wants, by identity. Nothing is deleted unless the listings it rests on were whole; a resource that
 * is merely absent must be absent from a direct look too. One look for each resource type, whatever the number of alarms.
 */
export async function judgeFates(
  identities: readonly AlarmIdentity[],
  options: FateOptions,
): Promise<ReadonlyMap<string, Judgement>> {
  const judged = new Map<string, Judgement>();
  const absent = new Map<string, { readonly id: string; readonly identity: string }[]>();
  for (const parsed of identities) {
    const identity = formatIdentity(parsed);
    const fate = options.desired.fateOf(parsed);
    if (fate.verdict === "keep") judged.set(identity, fate);
    else if (!options.alarmsComplete)
      judged.set(identity, keep("scope-incomplete", "alarms could not be listed completely"));
    else if (fate.verdict === "delete") {
      const broken = options.inventory.find((scope) => !scope.complete);
      judged.set(
        identity,
        broken
          ? keep("scope-incomplete", `${fate.reason.text}, but ${broken.type} could not be listed completely`)
          : fate,
      );
    } else {
      const scope = options.inventory.find(({ type }) => type === fate.resourceType);
      if (!scope?.complete)
        judged.set(identity, keep("scope-incomplete", `${fate.resourceType} could not be listed completely`));
      else {
        const others = absent.get(fate.resourceType);
        if (others) others.push({ id: fate.resourceId, identity });
        else absent.set(fate.resourceType, [{ id: fate.resourceId, identity }]);
      }
    }
  }
  for (const [type, alarms] of absent) {
    const found = await look(type, [...new Set(alarms.map(({ id }) => id))], options);
    for (const { id, identity } of alarms) {
      if (found === undefined)
        judged.set(identity, keep("look-failed", `${type} ${id} is absent, but a direct look failed`));
      else if (found.has(id))
        judged.set(identity, keep("still-exists", `${type} ${id} exists, though the listing lacked it`));
      else
        judged.set(identity, {
          verdict: "delete",
          reason: { code: "absent", text: `${type} ${id} no longer exists` },
          proof: "assumed",
        });
    }
  }
  return judged;
}

async function look(
  type: string,
  ids: readonly string[],
  { findExisting, note }: FateOptions,
): Promise<ReadonlySet<string> | undefined> {
  try {
    return await findExisting(type, ids);
  } catch (error) {
    note({
      severity: "error",
      code: "look-failed",
      message: `${ids.length} ${type} are absent from the listing, and a direct look for them failed: ${messageOf(error)}`,
    });
    return undefined;
  }
}

/** A change that deletes an alarm of ours. Several alarms may carry one identity (`at`: its name), so their address has it too. */
export function deletion(
  live: LiveAlarm,
  identity: string,
  reason: Reason,
  context: ChangeContext,
  at = false,
): Change {
  return {
    address: `${scopeAddress(context.scope)}/${identity}${at ? `@${live.state.alarmName}` : ""}`,
    scope: context.scope,
    identity,
    name: live.state.alarmName,
    action: "delete",
    reason,
    fields: [],
    before: live.state,
    beforeHash: stateHash(live.state),
  };
}

/** A change that leaves an alarm of ours as it is. */
export function keeping(live: LiveAlarm, identity: string, reason: Reason, context: ChangeContext): Change {
  return {
    address: `${scopeAddress(context.scope)}/${identity}`,
    scope: context.scope,
    identity,
    name: live.state.alarmName,
    action: "keep",
    reason,
    fields: [],
    before: live.state,
  };
}

interface LimitOptions {
  readonly limits: LimitsConfig["deletes"];
  /** `--allow-deletes N`. */
  readonly allowed: number | undefined;
  /** Resources with an alarm of ours, by policy. */
  readonly watched: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a resource still has an alarm of a policy afterwards. */
  readonly remains: (policy: string, resource: string) => boolean;
  readonly context: ChangeContext;
  readonly note: (note: PlanNote) => void;
}

/** An alarm that would go, how sure that is. */
export interface Doomed extends MarkedAlarm {
  readonly identity: string;
  readonly reason: Reason;
  readonly proof: DeletionProof;
}

/** The changes for alarms that would go: deletions within the limits; refused ones stay and say how to allow them. */
export function limitedDeletions(doomed: readonly Doomed[], options: LimitOptions): Change[] {
  const { context } = options;
  const lost = new Map<string, Record<DeletionProof, Set<string>>>();
  for (const { identity, proof } of doomed) {
    const parsed = parseIdentity(identity);
    if (!parsed || parsed.resource === "" || options.remains(parsed.policy, parsed.resource)) continue;
    let group = lost.get(parsed.policy);
    if (!group) {
      group = { proven: new Set(), assumed: new Set() };
      lost.set(parsed.policy, group);
    }
    group[proof].add(parsed.resource);
  }
  const groups: DeletionGroup[] = [...lost].map(([policy, { proven, assumed }]) => ({
    policy,
    watched: options.watched.get(policy)?.size ?? 0,
    proven: [...proven].filter((resource) => !assumed.has(resource)).length,
    assumed: assumed.size,
  }));
  const refused = refusedDeletions(groups, { ...options.limits, allowed: options.allowed });
  const total = groups.reduce((sum, { proven, assumed }) => sum + proven + assumed, 0);
  for (const { policy, resources, limit } of refused)
    options.note({
      severity: "error",
      code: "deletion-refused",
      message: `${resources} resources would lose all their alarms of policy "${policy}", more than the ${limit} allowed at once: refused; --allow-deletes ${total} allows it`,
    });
  return doomed.map(({ live, identity, reason, proof }) => {
    const policy = parseIdentity(identity)?.policy;
    const limit = refused.find((each) => each.policy === policy && each.proof === proof);
    return limit === undefined
      ? deletion(live, identity, reason, context)
      : keeping(
          live,
          identity,
          {
            code: "deletion-refused",
            text: `${reason.text}: refused, ${limit.resources} resources at once are too many`,
          },
          context,
        );
  });
}

function keep(code: string, text: string): Judgement {
  return { verdict: "keep", reason: { code, text } };
}
