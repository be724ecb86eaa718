/** What keeps a role as it is: a change made beside it is undone the next time it runs, or is reported as drift. */
export interface RoleOwner {
  readonly tool: "CloudFormation" | "Terraform" | "Pulumi" | "CDK";
  /** The stack, where the tags name it. */
  readonly name?: string;
}

const WORDS = [
  ["Terraform", /terraform|opentofu|terragrunt/i],
  ["Pulumi", /pulumi/i],
  ["CDK", /(^|[^a-z])cdk([^a-z]|$)/i],
] as const;
/** Tags that people write to say what made a thing. */
const MAKER_TAG =
  /^(managed[-_ ]?by|created[-_ ]?by|provisioner|provisioned[-_ ]?by|iac|tool|terraform|pulumi|source)$/i;

/** What owns a role, as its tags tell: CloudFormation's own tags, or those that people use. Undefined when nothing says so. */
export function roleOwner(tags: Readonly<Record<string, string>>): RoleOwner | undefined {
  const stack = tags["aws:cloudformation:stack-name"];
  if (stack !== undefined) return { tool: "CloudFormation", name: stack };
  for (const [key, value] of Object.entries(tags)) {
    if (!MAKER_TAG.test(key) || /^(false|no)$/i.test(value)) continue;
    const found = WORDS.find(([, word]) => word.test(value) || word.test(key));
    if (found) return { tool: found[0] };
  }
  return undefined;
}

/** `CloudFormation stack web`, `Terraform`. */
export function ownerText({ tool, name }: RoleOwner): string {
  return name === undefined ? tool : `${tool} stack ${name}`;
}
