import { AwsError } from "../../aws-error.ts";

// Codes are the shapes' names; the wire layer shortens them as IAM does. Messages are those of recorded answers.

/** What IAM calls its things in messages. */
export type IamKind = "Role" | "Instance Profile";

/** Something that must exist doesn't. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError("NoSuchEntityException", message);
}

/** A role or profile that isn't there, worded as IAM words it. */
export function notFound(kind: IamKind, name: string): AwsError {
  return noSuchEntity(
    kind === "Role"
      ? `The role with name ${name} cannot be found.`
      : `Instance Profile ${name} cannot be found.`,
  );
}

/** A name that is taken; IAM compares names without case. */
export function alreadyExists(kind: IamKind, name: string): AwsError {
  return new AwsError(
    "EntityAlreadyExistsException",
    kind === "Role" ? `Role with name ${name} already exists.` : `Instance Profile ${name} already exists.`,
  );
}

/** Something else still needs it. */
export function deleteConflict(message: string): AwsError {
  return new AwsError("DeleteConflictException", message);
}

/** A quota of IAM is used up. */
export function limitExceeded(what: string, limit: number): AwsError {
  return new AwsError("LimitExceededException", `Cannot exceed quota for ${what}: ${limit}`);
}

/** A value that breaks a constraint of the model. */
export function invalid(member: string, value: unknown, constraint: string): AwsError {
  return new AwsError(
    "ValidationError",
    `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${constraint}`,
    400,
  );
}
