import { AwsError } from "../../aws-error.ts";

/** Attributes of a queue that nobody set, as GetQueueAttributes tells them. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  DelaySeconds: "0",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  VisibilityTimeout: "30",
  SqsManagedSseEnabled: "true",
};

/** Whole-number attributes with their bounds, in their own units. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
};

const TEXT_ATTRIBUTES = new Set([
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "SqsManagedSseEnabled",
]);

/** Refuses an attribute that SQS doesn't know, a value out of its bounds, and what isn't implemented. */
export function checkAttribute(name: string, value: string): void {
  const bounds = BOUNDS[name];
  if (bounds) {
    const number = Number(value);
    if (!Number.isInteger(number) || number < bounds[0] || number > bounds[1]) {
      throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
    return;
  }
  if (name === "RedrivePolicy" && value !== "") {
    const policy = parseJson(value);
    if (typeof policy?.["deadLetterTargetArn"] !== "string" || !(Number(policy["maxReceiveCount"]) >= 1)) {
      throw new AwsError("InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy.");
    }
    return;
  }
  if (name === "FifoQueue" || name === "ContentBasedDeduplication" || name === "DeduplicationScope") {
    throw new AwsError("NotImplemented", "FIFO queues are not implemented by the local cloud.", 501);
  }
  if (!TEXT_ATTRIBUTES.has(name)) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new AwsError("InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy.");
  }
}
