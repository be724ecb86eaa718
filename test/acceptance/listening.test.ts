// What hears the topics goes through plan and apply: the queue, who may send to it, and subscriptions in every account and region.
import { describe, expect, it } from "vitest";
import { createTopic } from "../../src/local/services/sns/topic.ts";
import { createQueue } from "../../src/local/services/sqs.ts";
import {
  CHINA,
  ListeningWorld,
  listeningConfiguration,
  MAIN,
  type Run,
  SECOND,
} from "./support/listening-world.ts";

const HOME = { partition: "aws", account: MAIN, region: "eu-central-1" };
const WITH_QUEUE = listeningConfiguration({ listen: "{ queue: inbox }" });
const WITHOUT = listeningConfiguration({});

const lines = ({ plan }: Run, type = /sqs|sns/): string[] =>
  plan.changes
    .filter(({ scope }) => type.test(scope.type))
    .map(({ action, scope, name }) => `${action} ${scope.region} ${scope.type} ${name}`);
const codes = ({ plan }: Run): string[] => plan.notes.map(({ code }) => code);
const failed = ({ outcomes }: Run) =>
  outcomes.filter(({ status }) => status !== "applied" && status !== "waiting");
const senders = (world: ListeningWorld, name = "inbox", ...place: [] | [string, string]): string[] => {
  const { Statement } = JSON.parse(world.queue(name, ...place)?.attributes()["Policy"] ?? "{}") as {
    Statement?: [{ Condition: { ArnEquals: { "aws:SourceArn": string[] } } }];
  };
  return Statement?.[0].Condition.ArnEquals["aws:SourceArn"] ?? [];
};

