import { AwsError } from "../../aws-error.ts";

/** A value that breaks a constraint of the model. */
export function invalid(member: string, value: unknown, constraint: string): AwsError {
  return new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${constraint}`,
    400,
  );
}

/** What is modelled for AWS's documents only. */
export function notHere(what: string): AwsError {
  return new AwsError("NotImplemented", `${what} is not implemented by the local cloud`, 501);
}
