import type { Instance, ProfileAssociation } from "../fleet/instance.ts";
import { push } from "../fleet/intervals.ts";
import { roleAllows, roleAt } from "../identities/directory.ts";
import type { Ask } from "../identities/policy-document.ts";

/** When the role that an instance had at the time let the machine do something. */
export function permitted(instance: Instance, ask: Ask): number[] {
  const intervals: number[] = [];
  for (const association of instance.profiles) {
    const { from, until = Number.POSITIVE_INFINITY } = association;
    const moments = changesOf(association);
    for (const [index, moment] of moments.entries()) {
      const start = Math.max(moment, from);
      const end = Math.min(moments[index + 1] ?? Number.POSITIVE_INFINITY, until);
      const role = start < end ? roleAt(association.profile, start) : undefined;
      if (role && roleAllows(role, ask, start)) push(intervals, start, end);
    }
  }
  return intervals;
}

/** Whether the instance's role lets the machine do something now. */
export function isPermitted(instance: Instance, ask: Ask, now: number): boolean {
  const association = instance.profiles.findLast(
    ({ from, until }) => from <= now && (until === undefined || now < until),
  );
  const role = association && roleAt(association.profile, now);
  return role !== undefined && roleAllows(role, ask, now);
}

/** When the profile's role, or what that role may do, changed; beginning with the association. */
function changesOf({ from, profile }: ProfileAssociation): number[] {
  const moments = new Set([from]);
  for (const { at, role } of profile.history) {
    if (at > from) moments.add(at);
    for (const change of role?.history ?? []) if (change.at > from) moments.add(change.at);
  }
  return [...moments].sort((a, b) => a - b);
}
