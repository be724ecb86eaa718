import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import type { Resource } from "../model/resource.ts";
import type { Change, PlanNote } from "../plan/plan.ts";
import type { AgentDecision } from "./agent-place.ts";
import { BEFORE_TAG, type BeforeRecord, parseBefore, profileReference } from "./before-tag.ts";
import { ownProfileArn, ownRoleName, type RoleQuestion } from "./decide-roles.ts";
import type { ProfileFacts } from "./read-profiles.ts";
import { policyArn } from "./required-policies.ts";
import { briefly, called, listed, profileOf, roleChange } from "./role-change.ts";

/** What undoing looks at: every instance of the region, and the profiles of those that have our tag. */
export interface UndoQuestion extends Omit<RoleQuestion, "instances"> {
  /** Instances that keep their role, because their agent can't be taken back now. */
  readonly held: ReadonlySet<string>;
}

/** What this configuration's tag says of an instance. */
export function recordOf(configuration: string, { tags }: Resource): BeforeRecord | undefined {
  const record = parseBefore(tags[BEFORE_TAG]);
  return record?.configuration === configuration ? record : undefined;
}

/** The profile that an instance had before, as an ARN; undefined when it had none, or kept its own. */
export function profileBefore(
  question: Omit<UndoQuestion, "all" | "profiles" | "held">,
  record: BeforeRecord,
): string | undefined {
  if (record.profile === undefined || record.profile === "none") return undefined;
  return profileArn(question, record.profile);
}

/** The profile to whose role policies were attached for an instance, as an ARN; undefined when it can't be known. */
export function carrierOf(
  question: Omit<UndoQuestion, "all" | "profiles" | "held">,
  resource: Resource,
  record: BeforeRecord,
): string | undefined {
  if (record.attached.length === 0) return undefined;
  if (record.carrier !== undefined) return profileArn(question, record.carrier);
  // Policies were attached to the role that it had before we gave it ours.
  return record.profile === undefined ? profileOf(resource) : profileBefore(question, record);
}

function profileArn({ partition, account }: Pick<UndoQuestion, "partition" | "account">, reference: string) {
  return `arn:${partition}:iam::${account}:instance-profile/${reference}`;
}

/**
 * The way back: instances get the profile they had, or none; policies that we attached are detached; our role goes when nothing
 * uses it any more; then the tags go. What somebody changed since is left alone and told.
 */
export function decideUndo(question: UndoQuestion): AgentDecision {
  const restored: Change[] = [];
  const conflicts: Change[] = [];
  const notes: PlanNote[] = [];
  const own = ownProfileArn(question);
  const tagged = question.all.flatMap((resource) => {
    const record = recordOf(question.configuration, resource);
    return record ? [{ resource, record }] : [];
  });
  const attached = new Map<string, { profile: ProfileFacts; letters: Set<string>; resources: Resource[] }>();
  const leaving = new Set<string>();
  for (const { resource, record } of tagged) {
    const arn = profileOf(resource);
    const before = profileBefore(question, record);
    if (record.profile !== undefined && arn !== before && !question.held.has(resource.id)) {
      const thing = `instance/${resource.id}`;
      const parts = { label: resource.name, before: { profile: arn ?? null } };
      if (arn === own) {
        const text = before === undefined ? "it had no instance profile" : `it had ${record.profile}`;
        const step = { do: "restore" as const, instance: resource.id, profile: before ?? null };
        restored.push(
          roleChange(
            question,
            thing,
            resource.id,
            before === undefined ? "delete" : "update",
            { code: "undo", text },
            { ...parts, after: step },
          ),
        );
        leaving.add(resource.id);
      } else {
        const text = `${called(resource)} was given ${arn === undefined ? "no profile" : profileReference(arn)} since: it is left as it is`;
        conflicts.push(
          roleChange(question, thing, resource.id, "conflict", { code: "changed-since", text }, parts),
        );
      }
    }
    const carrier = carrierOf(question, resource, record);
    // What our own role got goes with it.
    const profile = carrier === undefined || carrier === own ? undefined : question.profiles.get(carrier);
    if (!profile?.role) continue;
    const group = attached.get(profile.role.arn) ?? { profile, letters: new Set(), resources: [] };
    for (const policy of record.attached) group.letters.add(policy);
    group.resources.push(resource);
    attached.set(profile.role.arn, group);
  }
  const detached: Change[] = [];
  for (const { profile, letters, resources } of attached.values()) {
    const policies = [...letters].map((policy) => policyArn(question.partition, policy));
    const there = policies.filter((policy) => profile.role?.attached.includes(policy));
    if (there.length === 0) continue;
    const name = profile.role?.name ?? "";
    const instances = resources.map(({ id }) => id).sort();
    const user = resources.find(({ id }) => question.held.has(id));
    if (user) {
      const needed = {
        code: "in-use",
        text: `${called(user)} still needs it: its agent can't be taken back now`,
      };
      detached.push(
        roleChange(question, `role/${name}`, name, "keep", needed, { label: briefly(resources) }),
      );
      continue;
    }
    const reason = {
      code: "undo",
      text: `we attached ${[...letters].join(" and ")} for ${listed(resources)}`,
    };
    detached.push(
      roleChange(question, `role/${name}`, name, "update", reason, {
        label: briefly(resources),
        before: { policies: profile.role?.attached ?? [] },
        after: { do: "detach", role: name, policies: there, instances },
      }),
    );
  }
  if (detached.some(({ action }) => action === "update"))
    notes.push({
      severity: "info",
      code: "role-elsewhere",
      message:
        "roles are one for all regions: instances of other regions that use these lose the policies, too",
    });
  const removal = removalOf(question, leaving, own);
  const forgotten = tagged
    .map(({ resource }) => resource.id)
    .filter((id) => !question.held.has(id) && !conflicts.some(({ name }) => name === id))
    .sort();
  const tags: Change[] =
    forgotten.length === 0
      ? []
      : [
          roleChange(
            question,
            "tags",
            BEFORE_TAG,
            "delete",
            { code: "undo", text: `the tag goes from ${forgotten.length} instances` },
            {
              after: { do: "forget", instances: forgotten },
            },
          ),
        ];
  return { changes: [...restored, ...detached, ...removal, ...conflicts, ...tags], notes, unchanged: 0 };
}

/** Our role, when nothing in the region will use it any more. */
function removalOf(question: UndoQuestion, leaving: ReadonlySet<string>, own: string): Change[] {
  const profile = question.profiles.get(own);
  // A role of our name that somebody else made is none of ours.
  if (profile?.role && profile.role.tags[CONFIGURATION_TAG] !== question.configuration) return [];
  if (!profile || question.all.some((resource) => profileOf(resource) === own && !leaving.has(resource.id)))
    return [];
  const name = ownRoleName(question);
  const policies = profile.role?.attached ?? [];
  return [
    roleChange(
      question,
      `role/${name}`,
      name,
      "delete",
      { code: "undo", text: "our role and profile, which nothing uses any more" },
      {
        before: { policies },
        after: { do: "remove", role: name, profile: name, policies },
      },
    ),
  ];
}
