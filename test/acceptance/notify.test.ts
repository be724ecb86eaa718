// People are told: from an alarm in the local cloud, over SNS and SQS or HTTP, to a Slack on loopback; through kill -9; and what was
// missed is made up for.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";
import { type StubServer, startStubServer } from "../support/stub-server.ts";
import {
  ACCOUNT,
  anAlarm,
  OPS,
  openListenerStage,
  REGION,
  setState,
  listening as startListening,
  until,
} from "./support/listener.ts";
import type { Stage } from "./support/stage.ts";

const FIXTURES = resolve(import.meta.dirname, "../fixtures/alarm-events");

let stage: Stage;
let slack: FakeSlack;
let hook: StubServer;
let stop: AbortController;
let state = 0;

function configuration(route: string, more = ""): string {
  return `version: 1
name: notify
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies: []
topics:
  ops: { name: ops }
notifications:
  channels:
    team: { kind: slack, token: "env:SLACK_TOKEN", channel: C0123, mention: "@here", server: "${slack.url}" }
    hook: { kind: webhook, url: "${hook.url}/hook" }
  route:
${route.replace(/^/gm, "    ")}
${more}`;
}

const AT_ONCE = "receiver: team\ngroup_by: [alertname]\ngroup_wait: 0s\ngroup_interval: 1s\n";

beforeAll(async () => {
  stage = await openListenerStage(", { name: unheard, queues: [] }");
});
afterAll(() => stage.close());
beforeEach(async () => {
  slack = await startFakeSlack({ now: () => performance.now(), burst: 5, perSecond: 50 });
  hook = await startStubServer();
  stop = new AbortController();
  state += 1;
  stage.write("watchkeeper.yaml", configuration(AT_ONCE));
  // Only `listen` makes a state that is named; an empty file is one.
  stage.write(`state-${state}.db`, "");
});
afterEach(async () => {
  stop.abort();
  await slack.close();
  await hook.close();
});

const stateFile = (): string[] => ["--state", `state-${state}.db`];
const ENVIRONMENT = { SLACK_TOKEN: "xoxb-test" };

const quick = (...args: string[]) => stage.quick(["notify", ...args], { environment: ENVIRONMENT });

const listening = (...args: string[]) =>
  startListening(stage, [...args, ...stateFile()], { environment: ENVIRONMENT, signal: stop.signal });

describe("notify listen --queue", () => {
  it("tells Slack once, and edits that when the alarm recovers", async () => {
    const { ended } = await listening("--queue", "inbox");
    await anAlarm(stage, "queue-cpu", OPS);
    await setState(stage, "queue-cpu", "OK", "ALARM");
    await until(() => slack.posts.length === 1);
    expect(JSON.stringify(slack.posts[0]?.body)).toMatch(/ALARM.*queue-cpu/);
    await setState(stage, "queue-cpu", "OK");
    await until(() => slack.posts.length === 2 && slack.posts[0]?.edits.length === 1);
    expect(JSON.stringify(slack.posts[0]?.edits[0])).toMatch(/OK.*queue-cpu/);
    expect(slack.posts.map(({ thread }) => thread)).toEqual([undefined, slack.posts[0]?.ts]);
    stop.abort();
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/stopped\n$/) });
    expect(await queueDepth()).toEqual(["0", "0"]);
  });
});

describe("notify listen --http", () => {
  const notification = (file: string): string => {
    const { Records } = JSON.parse(readFileSync(join(FIXTURES, file), "utf8")) as {
      Records: [{ Sns: Record<string, unknown> }];
    };
    return JSON.stringify({ ...Records[0].Sns, TopicArn: OPS });
  };
  const post = (address: string, body: string): Promise<Response> => fetch(address, { method: "POST", body });

  it("takes unsigned messages of this machine only when told to, and answers when they are stored", async () => {
    const { address } = await listening("--http", "0", "--trust-local");
    const answer = await post(address, notification("sns-metric-alarm.json"));
    expect([answer.status, await answer.json()]).toEqual([200, { events: 1 }]);
    await until(() => slack.posts.length === 1);
    const again = await post(address, notification("sns-metric-alarm.json"));
    expect(again.status).toBe(200);
    const health = await fetch(`${address}/health`);
    expect(await health.json()).toMatchObject({
      healthy: true,
      channels: [{ channel: "team" }, { channel: "hook" }],
    });
    expect(slack.posts.length).toBe(1);
  });

  it("refuses what isn't signed, what isn't of a topic of ours, and what isn't of SNS", async () => {
    const { address } = await listening("--http", "127.0.0.1:0");
    const codes = [];
    for (const body of [
      notification("sns-metric-alarm.json"),
      notification("sns-metric-alarm.json").replaceAll(OPS, OPS.replace(ACCOUNT, "999999999999")),
      "{}",
      "",
      "x".repeat(3_000_000),
    ])
      codes.push([(await post(address, body).catch(() => ({ status: 413 }))).status]);
    expect(codes).toEqual([[403], [403], [400], [400], [413]]);
    expect(slack.calls).toEqual([]);
  });

  it("says what is wrong at the start", async () => {
    for (const [args, message] of [
      [["listen"], /there is nothing to listen to/],
      [["listen", "--http", "0.0.0.0:0", "--trust-local"], /open to others/],
      [["listen", "--http", "a:b"], /is no address/],
      [["listen", "--queue", "nowhere"], /nowhere|queue/],
    ] as const) {
      const { code, stderr } = await quick(...args, ...stateFile());
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    }
    const bare = await stage.quick(["notify", "listen", "--http", "0", ...stateFile()]);
    expect(bare).toMatchObject({ code: 1, stderr: expect.stringContaining("SLACK_TOKEN is not set") });
  });
});

