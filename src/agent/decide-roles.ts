import { formatArn } from "../model/arn.ts";
import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import type { Resource } from "../model/resource.ts";
import type { Change, PlanNote, Reason } from "../plan/plan.ts";
import { hashOf } from "../support/canonical-json.ts";
import type { AgentDecision, AgentPlace } from "./agent-place.ts";
import {
  BEFORE_TAG,
  type BeforeRecord,
  formatBefore,
  mergeBefore,
  parseBefore,
  profileReference,
} from "./before-tag.ts";
import type { ProfileFacts } from "./read-profiles.ts";
import { missingPolicies, policyArn, REQUIRED_POLICIES, type RequiredPolicy } from "./required-policies.ts";
import { briefly, called, listed, profileOf, roleChange } from "./role-change.ts";
import { ownerText, roleOwner } from "./role-owner.ts";

/** An instance that is to have the agent. */
export interface AgentInstance {
  readonly resource: Resource;
  /** Its role may be replaced by ours. */
  readonly replaceRole: boolean;
  /** Systems Manager reaches it now. */
  readonly online: boolean;
}

export interface RoleQuestion extends AgentPlace {
  readonly instances: readonly AgentInstance[];
  /** Every instance of the region, to name those that share a role. */
  readonly all: readonly Resource[];
  /** By ARN; ours is among them when it exists. */
  readonly profiles: ReadonlyMap<string, ProfileFacts>;
}

export interface RoleDecision extends AgentDecision {
  /** Ids of instances whose role has all it needs. */
  readonly ready: ReadonlySet<string>;
}

/** Our own role and profile for instances that have none: one in each region, so that undoing one region leaves the others alone. */
export function ownRoleName({ configuration, region }: Pick<AgentPlace, "configuration" | "region">): string {
  const name = `${configuration}-agent-${region}`;
  // Role names have at most 64 characters.
  return name.length <= 64
    ? name
    : `${configuration.slice(0, 30)}-${hashOf(name, 8)}-agent-${region}`.slice(0, 64);
}

/** ARN of our own profile. */
export function ownProfileArn(place: AgentPlace): string {
  const { partition, account } = place;
  return formatArn({
    partition,
    service: "iam",
    region: "",
    account,
    resource: `instance-profile/${ownRoleName(place)}`,
  });
}

/**
 * The smallest change that lets instances have the agent: the policies that are missing are attached to the role they have; where
 * there is no profile, ours is associated. A profile is replaced only where `replaceRole` says so and the role lacks something.
 * What was there before goes into a tag of each instance.
 */
export function decideRoles(question: RoleQuestion): RoleDecision {
  const changes: Change[] = [];
  const notes: PlanNote[] = [];
  const byRole = new Map<string, { profile: ProfileFacts; instances: AgentInstance[] }>();
  const needOurs: AgentInstance[] = [];
  const ready = new Set<string>();
  for (const instance of question.instances) {
    const arn = profileOf(instance.resource);
    const profile = arn === undefined ? undefined : question.profiles.get(arn);
    if (arn === undefined) needOurs.push(instance);
    else if (profile?.role) {
      const key = profile.role.arn;
      const group = byRole.get(key) ?? { profile, instances: [] };
      group.instances.push(instance);
      byRole.set(key, group);
    } else changes.push(withoutRole(question, instance, arn, profile));
  }
  for (const { profile, instances } of byRole.values()) {
    const { role } = profile;
    if (!role) continue;
    const reached = instances.every(({ online }) => online);
    const missing = missingPolicies(role.attached, reached);
    const replaced =
      missing.length > 0 && profile.arn !== ownProfileArn(question)
        ? instances.filter(({ replaceRole }) => replaceRole)
        : [];
    needOurs.push(...replaced);
    const kept = instances.filter((instance) => !replaced.includes(instance));
    if (kept.length === 0) continue;
    if (missing.length === 0) {
      for (const { resource } of kept) ready.add(resource.id);
      continue;
    }
    const { change, note } = attach(question, profile, kept, missing);
    changes.push(change);
    if (note) notes.push(note);
  }
  if (needOurs.length > 0) {
    const foreign = takenName(question, needOurs);
    if (foreign) changes.push(foreign);
    else {
      const own = question.profiles.get(ownProfileArn(question))?.role?.arn ?? "";
      if (!byRole.has(own)) changes.unshift(...creation(question));
      changes.push(...needOurs.map((instance) => ours(question, instance)));
    }
  }
  return { changes, notes, unchanged: ready.size, ready };
}

