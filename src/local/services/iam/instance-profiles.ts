import { directoryOf, type InstanceProfile } from "../../identities/directory.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { addTags, checkName, checkPath, pageOf, removeTags } from "./checks.ts";
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, notFound } from "./errors.ts";
import { roleOf } from "./roles.ts";
import { profileShape, tagList } from "./shapes.ts";

const MAX_PROFILES = 1000;

/** Instance profiles: what carries a role onto an instance. */
export const instanceProfiles = {
  CreateInstanceProfile(input, context) {
    const directory = directoryOf(context.cloud, context.account);
    const name = checkName("instanceProfileName", input.InstanceProfileName);
    const path = checkPath(input.Path);
    const tags = addTags(new Map(), input.Tags);
    if (directory.profile(name)) throw alreadyExists("Instance Profile", name);
    if (directory.profiles().length >= MAX_PROFILES)
      throw limitExceeded("InstanceProfilesPerAccount", MAX_PROFILES);
    return {
      InstanceProfile: profileShape(directory.addProfile(name, path, tags, context.now.getTime()), "whole"),
    };
  },

  GetInstanceProfile(input, context) {
    return { InstanceProfile: profileShape(profileOf(input.InstanceProfileName, context), "whole") };
  },

  ListInstanceProfiles(input, context) {
    const prefix = input.PathPrefix ?? "/";
    const all = directoryOf(context.cloud, context.account)
      .profiles()
      .filter(({ path }) => path.startsWith(prefix));
    return profilePage(all, input, ["ListInstanceProfiles", prefix]);
  },

  ListInstanceProfilesForRole(input, context) {
    const role = roleOf(input.RoleName, context);
    const all = directoryOf(context.cloud, context.account)
      .profiles()
      .filter((profile) => profile.role === role);
    return profilePage(all, input, ["ListInstanceProfilesForRole", role.id]);
  },

  AddRoleToInstanceProfile(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    const role = roleOf(input.RoleName, context);
    // One role a profile, a quota that can't be raised.
    if (profile.role) throw limitExceeded("InstanceSessionsPerInstanceProfile", 1);
    directoryOf(context.cloud, context.account).setRole(profile, role, context.now.getTime());
    return {};
  },

  RemoveRoleFromInstanceProfile(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    const role = roleOf(input.RoleName, context);
    if (profile.role !== role)
      throw noSuchEntity(`Role ${role.name} in Instance Profile ${profile.name} cannot be found.`);
    directoryOf(context.cloud, context.account).setRole(profile, undefined, context.now.getTime());
    return {};
  },

  DeleteInstanceProfile(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    if (profile.role)
      throw deleteConflict("Cannot delete entity, must remove roles from instance profile first.");
    directoryOf(context.cloud, context.account).deleteProfile(profile, context.now.getTime());
    return {};
  },

  TagInstanceProfile(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    profile.tags = addTags(profile.tags, input.Tags);
    return {};
  },

  UntagInstanceProfile(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    profile.tags = removeTags(profile.tags, input.TagKeys);
    return {};
  },

  ListInstanceProfileTags(input, context) {
    const profile = profileOf(input.InstanceProfileName, context);
    const all = tagList(profile.tags).sort((a, b) => ((a.Key ?? "") < (b.Key ?? "") ? -1 : 1));
    const { items, ...page } = pageOf(
      all,
      input,
      ["ListInstanceProfileTags", profile.id],
      ({ Key }) => Key ?? "",
    );
    return { Tags: [...items], ...page };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-iam")>;

function profileOf(name: string | undefined, context: RequestContext): InstanceProfile {
  const profile = directoryOf(context.cloud, context.account).profile(checkName("instanceProfileName", name));
  if (!profile) throw notFound("Instance Profile", name ?? "");
  return profile;
}

function profilePage(
  all: readonly InstanceProfile[],
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  binding: unknown,
) {
  const { items, ...page } = pageOf(all, input, binding, ({ name }) => name.toLowerCase());
  return { InstanceProfiles: items.map((profile) => profileShape(profile, "listed")), ...page };
}