describe("a queue by its name", () => {
  it("is made once, hears the topics of every region, and a second plan has nothing to do", async () => {
    const world = new ListeningWorld();
    const first = await world.apply(WITH_QUEUE);
    expect(lines(first)).toEqual([
      "create eu-central-1 sqs.queue inbox",
      "create eu-central-1 sns.topic ops",
      "create eu-central-1 sns.subscription ops -> inbox",
      "create eu-west-1 sns.topic ops",
      "create eu-west-1 sns.subscription ops -> inbox",
    ]);
    expect([first.plan.complete, failed(first)]).toEqual([true, []]);
    expect(world.queue("inbox")?.attributes()).toMatchObject({
      MessageRetentionPeriod: "1209600",
      ReceiveMessageWaitTimeSeconds: "20",
      SqsManagedSseEnabled: "true",
    });
    expect([...(world.queue("inbox")?.tags ?? [])]).toEqual([["watchkeeper:config", "hears"]]);
    expect(senders(world)).toEqual([
      `arn:aws:sns:eu-central-1:${MAIN}:ops`,
      `arn:aws:sns:eu-west-1:${MAIN}:ops`,
    ]);
    for (const region of ["eu-central-1", "eu-west-1"])
      expect(world.topic("ops", region)?.subscriptions).toEqual(["sqs inbox"]);
    const second = await world.plan(WITH_QUEUE);
    expect([second.plan.changes, second.plan.notes, second.plan.summary.unchanged]).toEqual([[], [], 7]);
    expect(second.plan.calls.made).toMatchObject({
      "sns:ListSubscriptionsByTopic": 2,
      "sqs:GetQueueUrl": 1,
      "sqs:GetQueueAttributes": 1,
      "sqs:ListQueueTags": 1,
    });
    expect(second.plan.calls.made["sns:ListTagsForResource"]).toBeUndefined();
  });

  it("lets no topic of a region go on sending that a narrowed plan doesn't see, and none in that is gone", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    expect(lines(await world.apply(WITH_QUEUE, { regions: ["eu-west-1"] }))).toEqual([]);
    expect(senders(world)).toHaveLength(2);
    const renamed = listeningConfiguration({ listen: "{ queue: inbox }", topics: "ops: { name: night }" });
    const moved = await world.apply(renamed);
    expect(failed(moved)).toEqual([]);
    expect(lines(moved)).toContain("delete eu-central-1 sns.subscription ops -> inbox");
    expect(senders(world).map((arn) => arn.split(":").at(-1))).toEqual(["night", "night"]);
    expect(world.topic("ops")?.subscriptions).toEqual([]);
    expect(lines(await world.plan(renamed))).toEqual([]);
  });

  it("goes with its subscriptions when the configuration names it no more, and nobody else's go", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    createQueue(world.local.cloud, HOME, "theirs");
    const topic = createTopic(world.local.cloud, HOME, "ops");
    for (const [protocol, endpoint] of [
      ["sqs", `arn:aws:sqs:eu-central-1:${MAIN}:theirs`],
      ["https", "https://theirs.example.com"],
      ["email", "kim@example.com"],
    ] as const) {
      const arn = `${topic.arn}:${protocol}`;
      const owner = { topicArn: topic.arn, owner: MAIN, confirmed: true, attributes: new Map() };
      topic.subscriptions.set(arn, { arn, protocol, endpoint, ...owner });
    }
    const dropped = await world.apply(WITHOUT);
    expect(lines(dropped)).toEqual([
      "delete eu-central-1 sqs.queue inbox",
      "delete eu-central-1 sns.subscription ops -> inbox",
      "delete eu-west-1 sns.subscription ops -> inbox",
    ]);
    expect(failed(dropped)).toEqual([]);
    expect(world.queue("inbox")).toBeUndefined();
    expect(world.topic("ops")).toMatchObject({
      subscriptions: ["email kim@example.com", "https https", "sqs theirs"],
      tags: ["watchkeeper:config"],
    });
    expect(lines(await world.plan(WITHOUT))).toEqual([]);
  });

  it("stays while there are messages in it, and while not everything was looked at", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    const narrowed = await world.apply(WITHOUT, { regions: ["eu-west-1"] });
    expect(narrowed.plan.changes).toMatchObject([{ action: "keep", reason: { code: "queue-needed" } }]);
    world.queue("inbox")?.send({ body: "unread", senderId: "x" });
    const full = await world.apply(WITHOUT);
    expect(full.plan.changes).toMatchObject([{ action: "keep", reason: { code: "queue-not-empty" } }]);
    expect(world.topic("ops")?.subscriptions).toEqual(["sqs inbox"]);
    world.queue("inbox")?.purge();
    expect(failed(await world.apply(WITHOUT))).toEqual([]);
    expect(world.queue("inbox")).toBeUndefined();
  });

  it("of somebody else is a conflict, isn't touched, and holds no alarm up", async () => {
    const world = new ListeningWorld();
    const theirs = createQueue(world.local.cloud, HOME, "inbox");
    const before = JSON.stringify([theirs.attributes(), [...theirs.tags]]);
    const run = await world.apply(WITH_QUEUE);
    expect(lines(run, /sqs|subscription/)).toEqual(["conflict eu-central-1 sqs.queue inbox"]);
    expect(run.outcomes.filter(({ address }) => address.includes("alarm"))).toHaveLength(2);
    expect(failed(run)).toEqual([]);
    expect(world.topic("ops")?.subscriptions).toEqual([]);
    expect(JSON.stringify([theirs.attributes(), [...theirs.tags]])).toBe(before);
  });

  it("keeps what others allow in its policy", async () => {
    const world = new ListeningWorld();
    await world.apply(listeningConfiguration({ listen: "{ queue: inbox }", regions: ["eu-central-1"] }));
    const queue = world.queue("inbox");
    const policy = JSON.parse(queue?.attributes()["Policy"] ?? "") as { Statement: unknown[] };
    const theirs = {
      Sid: "Theirs",
      Effect: "Allow",
      Principal: "*",
      Action: "sqs:GetQueueUrl",
      Resource: "*",
    };
    queue?.setAttributes({ Policy: JSON.stringify({ ...policy, Statement: [theirs, ...policy.Statement] }) });
    const run = await world.apply(WITH_QUEUE);
    expect(lines(run)).toContain("update eu-central-1 sqs.queue inbox");
    expect(failed(run)).toEqual([]);
    const { Statement } = JSON.parse(queue?.attributes()["Policy"] ?? "") as { Statement: unknown[] };
    expect(Statement).toMatchObject([theirs, { Sid: "WatchkeeperTopics" }]);
  });
});

