import { AwsError } from "../../aws-error.ts";
import { directoryOf, type Role } from "../../identities/directory.ts";
import { managedPolicy } from "../../identities/managed-policies.ts";
import { checkPolicyDocument } from "../../identities/policy-document.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { checkName, pageOf } from "./checks.ts";
import { limitExceeded, noSuchEntity } from "./errors.ts";
import { roleOf } from "./roles.ts";
import { attachedPolicies, encodedDocument } from "./shapes.ts";

const MAX_ATTACHED = 10;
/** Characters of all inline policies of a role together, white space not counted. */
const MAX_INLINE = 10_240;

/** What roles may do: managed policies attached to them, and policies of their own. */
export const rolePolicies = {
  AttachRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    const arn = input.PolicyArn ?? "";
    checkAttachable(arn, context);
    if (role.attached.has(arn)) return {};
    if (role.attached.size >= MAX_ATTACHED) throw limitExceeded("PoliciesPerRole", MAX_ATTACHED);
    role.attached.add(arn);
    changed(role, context);
    return {};
  },

  DetachRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    if (!role.attached.delete(input.PolicyArn ?? ""))
      throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
    changed(role, context);
    return {};
  },

  ListAttachedRolePolicies(input, context) {
    const role = roleOf(input.RoleName, context);
    const all = attachedPolicies(role);
    const { items, ...page } = pageOf(
      all,
      input,
      ["ListAttachedRolePolicies", role.id],
      ({ PolicyName = "" }) => PolicyName,
    );
    return { AttachedPolicies: [...items], ...page };
  },

  PutRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    const name = checkName("policyName", input.PolicyName);
    const document = checkPolicyDocument(input.PolicyDocument, "identity");
    const others = [...role.inline].filter(([known]) => known !== name).map(([, text]) => text);
    if ([...others, document].join("").replace(/\s/g, "").length > MAX_INLINE)
      throw new AwsError(
        "LimitExceededException",
        `Maximum policy size of ${MAX_INLINE} bytes exceeded for role ${role.name}`,
      );
    role.inline.set(name, document);
    changed(role, context);
    return {};
  },

  GetRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    const document = role.inline.get(input.PolicyName ?? "");
    if (document === undefined)
      throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
    return {
      RoleName: role.name,
      PolicyName: input.PolicyName,
      PolicyDocument: encodedDocument(document),
    };
  },

  DeleteRolePolicy(input, context) {
    const role = roleOf(input.RoleName, context);
    if (!role.inline.delete(input.PolicyName ?? ""))
      throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
    changed(role, context);
    return {};
  },

  ListRolePolicies(input, context) {
    const role = roleOf(input.RoleName, context);
    const all = [...role.inline.keys()].sort();
    const { items, ...page } = pageOf(all, input, ["ListRolePolicies", role.id], (name) => name);
    return { PolicyNames: [...items], ...page };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-iam")>;

function changed(role: Role, { cloud, account, now }: RequestContext): void {
  directoryOf(cloud, account).policiesChanged(role, now.getTime());
}

/** Only AWS's own policies exist here; an ARN of another partition names nothing, as on AWS. */
function checkAttachable(arn: string, { partition }: RequestContext): void {
  if (!/^arn:[\w-]+:iam::[^:]*:policy\/.+$/.test(arn))
    throw new AwsError("InvalidInputException", `ARN ${arn} is not valid.`);
  if (!arn.startsWith(`arn:${partition}:`))
    throw new AwsError(
      "InvalidInputException",
      `Partition "${arn.split(":")[1]}" is not valid for resource "${arn}".`,
    );
  if (!managedPolicy(arn)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}
