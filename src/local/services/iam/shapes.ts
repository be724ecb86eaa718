import type {
  AttachedPolicy,
  Tag,
  InstanceProfile as WireProfile,
  Role as WireRole,
} from "@aws-sdk/client-iam";
import type { InstanceProfile, Role } from "../../identities/directory.ts";

/** A document as IAM answers it: percent-encoded as RFC 3986 says (clients decode it). */
export function encodedDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A time cut to the second, as IAM keeps them. */
export function wholeSecond(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

export function tagList(tags: ReadonlyMap<string, string>): Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** A role as GetRole shows it; listings leave tags and boundary out. */
export function roleShape(role: Role, form: "whole" | "listed"): WireRole {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encodedDocument(role.trust),
    ...(role.description === undefined ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSession,
    ...(form === "whole" && role.boundary !== undefined
      ? { PermissionsBoundary: boundary(role.boundary) }
      : {}),
    ...(form === "whole" && role.tags.size > 0 ? { Tags: tagList(role.tags) } : {}),
    ...(form === "whole" ? { RoleLastUsed: {} } : {}),
  };
}

/** An instance profile; listings leave tags out. */
export function profileShape(profile: InstanceProfile, form: "whole" | "listed"): WireProfile {
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: wholeSecond(profile.createdAt),
    Roles: profile.role ? [roleShape(profile.role, "listed")] : [],
    ...(form === "whole" && profile.tags.size > 0 ? { Tags: tagList(profile.tags) } : {}),
  };
}

export function boundary(arn: string) {
  return { PermissionsBoundaryType: "Policy" as "PermissionsBoundaryPolicy", PermissionsBoundaryArn: arn };
}

/** A role's attached policies, in order of name. */
export function attachedPolicies(role: Role): AttachedPolicy[] {
  return [...role.attached]
    .map((PolicyArn) => ({ PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1), PolicyArn }))
    .sort((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));
}