describe("what was missed", () => {
  it("is told by reconcile, once; and so is a recovery", async () => {
    await anAlarm(stage, "missed-cpu", OPS);
    await setState(stage, "missed-cpu", "OK", "ALARM");
    await stage.advance("2m");
    const first = await quick("reconcile", ...stateFile());
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 had been missed, 0/) });
    expect(slack.posts.length).toBe(1);
    expect(await quick("reconcile", ...stateFile())).toMatchObject({
      stdout: expect.stringMatching(/: 0 had been missed, 0/),
    });
    await setState(stage, "missed-cpu", "OK");
    await stage.advance("2m");
    // Its history tells that it recovered.
    expect((await quick("reconcile", ...stateFile())).stdout).toMatch(/: 1 had been missed, 0/);
    await until(() => slack.posts[0]?.edits.length === 1);
  });
});

describe("notify replay", () => {
  it("counts what would have been sent", async () => {
    await anAlarm(stage, "replayed", OPS);
    await setState(stage, "replayed", "OK", "ALARM", "OK", "ALARM", "OK");
    const { code, stdout } = await quick("replay", "--days", "1", "--json");
    const { channels, transitions } = JSON.parse(stdout) as {
      transitions: number;
      channels: { channel: string; messages: number; oneEach: number }[];
    };
    expect(code).toBe(0);
    const team = channels.find(({ channel }) => channel === "team");
    expect(transitions).toBeGreaterThanOrEqual(4);
    expect(team?.oneEach).toBe(transitions);
    expect(team?.messages).toBeLessThanOrEqual(transitions);
    expect(channels.find(({ channel }) => channel === "hook")).toMatchObject({ messages: 0, oneEach: 0 });
  });

  it("refuses topics that are none", async () => {
    for (const command of [["replay"], ["reconcile", ...stateFile()]])
      expect(await quick(...command, "--topic", "ops")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("--topic ops is no ARN of a topic"),
      });
  });

  it.each(["0", "-1", "1.5", "31", "", "a week"])("refuses --days %j: history has 1 to 30", async (days) => {
    const { code, stderr } = await quick("replay", `--days=${days}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining("a whole number from 1 to 30")]);
  });
});

describe("silences", () => {
  it("keep an alarm quiet, and say so", async () => {
    const silence = (...args: string[]) => stage.quick(["silence", ...args, ...stateFile()], {});
    await (await openSqliteStore(join(stage.folder, `state-${state}.db`))).close();
    const added = await silence(
      "add",
      'alertname=~"cpu-.*"',
      "--for",
      "2h",
      "--comment",
      "resized",
      "--by",
      "kim",
      "--json",
    );
    const { silence: one } = JSON.parse(added.stdout) as { silence: { id: string } };
    const sent = await quick("send", join(FIXTURES, "sns-metric-alarm.json"), ...stateFile());
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining("nobody was told") });
    const explained = await quick("explain", join(FIXTURES, "sns-metric-alarm.json"), ...stateFile());
    expect(explained.stdout).toMatch(/held back: silenced by kim until .*: resized/);
    expect((await silence("list")).stdout).toMatch(/active.*alertname=~"cpu-\.\*".*kim.*resized/);
    expect((await silence("expire", one.id)).code).toBe(0);
    expect((await silence("expire", one.id)).stderr).toContain("ended at");
    expect((await silence("expire", "nope")).stderr).toContain('there is no silence "nope"');
    expect((await silence("add", "cpu", "--for", "2h")).stderr).toContain("is no matcher");
    expect(slack.calls).toEqual([]);
  });
});

describe("notify test", () => {
  it("reaches a channel and calls nobody", async () => {
    expect(await quick("test", "team")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("delivered"),
    });
    expect(JSON.stringify(slack.posts[0]?.body)).not.toContain("<!here>");
    expect(await quick("test", "nobody")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("channels are team, hook"),
    });
  });
});

async function queue<T>(
  work: (found: { readonly sqs: SQSClient; readonly QueueUrl: string }) => Promise<T>,
): Promise<T> {
  const { accessKeyId = "", secretAccessKey = "" } = stage.local.accounts.all[0] ?? {};
  const sqs = new SQSClient({
    endpoint: stage.endpoint,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
  });
  const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName: "inbox" }));
  return work({ sqs, QueueUrl });
}

/** Messages that wait in the queue, and those that somebody has read and not deleted. */
async function queueDepth(): Promise<(string | undefined)[]> {
  const AttributeNames = [
    "ApproximateNumberOfMessages" as const,
    "ApproximateNumberOfMessagesNotVisible" as const,
  ];
  const { Attributes = {} } = await queue(({ sqs, QueueUrl }) =>
    sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })),
  );
  return AttributeNames.map((name) => Attributes[name]);
}
