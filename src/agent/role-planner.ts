import type { AwsSession } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { CallCounts, Change } from "../plan/plan.ts";
import type { Outcome, PlannedChanges, Planner } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import { applyRoleStep, keepBefore, type RoleApply } from "./apply-roles.ts";
import {
  type AgentInstance,
  decideRoles,
  ownProfileArn,
  ownRoleName,
  type RoleDecision,
} from "./decide-roles.ts";
import { decideUndo, profileBefore, recordOf } from "./decide-undo.ts";
import { readProfile, readProfiles } from "./read-profiles.ts";
import { profileOf, ROLE_TYPE, type RoleStep } from "./role-change.ts";

export interface RolePlannerOptions {
  readonly session: AwsSession;
  readonly context: Context;
  /** Name of the configuration. */
  readonly configuration: string;
  /** The instances that are to have the agent, running or stopped. */
  readonly instances: readonly AgentInstance[];
  /** Every instance of the region, and whether that listing is whole. */
  readonly all: readonly Resource[];
  readonly inventory: Scope;
  /** `undo`: back to what was there before, for every instance that has our tag. */
  readonly intent?: "plan" | "undo";
}

/** Order in which steps are done: what others need comes first, and the tags go last. */
const ORDER: readonly RoleStep["do"][] = [
  "create",
  "attach",
  "associate",
  "replace",
  "restore",
  "detach",
  "remove",
  "forget",
];

/**
 * Plans and applies the roles that instances of one account and region need for the agent; see `decideRoles` and `decideUndo`.
 * Reading takes three calls for each of two profiles, or the pages of the account's roles. Nothing is planned where instances
 * or roles can't be read whole.
 */
export class RolePlanner implements Planner {
  readonly types: readonly string[] = [ROLE_TYPE];
  readonly #options: RolePlannerOptions;

  constructor(options: RolePlannerOptions) {
    this.#options = options;
  }

  async plan(): Promise<PlannedChanges> {
    const { inventory } = this.#options;
    if (!inventory.complete)
      return this.#result({ changes: [], notes: [], unchanged: 0 }, inventory.error ?? UNKNOWN);
    try {
      return this.#result(await this.#decide(), undefined);
    } catch (error) {
      if (!isWatchkeeperError(error) || error.code === "Aborted") throw error;
      const { code, message } = error;
      return this.#result({ changes: [], notes: [], unchanged: 0 }, { code, message });
    }
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    const apply: RoleApply = this.#options;
    const ordered = [...changes].sort((a, b) => rank(a) - rank(b));
    let broken: Outcome["error"] | undefined;
    try {
      if (!apply.context.signal.aborted) await keepBefore(apply, ordered);
    } catch (error) {
      // Without the way back nothing is changed.
      broken = { ...toldOf(error), message: `what was there before could not be kept: ${messageOf(error)}` };
    }
    const failed = new Set<RoleStep["do"]>();
    for (const change of ordered) {
      const { address, name, after } = change;
      const step = (after as RoleStep).do;
      const cause = (BLOCKED_BY[step] ?? []).find((other) => failed.has(other));
      const outcome: Outcome = apply.context.signal.aborted
        ? { address, name, status: "pending" }
        : broken !== undefined
          ? { address, name, status: "failed", error: broken }
          : cause !== undefined
            ? { address, name, status: "failed", error: NOT_TRIED }
            : await this.#applyOne(apply, change);
      if (outcome.status !== "applied") failed.add(step);
      report(outcome);
    }
  }