describe("accounts and partitions", () => {
  it("another account's topics send to the one queue, once it has confirmed them", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({
      listen: "{ queue: inbox }",
      regions: ["eu-central-1"],
      rest: `accounts: [{ name: main }, { name: shop, role: "arn:aws:iam::${SECOND}:role/watchkeeper" }]`,
    });
    expect(failed(await world.apply(text))).toEqual([]);
    expect(senders(world)).toContain(`arn:aws:sns:eu-central-1:${SECOND}:ops`);
    expect(world.topic("ops", "eu-central-1", SECOND)?.subscriptions).toEqual(["sqs inbox pending"]);
    const second = await world.plan(text);
    expect([second.plan.changes, codes(second)]).toEqual([[], ["subscription-pending"]]);
  });

  it("China has its own ARNs, and SNS the same name as everywhere", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({ listen: "{ queue: inbox }", regions: ["cn-north-1"] });
    expect(failed(await world.apply(text, { account: CHINA }))).toEqual([]);
    const policy = JSON.parse(world.queue("inbox", "cn-north-1", CHINA)?.attributes()["Policy"] ?? "") as {
      Statement: [{ Resource: string; Principal: unknown }];
    };
    expect(policy.Statement[0]).toMatchObject({
      Principal: { Service: ["sns.amazonaws.com"] },
      Resource: `arn:aws-cn:sqs:cn-north-1:${CHINA}:inbox`,
    });
    expect(senders(world, "inbox", "cn-north-1", CHINA)).toEqual([`arn:aws-cn:sns:cn-north-1:${CHINA}:ops`]);
  });

  it("a queue in a region of its own is shown there, planned and destroyed", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({ listen: "{ queue: { name: inbox, region: us-east-1 } }" });
    expect(lines(await world.apply(text))).toContain("create us-east-1 sqs.queue inbox");
    expect(lines(await world.plan(text))).toEqual([]);
    expect(failed(await world.apply(text, { intent: { kind: "destroy" } }))).toEqual([]);
    expect(world.queue("inbox", "us-east-1")).toBeUndefined();
  });
});

describe("what the plan doesn't make", () => {
  it("a queue by its ARN is subscribed, and its owner told what its policy needs", async () => {
    const world = new ListeningWorld();
    const arn = `arn:aws:sqs:eu-central-1:${MAIN}:theirs`;
    createQueue(world.local.cloud, HOME, "theirs");
    const text = listeningConfiguration({ listen: `{ queue: "${arn}" }` });
    const first = await world.apply(text);
    expect(codes(first)).toEqual(["queue-policy"]);
    expect(lines(first, /subscription|sqs/)).toHaveLength(2);
    const second = await world.plan(text);
    expect([second.plan.changes, codes(second)]).toEqual([[], []]);
    expect(lines(await world.apply(WITHOUT), /subscription|sqs/)).toHaveLength(2);
    expect(world.topic("ops")?.subscriptions).toEqual([]);
    expect(world.queue("theirs")).toBeDefined();
  });

  it("an endpoint is asked with every apply until it confirms; dropped, it goes by its mark", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({ listen: "{ endpoint: https://alerts.example.com/sns }" });
    const names = ["ops -> https://alerts.example.com/sns", "ops -> https://alerts.example.com/sns"];
    const waiting = ({ outcomes }: Run) =>
      outcomes.filter(({ reason }) => reason?.code === "subscription-pending").map(({ name }) => name);
    const first = await world.apply(text);
    expect([failed(first), waiting(first)]).toEqual([[], names]);
    const second = await world.plan(text);
    expect([lines(second), codes(second)]).toEqual([
      ["eu-central-1", "eu-west-1"].map((region) => `update ${region} sns.subscription ${names[0]}`),
      [],
    ]);
    expect(second.plan.calls.toMake["sns:Subscribe"]).toBe(2);
    world.local.resetRequests();
    expect(waiting(await world.apply(text))).toEqual(names);
    expect(world.local.requests.get("sns:Subscribe")).toBe(2);
    world.confirmAll();
    const third = await world.plan(text);
    expect([third.plan.changes, codes(third)]).toEqual([[], []]);
    const dropped = await world.apply(WITHOUT);
    expect(lines(dropped)).toHaveLength(2);
    expect(failed(dropped)).toEqual([]);
    expect(world.topic("ops")).toEqual({ subscriptions: [], tags: ["watchkeeper:config"] });
  });

  it("an endpoint that confirmed meanwhile isn't asked in vain: a saved plan ends well", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({
      listen: "{ endpoint: https://alerts.example.com/sns }",
      regions: ["eu-central-1"],
    });
    await world.apply(text);
    const run = await world.apply(text, { betweenPlanAndApply: () => world.confirmAll() });
    expect(lines(run)).toEqual([
      "update eu-central-1 sns.subscription ops -> https://alerts.example.com/sns",
    ]);
    expect(run.outcomes.map(({ status }) => status)).toEqual(["applied"]);
    expect(world.topic("ops")?.subscriptions).toEqual(["https https"]);
  });

  it("the queue before stays until the address that takes its place has confirmed", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    const text = listeningConfiguration({ listen: "{ endpoint: https://alerts.example.com/sns }" });
    const moved = await world.apply(text);
    expect(failed(moved)).toEqual([]);
    expect(moved.outcomes.find(({ name }) => name === "inbox")).toMatchObject({
      status: "waiting",
      reason: {
        code: "not-tried",
        text: expect.stringMatching(/^stays until ops -> https:.* waits no more/),
      },
    });
    expect(world.topic("ops")?.subscriptions).toEqual(["https https pending", "sqs inbox"]);
    world.listenerIsUp = true;
    expect(failed(await world.apply(text))).toEqual([]);
    expect([world.queue("inbox"), world.topic("ops")?.subscriptions]).toEqual([undefined, ["https https"]]);
    expect(lines(await world.plan(text))).toEqual([]);
  });
});

