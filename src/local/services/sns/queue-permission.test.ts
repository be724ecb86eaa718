import { describe, expect, it } from "vitest";
import { mayReach } from "./queue-permission.ts";

const TOPIC = "arn:aws:sns:eu-central-1:111122223333:ops";
const QUEUE = "arn:aws:sqs:eu-central-1:111122223333:inbox";
const ALLOW = {
  Effect: "Allow",
  Principal: { Service: "sns.amazonaws.com" },
  Action: "sqs:SendMessage",
  Resource: QUEUE,
  Condition: { ArnEquals: { "aws:SourceArn": TOPIC } },
};
const reaches = (statement: unknown, topic = TOPIC, queue = QUEUE): boolean =>
  mayReach(topic, queue, JSON.stringify({ Version: "2012-10-17", Statement: statement }));

describe("who may send to a queue", () => {
  it("is everybody while it has no policy", () => {
    expect(mayReach(TOPIC, QUEUE, undefined)).toBe(true);
  });

  it.each([
    [ALLOW, true],
    [[ALLOW], true],
    [{ ...ALLOW, Principal: "*" }, true],
    [{ ...ALLOW, Principal: { AWS: "*" }, Action: ["sqs:*"] }, true],
    [{ ...ALLOW, Condition: { ArnLike: { "AWS:SourceArn": ["arn:aws:sns:*:*:ops"] } } }, true],
    [{ ...ALLOW, Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } } }, true],
    [{ ...ALLOW, Condition: {} }, true],
    [[], false],
    [{ ...ALLOW, Principal: { Service: "sns.amazonaws.com.cn" } }, false],
    [{ ...ALLOW, Principal: { AWS: "arn:aws:iam::111122223333:root" } }, false],
    [{ ...ALLOW, Action: "sqs:ReceiveMessage" }, false],
    [{ ...ALLOW, Resource: `${QUEUE}-2` }, false],
    [{ ...ALLOW, Condition: { ArnEquals: { "aws:SourceArn": `${TOPIC}-2` } } }, false],
    [{ ...ALLOW, Condition: { Bool: { "aws:SecureTransport": "true" } } }, false],
    [[ALLOW, { ...ALLOW, Effect: "Deny" }], false],
  ])("%j: %s", (statement, expected) => {
    expect(reaches(statement)).toBe(expected);
  });

  it("knows SNS by another name where a region must be opted into", () => {
    const milan = TOPIC.replace("eu-central-1", "eu-south-1");
    const any = { ...ALLOW, Condition: {} };
    expect(reaches(any, milan)).toBe(false);
    expect(reaches({ ...any, Principal: { Service: "sns.eu-south-1.amazonaws.com" } }, milan)).toBe(true);
    expect(reaches({ ...any, Resource: "*" }, milan, QUEUE.replace("eu-central-1", "eu-south-1"))).toBe(true);
  });
});
