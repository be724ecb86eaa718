import type { IamInstanceProfileAssociation, IamInstanceProfileSpecification } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { isId } from "../../fleet/ids.ts";
import type { Instance, ProfileAssociation } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import {
  directoryOf,
  type InstanceProfile,
  PROFILE_KNOWN_AFTER,
  type Role,
} from "../../identities/directory.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { incorrectInstanceState, invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { compileFilters } from "./filters.ts";
import { seconds } from "./instance-shape.ts";
import { fleetOf, instanceById } from "./lookup.ts";
import { pageOf } from "./paging.ts";
import { associate } from "./provision.ts";

/** How long an association is `associating`, and how long an ended one is still listed as `disassociating`; milliseconds. */
const ASSOCIATING = 3_000;
const DISASSOCIATING = 5_000;

/** Which role instances have: through the profile that is associated with them. */
export const profileAssociations = {
  AssociateIamInstanceProfile(input, context) {
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const instance = instanceById(fleet, input.InstanceId, now);
    const profile = requestedProfile(input.IamInstanceProfile, context);
    const state = stateAt(instance.phase, now);
    if (state === "terminated" || state === "shutting-down")
      throw incorrectInstanceState(instance.id, "associated");
    if (current(instance))
      throw new AwsError(
        "IncorrectState",
        `There is an existing association for instance ${instance.id}`,
        400,
      );
    return { IamInstanceProfileAssociation: shape(associate(fleet, instance, profile, now), now) };
  },

  DisassociateIamInstanceProfile(input, context) {
    const now = context.now.getTime();
    const { association } = byId(fleetOf(context), input.AssociationId, now);
    association.until = now;
    return { IamInstanceProfileAssociation: shape(association, now) };
  },

  ReplaceIamInstanceProfileAssociation(input, context) {
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const { instance } = byId(fleet, input.AssociationId, now);
    const profile = requestedProfile(input.IamInstanceProfile, context);
    if (stateAt(instance.phase, now) !== "running")
      throw new AwsError(
        "IncorrectInstanceState",
        `The instance '${instance.id}' is not in the 'running' state.`,
        400,
      );
    return { IamInstanceProfileAssociation: shape(associate(fleet, instance, profile, now), now) };
  },

  DescribeIamInstanceProfileAssociations(input, context) {
    const now = context.now.getTime();
    const wanted = input.AssociationIds ?? [];
    if (wanted.length > 0 && input.MaxResults !== undefined)
      throw invalidCombination("The parameter associationIds cannot be used with the parameter maxResults");
    const fleet = fleetOf(context);
    for (const id of wanted) byId(fleet, id, now);
    const matches = compileFilters<ProfileAssociation>(input.Filters, {
      "instance-id": ({ instanceId }) => instanceId,
      state: (association) => stateOf(association, now),
    });
    const listed = [...associations(fleet, now)]
      .filter((association) => wanted.length === 0 || wanted.includes(association.id))
      .filter(matches)
      .sort((a, b) => a.serial - b.serial);
    const page = pageOf(
      listed,
      input,
      { min: 5, max: 1000, above: "refuse" },
      ["DescribeIamInstanceProfileAssociations", input.Filters],
      ({ serial }) => serial,
    );
    return {
      IamInstanceProfileAssociations: page.items.map((association) => shape(association, now)),
      NextToken: page.nextToken,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

/**
 * The profile that a request names, once EC2 knows it: a new one is invalid for some seconds, as on AWS. Throws
 * InvalidParameterValue and, when a fault denies iam:PassRole, UnauthorizedOperation.
 */
export function requestedProfile(
  asked: IamInstanceProfileSpecification | undefined,
  context: RequestContext,
): InstanceProfile {
  const { Arn: arn, Name: name } = asked ?? {};
  if (arn === undefined && name === undefined) throw missingParameter("IamInstanceProfile");
  if (arn !== undefined && name !== undefined)
    throw invalidCombination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  const directory = directoryOf(context.cloud, context.account);
  const profile = arn === undefined ? directory.profile(name) : directory.profileByArn(arn);
  if (!profile || profile.createdAt + PROFILE_KNOWN_AFTER > context.now.getTime())
    throw invalidValue(
      arn === undefined
        ? `Value (${name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`
        : `Value (${arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
    );
  if (!profile.role) throw invalidValue(`IAM Instance Profile "${profile.arn}" has no associated IAM Roles`);
  checkPassRole(profile.role, context);
  return profile;
}

// Callers may pass any role, unless a rule among the faults speaks of `iam` and `PassRole`.
function checkPassRole(role: Role, { cloud, account, region, principal }: RequestContext): void {
  const call = { service: "iam", operation: "PassRole", account, region, input: { RoleName: role.name } };
  if (cloud.faults.ruled(call) !== "accessDenied") return;
  throw new AwsError(
    "UnauthorizedOperation",
    `You are not authorized to perform this operation. User: ${principal.arn} is not authorized to perform: iam:PassRole on resource: ${role.arn} because no identity-based policy allows the iam:PassRole action.`,
    403,
  );
}

function* associations(fleet: Fleet, now: number): Iterable<ProfileAssociation> {
  for (const instance of fleet.visibleInstances(now)) {
    if (stateAt(instance.phase, now) === "terminated") continue;
    for (const association of instance.profiles)
      if (association.until === undefined || now < association.until + DISASSOCIATING) yield association;
  }
}

function byId(
  fleet: Fleet,
  id: string | undefined,
  now: number,
): { readonly instance: Instance; readonly association: ProfileAssociation } {
  if (id === undefined || !isId("iip-assoc", id)) throw invalidValue("Invalid value for associationId.");
  for (const instance of fleet.visibleInstances(now)) {
    const association = current(instance);
    if (association?.id === id && stateAt(instance.phase, now) !== "terminated")
      return { instance, association };
  }
  throw new AwsError("InvalidAssociationID.NotFound", `An invalid association-id of '${id}' was given`, 400);
}

function current(instance: Instance): ProfileAssociation | undefined {
  const last = instance.profiles.at(-1);
  return last?.until === undefined ? last : undefined;
}

function stateOf({ from, until }: ProfileAssociation, now: number) {
  if (until !== undefined) return "disassociating" as const;
  return now < from + ASSOCIATING ? ("associating" as const) : ("associated" as const);
}

function shape(association: ProfileAssociation, now: number): IamInstanceProfileAssociation {
  const { id, instanceId, profile, from } = association;
  return {
    AssociationId: id,
    InstanceId: instanceId,
    IamInstanceProfile: { Arn: profile.arn, Id: profile.id },
    State: stateOf(association, now),
    Timestamp: seconds(from),
  };
}
