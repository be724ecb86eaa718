import type { AwsSession } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { CallCounts, Change } from "../plan/plan.ts";
import type { Outcome, PlannedChanges, Planner } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { messageOf } from "../support/errors.ts";
import { type AgentDecision, ROLE_TYPE } from "./agent-place.ts";
import { applyRoleStep, keepBefore, type RoleApply } from "./apply-roles.ts";
import { type AgentInstance, decideRoles, ownProfileArn, ownRoleName } from "./decide-roles.ts";
import { carrierOf, decideUndo, profileBefore, recordOf } from "./decide-undo.ts";
import { IDS_A_CALL } from "./instance-tags.ts";
import {
  CallTally,
  instanceName,
  NOTHING,
  outcomeOf,
  plannedPart,
  scopeError,
  toldOf,
  UNKNOWN,
} from "./planner-parts.ts";
import { readProfile, readProfiles } from "./read-profiles.ts";
import { profileOf, type RoleStep } from "./role-change.ts";

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
  /** For undoing: instances that keep their role, because their agent can't be taken back now. */
  readonly held?: ReadonlySet<string>;
}

/** What is planned for roles. */
export interface PlannedRoles extends PlannedChanges {
  /** Ids of instances whose role has all it needs. */
  readonly ready: ReadonlySet<string>;
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

  async plan(): Promise<PlannedRoles> {
    const { inventory } = this.#options;
    if (!inventory.complete) return this.#result(NOTHING, inventory.error ?? UNKNOWN);
    try {
      return this.#result(await this.#decide());
    } catch (error) {
      return this.#result(NOTHING, scopeError(error));
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
      const { address, after } = change;
      const step = (after as RoleStep).do;
      const name = "instance" in (after as RoleStep) ? instanceName(change) : change.name;
      const cause = (BLOCKED_BY[step] ?? []).find((other) => failed.has(other));
      const outcome: Outcome = apply.context.signal.aborted
        ? { address, name, status: "pending" }
        : broken !== undefined
          ? { address, name, status: "failed", error: broken }
          : cause !== undefined
            ? { address, name, status: "failed", error: NOT_TRIED }
            : { ...(await outcomeOf(change, () => applyRoleStep(apply, change))), name };
      if (outcome.status !== "applied") failed.add(step);
      report(outcome);
    }
  }

  async #decide(): Promise<AgentDecision & { readonly ready?: ReadonlySet<string> }> {
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
    const { held = new Set<string>() } = this.#options;
    return intent === "undo" ? decideUndo({ ...question, held }) : decideRoles({ ...question, instances });
  }

  /** Profiles that undoing is about: what instances with our tag have, and had, and whose roles got policies for them. */
  #undone(place: Parameters<typeof profileBefore>[0]): string[] {
    return this.#options.all.flatMap((resource) => {
      const record = recordOf(this.#options.configuration, resource);
      if (!record) return [];
      return [profileOf(resource), profileBefore(place, record), carrierOf(place, resource, record)].flatMap(
        (arn) => arn ?? [],
      );
    });
  }

  #result(
    decision: AgentDecision & { readonly ready?: ReadonlySet<string> },
    error?: Scope["error"],
  ): PlannedRoles {
    const part = plannedPart(
      this.#options.session,
      ROLE_TYPE,
      "roles",
      decision,
      callsOf(decision.changes),
      error,
    );
    return { ...part, ready: decision.ready ?? new Set() };
  }
}

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

/** Calls of each step, and one that tags for each group of instances with the same to keep. */
function callsOf(changes: readonly Change[]): CallCounts {
  const tally = new CallTally();
  const add = (call: string, count = 1): void => tally.add(call, count);
  const values = new Set<string>();
  const tagged = new Set<string>();
  for (const { after } of changes) {
    if (after === undefined) continue;
    const step = after as RoleStep;
    for (const [id, value] of Object.entries("tags" in step ? step.tags : {})) {
      tagged.add(id);
      values.add(value);
    }
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
  add("ec2:DescribeInstances", Math.ceil(tagged.size / IDS_A_CALL));
  add("ec2:CreateTags", values.size);
  return tally.counts;
}