  async #applyOne(apply: RoleApply, change: Change): Promise<Outcome> {
    const { address, name } = change;
    try {
      const refused = await applyRoleStep(apply, change);
      return refused === undefined
        ? { address, name, status: "applied" }
        : { address, name, status: "refused", error: refused };
    } catch (error) {
      if (isWatchkeeperError(error) && error.code === "Aborted") return { address, name, status: "pending" };
      return { address, name, status: "failed", error: toldOf(error) };
    }
  }

  async #decide(): Promise<RoleDecision> {
    const { session, configuration, instances, all, intent = "plan" } = this.#options;
    const { account, region, partition } = session;
    const place = { configuration, account, region, partition };
    const own = ownProfileArn(place);
    const wanted = new Set(
      intent === "plan"
        ? instances.flatMap(({ resource }) => profileOf(resource) ?? [])
        : this.#undone(place),
    );
    const profiles = new Map(await readProfiles(session, [...wanted]));
    const needsOwn =
      intent === "undo"
        ? wanted.has(own) || all.some((resource) => recordOf(configuration, resource) !== undefined)
        : instances.some(({ resource, replaceRole }) => replaceRole || profileOf(resource) === undefined);
    if (needsOwn && !profiles.has(own)) {
      const profile = await readProfile(session, ownRoleName(place));
      if (profile) profiles.set(own, profile);
    }
    const question = { ...place, all, profiles };
    return intent === "undo" ? decideUndo(question) : decideRoles({ ...question, instances });
  }

  /** Profiles that undoing is about: what instances with our tag have, and had. */
  #undone(place: Parameters<typeof profileBefore>[0]): string[] {
    return this.#options.all.flatMap((resource) => {
      const record = recordOf(this.#options.configuration, resource);
      return record ? [profileOf(resource) ?? [], profileBefore(place, record) ?? []].flat() : [];
    });
  }

  #result({ changes, notes, unchanged }: RoleDecision, error: Scope["error"]): PlannedChanges {
    const { account, region } = this.#options.session;
    const scope = { account, region, type: ROLE_TYPE, complete: error === undefined };
    const message = `roles of ${account} ${region} can't be planned: ${error?.message}`;
    return {
      scopes: [error === undefined ? scope : { ...scope, error }],
      changes,
      unchanged,
      notes: error === undefined ? notes : [...notes, { severity: "error", code: "roles-unknown", message }],
      cost: { before: 0, after: 0 },
      callsToMake: callsOf(changes),
    };
  }
}

const UNKNOWN = { code: "listing-failed", message: "the instances could not be listed" };
const NOT_TRIED = { code: "not-tried", message: "not tried, because what it needs failed before it" };

/** Steps that aren't done once others failed: nobody gets a profile that isn't there, and no way back is forgotten. */
const BLOCKED_BY: Partial<Readonly<Record<RoleStep["do"], readonly RoleStep["do"][]>>> = {
  associate: ["create"],
  replace: ["create"],
  remove: ["restore"],
  forget: ["restore", "detach", "remove"],
};

function rank({ after }: Change): number {
  return ORDER.indexOf((after as RoleStep).do);
}

function toldOf(error: unknown): NonNullable<Outcome["error"]> {
  const known = isWatchkeeperError(error) ? error : undefined;
  const remedy = known?.remedy === undefined ? {} : { remedy: known.remedy };
  return { code: known?.code ?? "unexpected", message: messageOf(error), ...remedy };
}

/** Calls of each step, and one that tags for each group of instances with the same to keep. */
function callsOf(changes: readonly Change[]): CallCounts {
  const counts: Record<string, number> = {};
  const add = (call: string, count = 1): void => {
    if (count > 0) counts[call] = (counts[call] ?? 0) + count;
  };
  const values = new Set<string>();
  for (const { after } of changes) {
    if (after === undefined) continue;
    const step = after as RoleStep;
    if ("tags" in step) for (const value of Object.values(step.tags)) values.add(value);
    if ("instance" in step) add("ec2:DescribeIamInstanceProfileAssociations");
    switch (step.do) {
      case "create":
        for (const call of [
          "CreateRole",
          "GetRole",
          "CreateInstanceProfile",
          "GetInstanceProfile",
          "AddRoleToInstanceProfile",
        ])
          add(`iam:${call}`);
        add("iam:AttachRolePolicy", step.policies.length);
        break;
      case "attach":
        add("iam:AttachRolePolicy", step.policies.length);
        break;
      case "associate":
        add("ec2:AssociateIamInstanceProfile");
        break;
      case "replace":
        add("ec2:ReplaceIamInstanceProfileAssociation");
        break;
      case "restore":
        add(
          step.profile === null
            ? "ec2:DisassociateIamInstanceProfile"
            : "ec2:ReplaceIamInstanceProfileAssociation",
        );
        break;
      case "detach":
        add("iam:DetachRolePolicy", step.policies.length);
        break;
      case "remove":
        for (const call of ["RemoveRoleFromInstanceProfile", "DeleteInstanceProfile", "DeleteRole"])
          add(`iam:${call}`);
        add("iam:DetachRolePolicy", step.policies.length);
        break;
      case "forget":
        add("ec2:DeleteTags");
        break;
    }
  }
  add("ec2:CreateTags", values.size);
  return counts;
}
