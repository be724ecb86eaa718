import { describe, expect, it } from "vitest";
import { policyWith, sendersIn, unreachableBecause } from "./queue-policy.ts";

const topic = (region: string, name = "ops", account = "111122223333", partition = "aws") =>
  `arn:${partition}:sns:${region}:${account}:${name}`;
const QUEUE = "arn:aws:sqs:eu-central-1:111122223333:inbox";

interface Statement {
  readonly Sid: string;
  readonly Principal: { readonly Service: readonly string[] };
}
const statements = (policy: string | undefined): readonly Statement[] =>
  (JSON.parse(policy ?? '{"Statement":[]}') as { Statement: Statement[] }).Statement;

describe("a queue's policy", () => {
  it("lets exactly these topics send, and says which", () => {
    const senders = [topic("us-east-1"), topic("eu-central-1")];
    const policy = policyWith(undefined, QUEUE, senders);
    expect(JSON.parse(policy ?? "")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "WatchkeeperTopics",
          Effect: "Allow",
          Principal: { Service: ["sns.amazonaws.com"] },
          Action: "sqs:SendMessage",
          Resource: QUEUE,
          Condition: { ArnEquals: { "aws:SourceArn": [...senders].sort() } },
        },
      ],
    });
    expect(sendersIn(policy)).toEqual([...senders].sort());
    expect(sendersIn(undefined)).toEqual([]);
  });

  it("keeps everything that is not ours, also a single statement that is no list", () => {
    const theirs = { Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: QUEUE };
    const before = JSON.stringify({ Version: "2008-10-17", Id: "x", Statement: theirs });
    const after = policyWith(before, QUEUE, [topic("eu-central-1")]);
    expect(JSON.parse(after ?? "")).toMatchObject({ Version: "2008-10-17", Id: "x" });
    expect(statements(after).map(({ Sid }) => Sid)).toEqual(["Theirs", "WatchkeeperTopics"]);
    expect(statements(policyWith(after, QUEUE, [])).map(({ Sid }) => Sid)).toEqual(["Theirs"]);
    expect(policyWith(policyWith(undefined, QUEUE, [topic("eu-west-1")]), QUEUE, [])).toBeUndefined();
  });

  it("calls SNS by the region's own name where that must be opted into, and never by a Chinese one", () => {
    const principals = (queue: string, ...senders: string[]) =>
      statements(policyWith(undefined, queue, senders))[0]?.Principal.Service;
    expect(principals(QUEUE, topic("eu-south-1"), topic("us-east-1"))).toEqual([
      "sns.amazonaws.com",
      "sns.eu-south-1.amazonaws.com",
    ]);
    const milan = QUEUE.replace("eu-central-1", "eu-south-1");
    expect(principals(milan, topic("eu-south-1"))).toEqual(["sns.amazonaws.com"]);
    expect(principals(milan, topic("us-east-1"))).toEqual(["sns.eu-south-1.amazonaws.com"]);
    expect(
      principals(
        "arn:aws-cn:sqs:cn-north-1:1:inbox",
        topic("cn-northwest-1", "ops", "111122223333", "aws-cn"),
      ),
    ).toEqual(["sns.amazonaws.com"]);
  });

  it("can't help where SNS doesn't deliver", () => {
    const milan = QUEUE.replace("eu-central-1", "eu-south-1");
    expect(unreachableBecause(topic("me-south-1"), milan)).toMatch(/me-south-1 to eu-south-1/);
    expect(unreachableBecause(topic("eu-south-1"), milan)).toBeUndefined();
    expect(unreachableBecause(topic("eu-south-1"), QUEUE)).toBeUndefined();
    expect(unreachableBecause(topic("cn-north-1", "ops", "1", "aws-cn"), QUEUE)).toMatch(/partition aws-cn/);
  });
});
