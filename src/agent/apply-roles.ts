import type { AwsSession, OutputOf } from "../aws/session.ts";
import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, WatchkeeperError } from "../support/errors.ts";
import { BEFORE_TAG, formatBefore, mergeBefore, parseBefore } from "./before-tag.ts";
import { readTags, removeTags, writeTags } from "./instance-tags.ts";
import { isMissing } from "./read-profiles.ts";
import type { RoleState, RoleStep } from "./role-change.ts";

/** What a step needs. */
export interface RoleApply {
  readonly session: AwsSession;
  readonly context: Context;
  readonly configuration: string;
}

/** EC2 may let any service of its name take the role; this principal is right in every partition. */
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const DESCRIPTION = "Lets Systems Manager reach instances, and the CloudWatch agent write metrics and logs";

/** What IAM made isn't known everywhere at once: milliseconds between tries, and how many (two minutes). */
const KNOWN_EVERY = 5_000;
const TRIES = 24;

/** Does one step. Answers why it was refused when things aren't as the plan saw them any more. Each may be done again. */
export async function applyRoleStep(
  apply: RoleApply,
  { before, after }: Change,
): Promise<Outcome["error"] | undefined> {
  const step = after as RoleStep;
  const state = (before ?? {}) as RoleState;
  switch (step.do) {
    case "create":
      return create(apply, step);
    case "attach":
      return attach(apply, step.role, step.policies);
    case "associate":
    case "replace":
      return setProfile(apply, step.instance, state.profile ?? null, step.profile);
    case "restore":
      return setProfile(apply, step.instance, state.profile ?? null, step.profile);
    case "detach":
      return detach(apply, step.role, step.policies);
    case "remove":
      return remove(apply, step);
    case "forget":
      return removeTags(apply.session, step.instances, [BEFORE_TAG]);
  }
}

/**
 * Writes what was there before to the instances, before anything is changed: one call for all that have the same to keep. What
 * another run wrote meanwhile is kept: it saw the instance earlier.
 */
export async function keepBefore(apply: RoleApply, changes: readonly Change[]): Promise<void> {
  const planned = new Map<string, string>();
  for (const { after } of changes) {
    const step = after as RoleStep;
    for (const [id, value] of Object.entries("tags" in step ? step.tags : {})) planned.set(id, value);
  }
  if (planned.size === 0) return;
  const there = await readTags(apply.session, [...planned.keys()]);
  const wanted = [...planned].flatMap(([id, value]): [string, string][] => {
    const now = there.get(id)?.[BEFORE_TAG];
    const record = parseBefore(value);
    const earlier = parseBefore(now);
    const merged = earlier && record ? formatBefore(mergeBefore(earlier, record)) : value;
    return merged === now || merged === undefined ? [] : [[id, merged]];
  });
  await writeTags(
    apply.session,
    wanted.map(([id, value]) => [id, { [BEFORE_TAG]: value }]),
  );
}

async function create(
  apply: RoleApply,
  { role, profile, policies }: Extract<RoleStep, { do: "create" }>,
): Promise<Outcome["error"] | undefined> {
  const { session, configuration } = apply;
  const Tags = [{ Key: CONFIGURATION_TAG, Value: configuration }];
  await unlessThere(() =>
    session.send("iam", "CreateRole", {
      RoleName: role,
      AssumeRolePolicyDocument: TRUST,
      Description: DESCRIPTION,
      Tags,
    }),
  );
  // A role of this name that was there already must be ours: nothing is attached to anybody else's.
  const { Role } = await whenKnown(apply, () => session.send("iam", "GetRole", { RoleName: role }));
  if (!Role?.Tags?.some(({ Key, Value }) => Key === CONFIGURATION_TAG && Value === configuration))
    return {
      code: "name-taken",
      message: `there is a role ${role}, and it isn't ours`,
      remedy: "rename that role",
    };
  await whenKnown(apply, () => attach(apply, role, policies));
  await unlessThere(() =>
    session.send("iam", "CreateInstanceProfile", { InstanceProfileName: profile, Tags }),
  );
  const held = await roleIn(apply, profile);
  if (held === undefined) await addRole(apply, profile, role);
  else if (held !== role)
    return {
      code: "name-taken",
      message: `there is a profile ${profile} with another role, ${held}`,
      remedy: "rename that profile",
    };
  return undefined;
}

