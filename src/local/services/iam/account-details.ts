import type { ManagedPolicyDetail, Policy, RoleDetail } from "@aws-sdk/client-iam";
import { type Directory, directoryOf, type InstanceProfile, type Role } from "../../identities/directory.ts";
import {
  MANAGED_POLICIES,
  type ManagedPolicy,
  managedDocument,
  managedPolicy,
} from "../../identities/managed-policies.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { pageOf } from "./checks.ts";
import { noSuchEntity } from "./errors.ts";
import { attachedPolicies, boundary, encodedDocument, profileShape, tagList, wholeSecond } from "./shapes.ts";

type Entry =
  | { readonly kind: "Role"; readonly key: string; readonly role: Role }
  | { readonly kind: "AWSManagedPolicy"; readonly key: string; readonly policy: ManagedPolicy };

/** The whole account in pages, and AWS's managed policies. */
export const accountDetails = {
  GetAccountAuthorizationDetails(input, context) {
    const directory = directoryOf(context.cloud, context.account);
    const filter = input.Filter ?? [];
    const wants = (kind: Entry["kind"]) => filter.length === 0 || filter.includes(kind);
    const attached = new Map<string, number>();
    for (const role of directory.roles())
      for (const arn of role.attached) attached.set(arn, (attached.get(arn) ?? 0) + 1);
    const entries: Entry[] = [];
    if (wants("Role"))
      for (const role of directory.roles())
        entries.push({ kind: "Role", key: `1 ${role.name.toLowerCase()}`, role });
    // Only policies that are attached to something are listed (API reference).
    if (wants("AWSManagedPolicy"))
      for (const policy of MANAGED_POLICIES)
        if (attached.has(arnOf(policy, context)))
          entries.push({ kind: "AWSManagedPolicy", key: `2 ${policy.name}`, policy });
    const { items, ...page } = pageOf(
      entries,
      input,
      ["GetAccountAuthorizationDetails", filter],
      ({ key }) => key,
    );
    const carriers = profilesByRole(directory);
    return {
      UserDetailList: [],
      GroupDetailList: [],
      RoleDetailList: items.flatMap((entry) =>
        entry.kind === "Role" ? roleDetail(entry.role, carriers.get(entry.role) ?? []) : [],
      ),
      Policies: items.flatMap((entry) =>
        entry.kind === "AWSManagedPolicy" ? policyDetail(entry.policy, context, attached) : [],
      ),
      ...page,
    };
  },

  GetPolicy(input, context) {
    const policy = known(input.PolicyArn, context);
    const attached = directoryOf(context.cloud, context.account)
      .roles()
      .filter((role) => role.attached.has(input.PolicyArn ?? "")).length;
    return { Policy: policyShape(policy, context, attached) };
  },

  GetPolicyVersion(input, context) {
    const policy = known(input.PolicyArn, context);
    if (input.VersionId !== policy.version)
      throw noSuchEntity(`Policy ${input.PolicyArn} version ${input.VersionId} does not exist.`);
    return {
      PolicyVersion: {
        Document: encodedDocument(managedDocument(policy, context.partition)),
        VersionId: policy.version,
        IsDefaultVersion: true,
        CreateDate: policy.createdAt,
      },
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-iam")>;

function known(arn: string | undefined, { partition }: RequestContext): ManagedPolicy {
  const policy = arn?.startsWith(`arn:${partition}:`) ? managedPolicy(arn) : undefined;
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

function profilesByRole(directory: Directory): ReadonlyMap<Role, readonly InstanceProfile[]> {
  const carriers = new Map<Role, InstanceProfile[]>();
  for (const profile of directory.profiles()) {
    if (!profile.role) continue;
    const known = carriers.get(profile.role);
    if (known) known.push(profile);
    else carriers.set(profile.role, [profile]);
  }
  return carriers;
}

function roleDetail(role: Role, profiles: readonly InstanceProfile[]): RoleDetail {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encodedDocument(role.trust),
    InstanceProfileList: profiles.map((profile) => profileShape(profile, "listed")),
    RolePolicyList: [...role.inline].map(([PolicyName, document]) => ({
      PolicyName,
      PolicyDocument: encodedDocument(document),
    })),
    AttachedManagedPolicies: attachedPolicies(role),
    ...(role.boundary === undefined ? {} : { PermissionsBoundary: boundary(role.boundary) }),
    Tags: tagList(role.tags),
    RoleLastUsed: {},
  };
}

function arnOf({ path, name }: ManagedPolicy, { partition }: RequestContext): string {
  return `arn:${partition}:iam::aws:policy${path}${name}`;
}

function policyShape(policy: ManagedPolicy, context: RequestContext, attached: number): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arnOf(policy, context),
    Path: policy.path,
    DefaultVersionId: policy.version,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: policy.createdAt,
    UpdateDate: policy.createdAt,
  };
}

function policyDetail(
  policy: ManagedPolicy,
  context: RequestContext,
  attached: ReadonlyMap<string, number>,
): ManagedPolicyDetail {
  const { Description, ...shape } = policyShape(policy, context, attached.get(arnOf(policy, context)) ?? 0);
  return {
    ...shape,
    ...(Description === undefined ? {} : { Description }),
    PolicyVersionList: [
      {
        Document: encodedDocument(managedDocument(policy, context.partition)),
        VersionId: policy.version,
        IsDefaultVersion: true,
        CreateDate: policy.createdAt,
      },
    ],
  };
}
