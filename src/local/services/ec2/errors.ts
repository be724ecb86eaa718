import { AwsError } from "../../aws-error.ts";

// EC2 models no error shapes: codes and messages are those of its documentation's "Error codes for the Amazon EC2 API"
// and of recorded answers; every one has status 400 unless said otherwise.

/** A parameter has a value that EC2 refuses. */
export function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValue", message, 400);
}

/** Two parameters that can't go together. */
export function invalidCombination(message: string): AwsError {
  return new AwsError("InvalidParameterCombination", message, 400);
}

/** A required parameter is absent. */
export function missingParameter(name: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${name}`, 400);
}

/** Ids that name nothing, worded for one and for several as EC2 does. */
export function instancesNotFound(ids: readonly string[]): AwsError {
  return ids.length === 1
    ? new AwsError("InvalidInstanceID.NotFound", `The instance ID '${ids[0]}' does not exist`, 400)
    : new AwsError("InvalidInstanceID.NotFound", `The instance IDs '${ids.join(", ")}' do not exist`, 400);
}

export function volumesNotFound(ids: readonly string[]): AwsError {
  return ids.length === 1
    ? new AwsError("InvalidVolume.NotFound", `The volume '${ids[0]}' does not exist.`, 400)
    : new AwsError("InvalidVolume.NotFound", `The volumes '${ids.join(", ")}' do not exist.`, 400);
}

/** An id that can't be one. `kind` as in the code: `InstanceID`, `VolumeID`. */
export function malformedId(kind: "InstanceID" | "VolumeID", id: string, prefix: string): AwsError {
  return kind === "InstanceID"
    ? new AwsError("InvalidInstanceID.Malformed", `Invalid id: "${id}"`, 400)
    : new AwsError(
        "InvalidParameterValue",
        `Value (${id}) for parameter volumeId is invalid. Expected: '${prefix}-...'.`,
        400,
      );
}

/** The instance is in a state that doesn't allow the operation. */
export function incorrectInstanceState(id: string, operation: string): AwsError {
  return new AwsError(
    "IncorrectInstanceState",
    `The instance '${id}' is not in a state from which it can be ${operation}.`,
    400,
  );
}

/** `DryRun` was asked for and the request would have succeeded. */
export function dryRun(requested: boolean | undefined): void {
  if (requested)
    throw new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
}
