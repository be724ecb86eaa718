import type { AwsSession, OutputOf } from "../aws/session.ts";
import { tagsByKey } from "../aws/tags-by-key.ts";
import { isWatchkeeperError } from "../support/errors.ts";

/** An instance profile and the role in it. */
export interface ProfileFacts {
  readonly arn: string;
  readonly name: string;
  /** Absent: the profile holds none. */
  readonly role?: RoleFacts;
}

/** A role, as far as the agent is concerned. */
export interface RoleFacts {
  readonly name: string;
  readonly arn: string;
  /** ARNs of its managed policies. */
  readonly attached: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** From so many profiles on the whole account's listing takes fewer calls: one or two pages against three calls each. */
const LISTING_PAYS = 3;

/**
 * The profiles of these ARNs; those that don't exist are absent. Few are asked for one by one, many are taken from the listing of
 * the account's roles, which also tells further profiles that carry the same role. Rejects when IAM can't be read.
 */
export async function readProfiles(
  session: AwsSession,
  arns: readonly string[],
): Promise<ReadonlyMap<string, ProfileFacts>> {
  const wanted = new Set(arns);
  const found = new Map<string, ProfileFacts>();
  if (wanted.size >= LISTING_PAYS) {
    try {
      await readListing(session, wanted, found);
    } catch (error) {
      // Who may look at single roles only still gets an answer, for more calls.
      if (!isWatchkeeperError(error) || error.code !== "AccessDenied") throw error;
    }
  }
  // The listing knows profiles by their roles: what it lacks has none, or is new.
  await Promise.all(
    [...wanted].map(async (arn) => {
      if (found.has(arn)) return;
      const profile = await readProfile(session, nameOfProfile(arn));
      if (profile?.arn === arn) found.set(arn, profile);
    }),
  );
  return found;
}

async function readListing(
  session: AwsSession,
  wanted: ReadonlySet<string>,
  found: Map<string, ProfileFacts>,
): Promise<void> {
  const input = { Filter: ["Role" as const] };
  for await (const { RoleDetailList = [] } of session.pages("iam", "GetAccountAuthorizationDetails", input))
    for (const detail of RoleDetailList) {
      const profiles = detail.InstanceProfileList ?? [];
      if (!profiles.some(({ Arn = "" }) => wanted.has(Arn))) continue;
      const role: RoleFacts = {
        name: detail.RoleName ?? "",
        arn: detail.Arn ?? "",
        attached: arnsOf(detail.AttachedManagedPolicies),
        tags: tagsByKey(detail.Tags),
      };
      for (const { Arn = "", InstanceProfileName = "" } of profiles)
        found.set(Arn, { arn: Arn, name: InstanceProfileName, role });
    }
}

/** One profile by name, with its role and that role's policies and tags; undefined when there is none. */
export async function readProfile(session: AwsSession, name: string): Promise<ProfileFacts | undefined> {
  let profile: OutputOf<"iam", "GetInstanceProfile">["InstanceProfile"];
  try {
    ({ InstanceProfile: profile } = await session.send("iam", "GetInstanceProfile", {
      InstanceProfileName: name,
    }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const facts = { arn: profile?.Arn ?? "", name };
  const [role] = profile?.Roles ?? [];
  if (!role) return facts;
  const RoleName = role.RoleName ?? "";
  const attached: string[] = [];
  for await (const { AttachedPolicies } of session.pages("iam", "ListAttachedRolePolicies", { RoleName }))
    attached.push(...arnsOf(AttachedPolicies));
  // Only GetRole and the account's listing tell a role's tags.
  const { Role: whole } = await session.send("iam", "GetRole", { RoleName });
  return { ...facts, role: { name: RoleName, arn: role.Arn ?? "", attached, tags: tagsByKey(whole?.Tags) } };
}

/** Whether IAM says that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return isWatchkeeperError(error) && /^NoSuchEntity/.test(error.code);
}

/** The name in a profile's ARN, without its path. */
export function nameOfProfile(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function arnsOf(
  policies: readonly { readonly PolicyArn?: string | undefined }[] | undefined,
): readonly string[] {
  return (policies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []);
}