/** The name of the role in a profile, which may just have been made. */
async function roleIn(apply: RoleApply, profile: string): Promise<string | undefined> {
  const { InstanceProfile } = await whenKnown(apply, () =>
    apply.session.send("iam", "GetInstanceProfile", { InstanceProfileName: profile }),
  );
  return InstanceProfile?.Roles?.[0]?.RoleName;
}

async function addRole(apply: RoleApply, profile: string, role: string): Promise<void> {
  try {
    await whenKnown(apply, () =>
      apply.session.send("iam", "AddRoleToInstanceProfile", { InstanceProfileName: profile, RoleName: role }),
    );
  } catch (error) {
    // Another run was quicker: a profile holds one role only.
    if ((await roleIn(apply, profile)) !== role) throw error;
  }
}

async function attach(
  { session }: RoleApply,
  RoleName: string,
  policies: readonly string[],
): Promise<undefined> {
  for (const PolicyArn of policies) await session.send("iam", "AttachRolePolicy", { RoleName, PolicyArn });
}

async function detach(
  { session }: RoleApply,
  RoleName: string,
  policies: readonly string[],
): Promise<undefined> {
  for (const PolicyArn of policies)
    await unlessGone(() => session.send("iam", "DetachRolePolicy", { RoleName, PolicyArn }));
}

async function remove(
  apply: RoleApply,
  { role, profile, policies }: Extract<RoleStep, { do: "remove" }>,
): Promise<undefined> {
  const { session } = apply;
  await unlessGone(() =>
    session.send("iam", "RemoveRoleFromInstanceProfile", { InstanceProfileName: profile, RoleName: role }),
  );
  await unlessGone(() => session.send("iam", "DeleteInstanceProfile", { InstanceProfileName: profile }));
  await detach(apply, role, policies);
  await unlessGone(() => session.send("iam", "DeleteRole", { RoleName: role }));
  return undefined;
}

/** Brings an instance from one profile to another; null means none. Refuses when it has neither. */
async function setProfile(
  apply: RoleApply,
  instance: string,
  before: string | null,
  wanted: string | null,
): Promise<Outcome["error"] | undefined> {
  const { session } = apply;
  const now = await associationOf(session, instance);
  const arn = now?.IamInstanceProfile?.Arn ?? null;
  if (arn === wanted) return undefined;
  if (arn !== before)
    return {
      code: "stale",
      message: `its instance profile is ${arn ?? "none"} now, not ${before ?? "none"}`,
      remedy: "plan again",
    };
  if (wanted === null) {
    await session.send("ec2", "DisassociateIamInstanceProfile", { AssociationId: now?.AssociationId });
    return undefined;
  }
  const IamInstanceProfile = { Arn: wanted };
  try {
    await whenKnown(apply, () =>
      now?.AssociationId === undefined
        ? session.send("ec2", "AssociateIamInstanceProfile", { InstanceId: instance, IamInstanceProfile })
        : session.send("ec2", "ReplaceIamInstanceProfileAssociation", {
            AssociationId: now.AssociationId,
            IamInstanceProfile,
          }),
    );
  } catch (error) {
    // Another run was quicker.
    if ((await associationOf(session, instance))?.IamInstanceProfile?.Arn !== wanted) throw error;
  }
  return undefined;
}

type Association = NonNullable<
  OutputOf<"ec2", "DescribeIamInstanceProfileAssociations">["IamInstanceProfileAssociations"]
>[number];

async function associationOf(session: AwsSession, instance: string): Promise<Association | undefined> {
  const Filters = [{ Name: "instance-id", Values: [instance] }];
  const { IamInstanceProfileAssociations = [] } = await session.send(
    "ec2",
    "DescribeIamInstanceProfileAssociations",
    { Filters },
  );
  return IamInstanceProfileAssociations.find(
    ({ State }) => State === "associated" || State === "associating",
  );
}

/** Tries again while what IAM has just made isn't known where it is used. */
async function whenKnown<Answer>({ context }: RoleApply, call: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (tries >= TRIES || !isUnknownYet(error)) throw error;
    }
    await context.clock.sleep(KNOWN_EVERY, context.signal).catch((cause: unknown) => {
      throw new WatchkeeperError("Aborted", "the run was stopped", { cause });
    });
  }
}

function isUnknownYet(error: unknown): boolean {
  if (isMissing(error)) return true;
  if (!isWatchkeeperError(error)) return false;
  return (
    error.code === "InvalidParameterValue" &&
    /Invalid IAM Instance Profile|no associated IAM Roles/.test(error.message)
  );
}

async function unlessThere(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isWatchkeeperError(error) || !/^EntityAlreadyExists/.test(error.code)) throw error;
  }
}

async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
