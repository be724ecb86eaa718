import { AwsError } from "../../aws-error.ts";

/** CloudWatch's answer to most bad requests; on the wire `ValidationError`, 400. */
export function validationError(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

/** A value outside what a metric operation allows; on the wire `InvalidParameterValue`, 400. */
export function invalidValue(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

/** Parameters that exclude each other; on the wire `InvalidParameterCombination`, 400. */
export function invalidCombination(message: string): AwsError {
  return new AwsError("InvalidParameterCombinationException", message);
}

/** A parameter a metric operation can't do without; on the wire `MissingParameter`, 400. */
export function missingParameter(name: string): AwsError {
  return new AwsError("MissingRequiredParameterException", `The parameter ${name} is required.`);
}

/** An alarm that doesn't exist; 404 with an empty message, as recorded from CloudWatch. */
export function noSuchAlarm(): AwsError {
  return new AwsError("ResourceNotFound", "");
}
