import { AwsError } from "../../aws-error.ts";

// Auto Scaling models hardly any errors: what is wrong with a request is a ValidationError. Messages are those of recorded answers.

export function validationError(message: string): AwsError {
  return new AwsError("ValidationError", message, 400);
}

export function groupNotFound(name: string): AwsError {
  return validationError(`AutoScalingGroup name not found - AutoScalingGroup: ${name} not found`);
}

export function memberNotFound(id: string): AwsError {
  return validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`);
}

export function invalidToken(): AwsError {
  return new AwsError("InvalidNextToken", "The NextToken value is not valid.", 400);
}