describe("topics of others", () => {
  const topics = (count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `t${i}: { arn: "arn:aws:sns:eu-central-1:${SECOND}:a-topic-of-somebody-else-${i}" }`,
    ).join(", ");

  it("may send, and their owners are asked to subscribe the queue", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({
      listen: "{ queue: inbox }",
      topics: `ops: { name: ops }, ${topics(2)}`,
    });
    expect(codes(await world.apply(text))).toEqual(["topic-elsewhere"]);
    expect(senders(world)).toHaveLength(4);
  });

  it("that don't fit into a queue's policy are a conflict, and alarms are made all the same", async () => {
    const world = new ListeningWorld();
    const text = listeningConfiguration({
      listen: "{ queue: inbox }",
      topics: `ops: { name: ops }, ${topics(120)}`,
    });
    const run = await world.apply(text);
    expect(run.plan.changes.filter(({ action }) => action === "conflict")).toMatchObject([
      { name: "inbox", reason: { code: "policy-too-long" } },
    ]);
    expect(run.outcomes.filter(({ address }) => address.includes("cloudwatch.alarm"))).toHaveLength(2);
    expect([world.queue("inbox"), world.topic("ops")?.subscriptions]).toEqual([undefined, []]);
    expect(run.plan.calls.toMake["sns:Subscribe"]).toBeUndefined();
  });
});

describe("calls that are denied", () => {
  it.each([
    ["ListSubscriptionsByTopic", "sns.subscription"],
    ["GetQueueUrl", "sqs.queue"],
    ["ListQueueTags", "sqs.queue"],
  ])("%s makes its scope incomplete, and alarms go on", async (operation, type) => {
    const world = new ListeningWorld();
    await world.apply(listeningConfiguration({ regions: ["eu-central-1"] }));
    createQueue(world.local.cloud, HOME, "inbox");
    world.local.faults.set({ rules: [{ effect: "accessDenied", operation }] });
    const run = await world.apply(WITH_QUEUE);
    expect(run.plan.complete).toBe(false);
    const broken = run.plan.scopes.filter(({ complete }) => !complete);
    expect(new Set(broken.map((scope) => scope.type))).toEqual(new Set([type]));
    expect(failed(run)).toEqual([]);
    expect(run.outcomes.some(({ address }) => address.includes("eu-west-1/cloudwatch.alarm"))).toBe(true);
  });

  it("cost who subscribes nothing nothing", async () => {
    const world = new ListeningWorld();
    await world.apply(WITHOUT);
    world.local.faults.set({
      rules: [{ effect: "accessDenied", operation: "ListSubscriptionsByTopic" }],
    });
    expect((await world.plan(WITHOUT)).plan).toMatchObject({ complete: true, changes: [] });
  });

  it("while applying fail on their own: the queue's subscriptions wait, alarms are made", async () => {
    const world = new ListeningWorld();
    world.local.faults.set({ rules: [{ effect: "accessDenied", operation: "CreateQueue" }] });
    const run = await world.apply(WITH_QUEUE);
    expect(failed(run).map(({ name, error }) => [name, error?.code])).toEqual([
      ["inbox", "AccessDenied"],
      ["ops -> inbox", "not-tried"],
      ["ops -> inbox", "not-tried"],
    ]);
    expect(run.outcomes.filter(({ address }) => address.includes("cloudwatch.alarm"))).toHaveLength(2);
    world.local.faults.set({});
    expect(failed(await world.apply(WITH_QUEUE))).toEqual([]);
    expect(world.topic("ops")?.subscriptions).toEqual(["sqs inbox"]);
  });
});

