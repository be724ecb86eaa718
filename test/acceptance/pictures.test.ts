// Charts reach people: an alarm fires in the local cloud, the listener tells Slack, and the picture of its metric follows; whatever
// becomes of the picture, the message is there.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  GetMetricWidgetImageCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseEvents } from "../../src/events/parse-events.ts";
import { alarmWidget } from "../../src/notify/alarm-widget.ts";
import { alertFromEvent } from "../../src/notify/alert-from-event.ts";
import { noKnowledge } from "../../src/notify/knowledge.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";
import { decodePng } from "../support/png.ts";
import { REGION, listening as startListening, until } from "./support/listener.ts";
import { openStage, type Stage } from "./support/stage.ts";

const ACCOUNT = "111122223333";
const FIXTURES = resolve(import.meta.dirname, "../fixtures/alarm-events");
const SCENARIO = `
version: 1
region: ${REGION}
queues: [{ name: inbox-1 }, { name: inbox-2 }, { name: inbox-3 }]
topics: [{ name: ops-1, queues: [inbox-1] }, { name: ops-2, queues: [inbox-2] }, { name: ops-3, queues: [inbox-3] }]
groups:
  - { name: web, names: web-1 }
`;

let stage: Stage;
let slack: FakeSlack;
let stop: AbortController;
/** Each test has a topic and a queue of its own: a listener that was stopped may still have a poll open. */
let run = 0;

beforeAll(async () => {
  stage = await openStage(SCENARIO, "version: 1\nname: none\npolicies: []\n");
});
afterAll(() => stage.close());
beforeEach(() => {
  stop = new AbortController();
  run += 1;
});
afterEach(async () => {
  stop.abort();
  await slack.close();
  await stage.faults({});
});

/** Starts a listener that tells a Slack; answers once it listens. */
async function listening(scopes?: readonly string[]) {
  slack = await startFakeSlack({
    ...{ now: () => performance.now(), burst: 50, perSecond: 50 },
    ...(scopes ? { scopes } : {}),
  });
  stage.write(
    "watchkeeper.yaml",
    `version: 1
name: pictures
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies: []
topics:
  ops: { name: ops-${run} }
notifications:
  channels:
    team: { kind: slack, token: "env:SLACK_TOKEN", channel: C0123, server: "${slack.url}" }
  route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s }
`,
  );
  return startListening(stage, ["--queue", `inbox-${run}`, "--state", `state-${run}.db`], {
    environment: { SLACK_TOKEN: "xoxb-test" },
    signal: stop.signal,
  });
}

const told = (alarm: string): boolean =>
  slack.posts.some(({ body, thread }) => thread === undefined && JSON.stringify(body).includes(alarm));

/** An alarm whose metric has been fine for an hour and isn't any more: the next evaluation finds it. */
async function firing(name: string): Promise<void> {
  const { cloudwatch } = stage.person(REGION);
  const now = stage.local.cloud.clock.now().getTime();
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: "Shop",
      MetricData: Array.from({ length: 60 }, (_, i) => ({
        MetricName: name,
        Unit: "Milliseconds",
        Value: i < 55 ? 40 + (i % 7) : 130,
        Timestamp: new Date(now - (60 - i) * 60_000),
      })),
    }),
  );
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: name, Namespace: "Shop", MetricName: name, ExtendedStatistic: "p90", Period: 60 },
      ...{ EvaluationPeriods: 3, Threshold: 100, ComparisonOperator: "GreaterThanThreshold" },
      AlarmActions: [`arn:aws:sns:${REGION}:${ACCOUNT}:ops-${run}`],
    }),
  );
  await stage.advance("1m");
}

describe("an alarm that fires", () => {
  it("is told with the picture of its metric in the thread", async () => {
    const { ended } = await listening();
    await firing("checkout-latency");
    await until(() => slack.files.length === 1);
    const [message] = slack.posts;
    const [file] = slack.files;
    expect([file?.thread, file?.channel, file?.title]).toEqual([message?.ts, "C0123", "checkout-latency"]);
    const picture = decodePng(file?.bytes ?? new Uint8Array());
    expect([picture.width, picture.height]).toEqual([800, 300]);
    expect(stage.local.requests.get("cloudwatch:GetMetricWidgetImage")).toBe(1);
    stop.abort();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("is told without a picture where CloudWatch may not be asked for one, and says why once", async () => {
    const { ended } = await listening();
    await stage.faults({
      rules: [{ service: "cloudwatch", operation: "GetMetricWidgetImage", effect: "accessDenied" }],
    });
    await firing("denied-1");
    await firing("denied-2");
    await until(() => told("denied-1") && told("denied-2"));
    stop.abort();
    const { stderr } = await ended;
    expect(stderr.match(/go out without charts/g)).toHaveLength(1);
    expect(stderr).toContain("cloudwatch:GetMetricWidgetImage");
    expect(slack.files).toEqual([]);
  });

  it("is told without a picture by a token that may not upload", async () => {
    const { ended } = await listening(["chat:write"]);
    await firing("no-scope");
    await until(() => told("no-scope"));
    stop.abort();
    expect((await ended).stderr).toContain("give the app the scope files:write");
    expect(slack.files).toEqual([]);
  });
});

describe("the widget of every alarm among the payloads", () => {
  it("is one that the local cloud draws", async () => {
    slack = await startFakeSlack({ now: () => performance.now() });
    let drawn = 0;
    for (const file of readdirSync(FIXTURES)) {
      const [event] = parseEvents(readFileSync(join(FIXTURES, file)), 0).events;
      const verdict = event && alertFromEvent(event, true, noKnowledge);
      const found =
        verdict && "alert" in verdict ? alarmWidget(verdict.alert, verdict.alert.changedAt) : undefined;
      if (!found) continue;
      const { MetricWidgetImage } = await stage
        .person("eu-west-1")
        .cloudwatch.send(new GetMetricWidgetImageCommand({ MetricWidget: found.widget }));
      expect(decodePng(MetricWidgetImage ?? new Uint8Array()).width).toBe(800);
      drawn += 1;
    }
    expect(drawn).toBeGreaterThan(5);
  });
});
