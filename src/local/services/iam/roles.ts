import { AwsError } from "../../aws-error.ts";
import { directoryOf, type Role } from "../../identities/directory.ts";
import { checkPolicyDocument } from "../../identities/policy-document.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { addTags, checkName, checkPath, pageOf, removeTags } from "./checks.ts";
import { alreadyExists, deleteConflict, invalid, limitExceeded, notFound } from "./errors.ts";
import { roleShape, tagList } from "./shapes.ts";

const MAX_ROLES = 1000;
const MAX_TRUST = 2048;

/** The role a request names. Throws NoSuchEntity. */
export function roleOf(name: string | undefined, context: RequestContext): Role {
  const role = directoryOf(context.cloud, context.account).role(checkName("roleName", name));
  if (!role) throw notFound("Role", name ?? "");
  return role;
}

/** Roles and their tags. */
export const roles = {
  CreateRole(input, context) {
    const directory = directoryOf(context.cloud, context.account);
    const name = checkName("roleName", input.RoleName);
    const path = checkPath(input.Path);
    const trust = checkedTrust(input.AssumeRolePolicyDocument);
    const tags = addTags(new Map(), input.Tags);
    if (directory.role(name)) throw alreadyExists("Role", name);
    if (directory.roles().length >= MAX_ROLES) throw limitExceeded("RolesPerAccount", MAX_ROLES);
    const role = directory.addRole(
      {
        name,
        path,
        trust,
        description: input.Description,
        maxSession: checkedSession(input.MaxSessionDuration),
        boundary: input.PermissionsBoundary,
        tags,
      },
      context.now.getTime(),
    );
    return { Role: { ...roleShape(role, "whole"), RoleLastUsed: undefined } };
  },

  GetRole(input, context) {
    return { Role: roleShape(roleOf(input.RoleName, context), "whole") };
  },

  ListRoles(input, context) {
    const prefix = input.PathPrefix ?? "/";
    const all = directoryOf(context.cloud, context.account)
      .roles()
      .filter(({ path }) => path.startsWith(prefix));
    const { items, ...page } = pageOf(all, input, ["ListRoles", prefix], ({ name }) => name.toLowerCase());
    return { Roles: items.map((role) => roleShape(role, "listed")), ...page };
  },

  UpdateRole(input, context) {
    const role = roleOf(input.RoleName, context);
    const seconds = checkedSession(input.MaxSessionDuration);
    if (input.Description !== undefined) role.description = input.Description;
    if (seconds !== undefined) role.maxSession = seconds;
    return {};
  },

  UpdateAssumeRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    role.trust = checkedTrust(input.PolicyDocument);
    return {};
  },

  DeleteRole(input, context) {
    const role = roleOf(input.RoleName, context);
    const directory = directoryOf(context.cloud, context.account);
    if (directory.profiles().some((profile) => profile.role === role))
      throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    if (role.attached.size > 0) throw deleteConflict("Cannot delete entity, must detach all policies first.");
    if (role.inline.size > 0) throw deleteConflict("Cannot delete entity, must delete policies first.");
    directory.deleteRole(role, context.now.getTime());
    return {};
  },

  TagRole(input, context) {
    const role = roleOf(input.RoleName, context);
    role.tags = addTags(role.tags, input.Tags);
    return {};
  },

  UntagRole(input, context) {
    const role = roleOf(input.RoleName, context);
    role.tags = removeTags(role.tags, input.TagKeys);
    return {};
  },

  ListRoleTags(input, context) {
    const role = roleOf(input.RoleName, context);
    const all = tagList(role.tags).sort((a, b) => ((a.Key ?? "") < (b.Key ?? "") ? -1 : 1));
    const { items, ...page } = pageOf(all, input, ["ListRoleTags", role.id], ({ Key }) => Key ?? "");
    return { Tags: [...items], ...page };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-iam")>;

function checkedTrust(document: string | undefined): string {
  const trust = checkPolicyDocument(document, "trust");
  if (trust.replace(/\s/g, "").length > MAX_TRUST) throw limitExceeded("ACLSizePerRole", MAX_TRUST);
  const services = trust.matchAll(/"Service"\s*:\s*("[^"]*"|\[[^\]]*\])/g);
  for (const [, value = ""] of services)
    for (const [, service = ""] of value.matchAll(/"([^"]*)"/g))
      if (!/^[\w.-]+\.amazonaws\.com(\.cn)?$/.test(service))
        throw new AwsError(
          "MalformedPolicyDocumentException",
          `Invalid principal in policy: "SERVICE":"${service}"`,
        );
  return trust;
}

function checkedSession(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!Number.isInteger(seconds) || seconds < 3600)
    throw invalid("maxSessionDuration", seconds, "Member must have value greater than or equal to 3600");
  if (seconds > 43_200)
    throw invalid("maxSessionDuration", seconds, "Member must have value less than or equal to 43200");
  return seconds;
}