describe("destroy", () => {
  it("takes the queue of ours with it, says what is lost, and leaves others' alone", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    world.queue("inbox")?.send({ body: "unread", senderId: "x" });
    const run = await world.apply(WITH_QUEUE, { intent: { kind: "destroy" } });
    expect(failed(run)).toEqual([]);
    expect(codes(run)).toContain("queue-not-empty");
    expect([world.queue("inbox"), world.topic("ops")]).toEqual([undefined, undefined]);
    createQueue(world.local.cloud, HOME, "inbox");
    const again = await world.apply(WITH_QUEUE, { intent: { kind: "destroy" } });
    expect([again.plan.changes, codes(again)]).toEqual([[], ["queue-not-ours"]]);
  });

  it("ends the subscriptions of topics that stay", async () => {
    const world = new ListeningWorld();
    createTopic(world.local.cloud, HOME, "ops");
    await world.apply(WITH_QUEUE);
    const run = await world.apply(WITH_QUEUE, { intent: { kind: "destroy" } });
    expect(lines(run)).toContain("delete eu-central-1 sns.subscription ops -> inbox");
    expect(failed(run)).toEqual([]);
    expect(world.topic("ops")).toEqual({ subscriptions: [], tags: [] });
    expect(world.topic("ops", "eu-west-1")).toBeUndefined();
  });
});

describe("a region that is taken out of the configuration", () => {
  const HOME_ONLY = listeningConfiguration({ listen: "{ queue: inbox }", regions: ["eu-central-1"] });
  const WEST = `arn:aws:sns:eu-west-1:${MAIN}:ops`;

  it("is told while its topic is heard, until destroy has removed what was made there", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    const left = await world.apply(HOME_ONLY);
    expect([lines(left), codes(left)]).toEqual([[], ["former-place"]]);
    expect(left.plan.notes[0]?.message).toContain(`destroy --account ${MAIN} --region eu-west-1`);
    expect(senders(world)).toContain(WEST);

    const options = { regions: ["eu-west-1"], formerRegions: true, intent: { kind: "destroy" } } as const;
    const gone = await world.apply(HOME_ONLY, options);
    expect(lines(gone)).toEqual(["update eu-central-1 sqs.queue inbox", "delete eu-west-1 sns.topic ops"]);
    expect(failed(gone)).toEqual([]);
    expect(gone.outcomes.at(-1)?.name).toBe("inbox");
    expect([world.topic("ops", "eu-west-1"), senders(world)]).toEqual([
      undefined,
      [`arn:aws:sns:eu-central-1:${MAIN}:ops`],
    ]);
    const after = await world.plan(HOME_ONLY);
    expect([after.plan.changes, codes(after)]).toEqual([[], []]);
  });

  it("is heard on where its alarms could not be deleted", async () => {
    const world = new ListeningWorld();
    await world.apply(WITH_QUEUE);
    world.local.faults.set({ rules: [{ effect: "accessDenied", operation: "DeleteAlarms" }] });
    const options = { regions: ["eu-west-1"], formerRegions: true, intent: { kind: "destroy" } } as const;
    expect(failed(await world.apply(HOME_ONLY, options)).length).toBeGreaterThan(0);
    expect(senders(world)).toContain(WEST);
    expect(world.topic("ops", "eu-west-1")?.subscriptions).toEqual(["sqs inbox"]);
  });
});

/** Every so many of the turns are tried; each sweep begins at another. */
const STRIDE = process.env["WATCHKEEPER_SOAK"] ? 1 : 11;
let begin = 0;

describe("kill -9 at any call", () => {
  const MOVED = listeningConfiguration({ listen: "{ queue: second, endpoint: https://a.example.com/ }" });
  it.each([
    ["of the first apply", [], WITH_QUEUE],
    ["of a move to another queue", [WITH_QUEUE], MOVED],
    ["of a return without either", [MOVED], WITHOUT],
  ])("%s: the next one ends the same", { timeout: 120_000 }, async (_, before, after) => {
    const open = async (): Promise<ListeningWorld> => {
      const world = new ListeningWorld();
      world.listenerIsUp = true;
      for (const text of before) await world.apply(text);
      return world;
    };
    const undisturbed = await open();
    const calls = await undisturbed.callsOf(after);
    for (let turn = begin++ % STRIDE; turn < 2 * calls; turn += STRIDE) {
      const killAt = { call: 1 + Math.floor(turn / 2), effect: turn % 2 === 0 };
      const world = await open();
      await world.run(after, { killAt });
      expect(failed(await world.apply(after)), JSON.stringify(killAt)).toEqual([]);
      expect(world.state(), JSON.stringify(killAt)).toEqual(undisturbed.state());
      // A mark may be left behind; none may be missing.
      expect(world.topic("ops")?.tags).toEqual(expect.arrayContaining(undisturbed.topic("ops")?.tags ?? []));
      expect(lines(await world.plan(after)), JSON.stringify(killAt)).toEqual([]);
      world.local.close();
    }
  });
});
