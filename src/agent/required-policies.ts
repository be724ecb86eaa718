import type { Partition } from "../model/partition.ts";

/** AWS's managed policies that an instance needs, and why. */
export type RequiredPolicy = "CloudWatchAgentServerPolicy" | "AmazonSSMManagedInstanceCore";

interface PolicyFacts {
  /** One letter for the instance's tag, which has room for 256 characters. */
  readonly letter: string;
  readonly purpose: string;
  /** Managed policies that allow all of it as well. */
  readonly alsoIn: readonly string[];
}

/** In the order they are attached. */
export const REQUIRED_POLICIES = {
  AmazonSSMManagedInstanceCore: {
    letter: "s",
    purpose: "Systems Manager can reach the instance",
    alsoIn: ["AmazonSSMFullAccess", "service-role/AmazonEC2RoleforSSM", "AdministratorAccess"],
  },
  CloudWatchAgentServerPolicy: {
    letter: "a",
    purpose: "the agent can read its configuration, and write metrics and logs",
    alsoIn: ["CloudWatchAgentAdminPolicy", "AdministratorAccess"],
  },
} as const satisfies Readonly<Record<RequiredPolicy, PolicyFacts>>;

const NAMES = Object.keys(REQUIRED_POLICIES) as readonly RequiredPolicy[];

/** ARN of a managed policy of AWS. */
export function policyArn(partition: Partition, name: string): string {
  return `arn:${partition}:iam::aws:policy/${name}`;
}

/**
 * The policies that a role lacks. `reached`: Systems Manager reaches its instances already, by an inline policy or by the account's
 * default host management, so that nothing need be added for that.
 */
export function missingPolicies(attached: readonly string[], reached: boolean): readonly RequiredPolicy[] {
  const names = new Set(attached.map((arn) => arn.replace(/^arn:[^:]*:iam::aws:policy\//, "")));
  return NAMES.filter((name) => {
    if (name === "AmazonSSMManagedInstanceCore" && reached) return false;
    return ![name, ...REQUIRED_POLICIES[name].alsoIn].some((other) => names.has(other));
  });
}

/** Letters of policies, sorted. */
export function lettersOf(policies: readonly RequiredPolicy[]): string {
  return NAMES.filter((name) => policies.includes(name))
    .map((name) => REQUIRED_POLICIES[name].letter)
    .join("");
}

/** The policies of letters. */
export function policiesOf(letters: string): readonly RequiredPolicy[] {
  return NAMES.filter((name) => letters.includes(REQUIRED_POLICIES[name].letter));
}
