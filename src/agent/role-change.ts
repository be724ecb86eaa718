import type { Resource } from "../model/resource.ts";
import type { Change, FieldChange, Reason } from "../plan/plan.ts";
import { type AgentPlace, agentChange, ROLE_TYPE } from "./agent-place.ts";

/** Values of the tag that says what was there before, by instance. */
type Tags = Readonly<Record<string, string>>;

/** What a change does, as data that a saved plan keeps. Profiles and policies are ARNs; null means none. */
export type RoleStep =
  | {
      readonly do: "create";
      readonly role: string;
      readonly profile: string;
      readonly policies: readonly string[];
    }
  | {
      readonly do: "attach";
      readonly role: string;
      readonly policies: readonly string[];
      readonly tags: Tags;
    }
  | { readonly do: "associate"; readonly instance: string; readonly profile: string; readonly tags: Tags }
  | { readonly do: "replace"; readonly instance: string; readonly profile: string; readonly tags: Tags }
  | { readonly do: "restore"; readonly instance: string; readonly profile: string | null }
  | {
      readonly do: "detach";
      readonly role: string;
      readonly policies: readonly string[];
      readonly instances: readonly string[];
    }
  | {
      readonly do: "remove";
      readonly role: string;
      readonly profile: string;
      readonly policies: readonly string[];
    }
  | { readonly do: "forget"; readonly instances: readonly string[] };

/** What there is now: the profile of an instance, or the policies of a role. */
export interface RoleState {
  readonly profile?: string | null;
  readonly policies?: readonly string[];
}

/** A change to a role or to which profile an instance has. */
export function roleChange(
  place: AgentPlace,
  thing: string,
  name: string,
  action: Change["action"],
  reason: Reason,
  parts: { readonly label?: string; readonly before?: RoleState; readonly after?: RoleStep },
): Change {
  const fields = fieldsOf(parts.before, parts.after);
  return agentChange(place, ROLE_TYPE, thing, name, action, reason, { ...parts, fields });
}

function fieldsOf(before: RoleState | undefined, after: RoleStep | undefined): readonly FieldChange[] {
  if (before === undefined || after === undefined) return [];
  const field = (name: string, live: unknown, desired: unknown): FieldChange[] => [
    { field: name, live, desired, verdict: "update", lastAsked: "unknown" },
  ];
  if ("policies" in after && before.policies !== undefined) {
    const { policies } = after;
    const gone = after.do === "detach" || after.do === "remove";
    const desired = gone
      ? before.policies.filter((policy) => !policies.includes(policy))
      : [...new Set([...before.policies, ...policies])];
    return field("managedPolicies", before.policies, desired);
  }
  return "profile" in after && before.profile !== undefined
    ? field("instanceProfile", before.profile, after.profile)
    : [];
}

/** The ARN of an instance's profile. */
export function profileOf({ facts }: Resource): string | undefined {
  const arn = facts["instanceProfileArn"];
  return typeof arn === "string" ? arn : undefined;
}

/** `web-1 (i-0a1b)`, or the id alone where it has no name. */
export function called({ id, name }: Resource): string {
  return name === id ? id : `${name} (${id})`;
}

/** Names for a column: the first, and how many more. */
export function briefly(resources: readonly Resource[]): string {
  const [first = "", ...others] = resources.map(({ name }) => name).sort();
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Names for a sentence: all of a few, or the first few and how many more. */
export function listed(resources: readonly Resource[], most = 8): string {
  const names = resources.map(called).sort();
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
