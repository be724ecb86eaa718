import { describe, expect, it } from "vitest";
import { parseEvents } from "./parse-events.ts";

const envelope = {
  Type: "Notification",
  MessageId: "1",
  TopicArn: "arn:aws:sns:eu-central-1:111122223333:pages",
  Message: "ALARM  cpu-high",
  Timestamp: "2026-01-01T00:00:00Z",
};
const own = { watchkeeper: { Type: "String", Value: "notification" } };

describe("what we published ourselves", () => {
  it.each([
    ["from SQS", { ...envelope, MessageAttributes: own }],
    [
      "from SNS to Lambda",
      { Records: [{ EventSource: "aws:sns", Sns: { ...envelope, MessageAttributes: own } }] },
    ],
    [
      "raw, from SQS to Lambda",
      {
        Records: [
          {
            eventSource: "aws:sqs",
            body: "ALARM",
            messageAttributes: { watchkeeper: { stringValue: "notification" } },
          },
        ],
      },
    ],
  ])("is passed over %s", (_, delivery) => {
    expect(parseEvents(delivery, 0)).toEqual({ events: [], problems: [] });
  });

  it("is told apart from what others publish to the same topic", () => {
    expect(parseEvents(envelope, 0).events).toHaveLength(1);
    expect(
      parseEvents({ ...envelope, MessageAttributes: { other: own.watchkeeper } }, 0).events,
    ).toHaveLength(1);
  });
});