function attach(
  question: RoleQuestion,
  { role, arn }: ProfileFacts,
  instances: readonly AgentInstance[],
  missing: readonly RequiredPolicy[],
): { readonly change: Change; readonly note?: PlanNote } {
  const name = role?.name ?? "";
  const sharers = question.all.filter((resource) => {
    const arn = profileOf(resource);
    return arn !== undefined && question.profiles.get(arn)?.role?.arn === role?.arn;
  });
  const owner = roleOwner(role?.tags ?? {});
  const purposes = missing
    .map((policy) => `${policy}, so that ${REQUIRED_POLICIES[policy].purpose}`)
    .join("; ");
  const kept = tagsFor(question, instances, { attached: missing, carrier: profileReference(arn) });
  const after = {
    do: "attach" as const,
    role: name,
    policies: missing.map((policy) => policyArn(question.partition, policy)),
  };
  const shared =
    sharers.length === 1
      ? `of ${listed(sharers)} alone`
      : `shared by ${sharers.length} instances: ${listed(sharers)}`;
  const owned = owner ? `; kept by ${ownerText(owner)}` : "";
  const reason = { code: "policies-missing", text: `lacks ${purposes} (${shared}${owned})` };
  const change = roleChange(
    question,
    `role/${name}`,
    name,
    "refused" in kept ? "conflict" : "update",
    "refused" in kept ? kept.refused : reason,
    {
      label: briefly(sharers),
      before: { policies: role?.attached ?? [] },
      ...("refused" in kept ? {} : { after: { ...after, tags: kept.tags } }),
    },
  );
  if (!owner) return { change };
  return {
    change,
    note: {
      severity: "warning",
      code: "role-owned",
      address: change.address,
      message: `role ${name} belongs to ${ownerText(owner)}, which may take the policies away again: add them there as well`,
    },
  };
}

/** The conflict that somebody else's role has the name of ours. */
function takenName(question: RoleQuestion, instances: readonly AgentInstance[]): Change | undefined {
  const role = question.profiles.get(ownProfileArn(question))?.role;
  if (!role || role.tags[CONFIGURATION_TAG] === question.configuration) return undefined;
  const who = listed(instances.map(({ resource }) => resource));
  const text = `there is a role ${role.name} in a profile of our name, and it isn't ours: rename it, or give ${who} a profile`;
  return roleChange(
    question,
    `role/${role.name}`,
    role.name,
    "conflict",
    { code: "name-taken", text },
    {
      before: { policies: role.attached },
    },
  );
}

/** Our role and profile, where they aren't there yet or lack something. */
function creation(question: RoleQuestion): Change[] {
  const name = ownRoleName(question);
  const profile = question.profiles.get(ownProfileArn(question));
  const attached = profile?.role?.attached ?? [];
  const missing = missingPolicies(attached, false);
  if (profile?.role && missing.length === 0) return [];
  const policies = missing.map((policy) => policyArn(question.partition, policy));
  const after = { do: "create" as const, role: name, profile: name, policies };
  const reason = profile
    ? { code: "role-incomplete", text: "our role and profile are there, but not whole" }
    : { code: "new", text: "a role and a profile for instances that have none" };
  return [roleChange(question, `role/${name}`, name, "create", reason, { after })];
}

function ours(question: RoleQuestion, instance: AgentInstance): Change {
  const { resource } = instance;
  const arn = profileOf(resource);
  const profile = ownProfileArn(question);
  const before = arn === undefined ? "none" : profileReference(arn);
  const kept = tagsFor(question, [instance], { profile: before, attached: [] });
  const parts = { label: resource.name, before: { profile: arn ?? null } };
  const thing = `instance/${resource.id}`;
  if ("refused" in kept) return roleChange(question, thing, resource.id, "conflict", kept.refused, parts);
  const step = { instance: resource.id, profile, tags: kept.tags };
  return arn === undefined
    ? roleChange(
        question,
        thing,
        resource.id,
        "create",
        {
          code: "no-profile",
          text: `has no instance profile: it gets ${ownRoleName(question)}`,
        },
        { ...parts, after: { do: "associate", ...step } },
      )
    : roleChange(
        question,
        thing,
        resource.id,
        "update",
        {
          code: "replace-role",
          text: `its profile ${before} is replaced by ${ownRoleName(question)}, as replaceRole says: whatever else its role allowed is no longer allowed`,
        },
        { ...parts, after: { do: "replace", ...step } },
      );
}

function withoutRole(
  question: RoleQuestion,
  { resource }: AgentInstance,
  arn: string,
  profile: ProfileFacts | undefined,
): Change {
  const reference = profileReference(arn);
  const reason = profile
    ? {
        code: "profile-without-role",
        text: `its profile ${reference} holds no role: put one into it (replacing the profile could not be undone)`,
      }
    : {
        code: "profile-gone",
        text: `its profile ${reference} no longer exists: associate another`,
      };
  return roleChange(question, `instance/${resource.id}`, resource.id, "conflict", reason, {
    label: resource.name,
    before: { profile: arn },
  });
}

const TAG_TOO_LONG: Reason = {
  code: "tag-too-long",
  text: "what there is now doesn't fit into a tag of 256 characters, so that it could not be restored",
};

/** The tags that keep what there is now, or why it can't be kept. */
function tagsFor(
  { configuration }: AgentPlace,
  instances: readonly AgentInstance[],
  now: Omit<BeforeRecord, "configuration">,
): Kept {
  const tags: Record<string, string> = {};
  for (const { resource } of instances) {
    const text = resource.tags[BEFORE_TAG];
    const earlier = parseBefore(text);
    if (text !== undefined && earlier?.configuration !== configuration)
      return { refused: taken(resource, text) };
    const value = formatBefore(mergeBefore(earlier, { configuration, ...now }));
    if (value === undefined) return { refused: TAG_TOO_LONG };
    tags[resource.id] = value;
  }
  return { tags };
}

type Kept = { readonly tags: Readonly<Record<string, string>> } | { readonly refused: Reason };

function taken(resource: Resource, text: string): Reason {
  const said = `${called(resource)} has the tag ${BEFORE_TAG}="${text}", which isn't this configuration's: undo that one first`;
  return { code: "tag-taken", text: said };
}
