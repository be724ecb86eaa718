import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal, START } from "../../../test/support/ec2-cloud.ts";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../accounts.ts";
import { VirtualClock } from "../clock.ts";
import { createLocalCloud } from "../server.ts";

const REGION = "eu-central-1";
const { id: ACCOUNT, accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0] as LocalAccount;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:inbox`;
const PATTERN = JSON.stringify({ source: ["app"], detail: { size: [{ numeric: [">", 3] }] } });

let events: EventBridgeClient;
let sqs: SQSClient;
let QueueUrl: string | undefined;

beforeEach(async () => {
  const local = createLocalCloud({ clock: new VirtualClock({ start: START, host: () => 0 }) });
  const config = {
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  };
  events = new EventBridgeClient(config);
  sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  ({ QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "inbox" })));
  return () => local.close();
});

const rule = (Name: string, EventPattern = PATTERN) =>
  events.send(new PutRuleCommand({ Name, EventPattern }));
const target = (Rule: string, ...Targets: Target[]) =>
  events.send(
    new PutTargetsCommand({ Rule, Targets: Targets.length > 0 ? Targets : [{ Id: "q", Arn: QUEUE }] }),
  );
const send = (Detail: unknown, Source = "app") =>
  events.send(
    new PutEventsCommand({
      Entries: [{ Source, DetailType: "Thing", Detail: JSON.stringify(Detail), Resources: ["r"] }],
    }),
  );
const received = async () =>
  ((await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? []).map(
    ({ Body }) => JSON.parse(Body ?? ""),
  );

describe("a rule", () => {
  it("sends what it matches to its queues, in EventBridge's envelope", async () => {
    await rule("big");
    await target("big");
    await send({ size: 3 });
    await send({ size: 4 }, "other");
    const { Entries, FailedEntryCount } = await send({ size: 4 });
    expect(FailedEntryCount).toBe(0);
    expect(await received()).toEqual([
      {
        version: "0",
        id: Entries?.[0]?.EventId,
        "detail-type": "Thing",
        source: "app",
        account: ACCOUNT,
        time: "2026-11-20T10:00:00Z",
        region: REGION,
        resources: ["r"],
        detail: { size: 4 },
      },
    ]);
  });

  it("sends a constant input instead, and nothing while it is disabled or without targets", async () => {
    await rule("big");
    await target("big", { Id: "q", Arn: QUEUE, Input: '"ping"' });
    await events.send(new DisableRuleCommand({ Name: "big" }));
    await send({ size: 4 });
    await events.send(new EnableRuleCommand({ Name: "big" }));
    await send({ size: 4 });
    await events.send(new RemoveTargetsCommand({ Rule: "big", Ids: ["q"] }));
    await send({ size: 4 });
    expect(await received()).toEqual(["ping"]);
  });

  it("is described, listed by page, tagged and replaced; its targets stay", async () => {
    for (const name of ["b", "a", "c"]) await rule(name);
    await target("a");
    await events.send(
      new PutRuleCommand({
        Name: "a",
        EventPattern: '{"source":["x"]}',
        Description: "new",
        State: "DISABLED",
      }),
    );
    const Arn = `arn:aws:events:${REGION}:${ACCOUNT}:rule/a`;
    const { $metadata: _, ...described } = await events.send(new DescribeRuleCommand({ Name: "a" }));
    expect(described).toEqual({
      Name: "a",
      Arn,
      EventPattern: '{"source":["x"]}',
      State: "DISABLED",
      Description: "new",
      EventBusName: "default",
    });
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: "a" }));
    expect(Targets).toEqual([{ Id: "q", Arn: QUEUE }]);
    const page = await events.send(new ListRulesCommand({ Limit: 2 }));
    const rest = await events.send(new ListRulesCommand({ Limit: 2, NextToken: page.NextToken }));
    expect([...(page.Rules ?? []), ...(rest.Rules ?? [])].map(({ Name }) => Name)).toEqual(["a", "b", "c"]);
    expect(rest.NextToken).toBeUndefined();
    expect(await refusal(events.send(new ListRulesCommand({ NextToken: "nonsense" })))).toMatch(
      /^InvalidToken/,
    );
    await events.send(
      new TagResourceCommand({
        ResourceARN: Arn,
        Tags: [
          { Key: "k", Value: "v" },
          { Key: "l", Value: "w" },
        ],
      }),
    );
    await events.send(new UntagResourceCommand({ ResourceARN: Arn, TagKeys: ["l"] }));
    expect((await events.send(new ListTagsForResourceCommand({ ResourceARN: Arn }))).Tags).toEqual([
      { Key: "k", Value: "v" },
    ]);
  });

  it("is refused where EventBridge refuses it, and where this cloud can't carry it out", async () => {
    await rule("a");
    await target("a");
    const put = (more: object) =>
      refusal(events.send(new PutRuleCommand({ Name: "x", EventPattern: PATTERN, ...more })));
    expect(await put({ EventPattern: '{"source":"x"}' })).toMatch(
      /^InvalidEventPatternException: Event pattern is not valid/,
    );
    expect(await put({ EventPattern: undefined })).toMatch(/must be specified/);
    expect(await put({ Name: "a b" })).toMatch(/^ValidationException: .*regular expression/);
    expect(await put({ ScheduleExpression: "rate(1 minute)" })).toMatch(/^NotImplemented: Schedules/);
    expect(await put({ EventBusName: "mine" })).toBe(
      "ResourceNotFoundException: Event bus mine does not exist.",
    );
    expect(await refusal(target("none"))).toMatch(/^ResourceNotFoundException: Rule none does not exist/);
    expect(
      await refusal(target("a", { Id: "l", Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f` })),
    ).toMatch(/^NotImplemented/);
    expect(await refusal(target("a", { Id: "q", Arn: QUEUE, InputPath: "$.detail" }))).toMatch(
      /^NotImplemented: InputPath/,
    );
    const many = Array.from({ length: 5 }, (_, i) => ({ Id: `t${i}`, Arn: QUEUE }));
    expect(await refusal(target("a", ...many))).toMatch(/^LimitExceededException/);
    expect(await refusal(events.send(new DeleteRuleCommand({ Name: "a" })))).toMatch(/since it has targets/);
    await events.send(new DeleteRuleCommand({ Name: "none" }));
  });
});

describe("PutEvents", () => {
  it("tells for each entry what is wrong with it", async () => {
    const { Entries, FailedEntryCount } = await events.send(
      new PutEventsCommand({
        Entries: [
          { Source: "app", DetailType: "T", Detail: "{}" },
          { Source: "app", Detail: "{}" },
          { Source: "aws.ec2", DetailType: "T", Detail: "{}" },
          { Source: "app", DetailType: "T", Detail: "[1" },
        ],
      }),
    );
    expect(FailedEntryCount).toBe(3);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "InvalidArgument",
      "NotAuthorizedForSourceException",
      "MalformedDetail",
    ]);
  });
});
