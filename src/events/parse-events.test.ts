import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmStateChange, NoticeEvent } from "../model/alarm-event.ts";
import { parseEvents } from "./parse-events.ts";

const FOLDER = new URL("../../test/fixtures/alarm-events/", import.meta.url);
const NOW = Date.UTC(2026, 10, 1, 12);
const AT = Date.UTC(2026, 10, 1, 10, 1, 2, 345);
const EU = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:";
const fixture = (name: string): string => readFileSync(new URL(`${name}.json`, FOLDER), "utf8");
const json = (name: string) => JSON.parse(fixture(name));
const message = (name: string) => JSON.parse(json(name).Records[0].Sns.Message);

/** Members of both kinds, to look at either. */
type AnyEvent = Omit<AlarmStateChange, "kind"> & Omit<NoticeEvent, "kind"> & { readonly kind: string };

function only(input: unknown): AnyEvent {
  const { events, problems } = parseEvents(input, NOW);
  expect(problems).toEqual([]);
  expect(events).toHaveLength(1);
  return events[0] as unknown as AnyEvent;
}

const CPU = {
  kind: "alarm",
  alarmKind: "metric",
  alarmArn: `${EU}cpu-high`,
  alarmName: "cpu-high",
  account: "111122223333",
  region: "eu-west-1",
  at: AT,
  state: "ALARM",
  previousState: "OK",
  description: "Synthetic fixture. Runbook: https://wiki.example.com/rb/1",
  afterMuteWindow: false,
  trigger: {
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    statistic: "Average",
    period: 300,
    threshold: 90,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "missing",
    dimensions: [{ name: "InstanceId", value: "i-0123456789abcdef0" }],
  },
  measured: { values: [97.4], threshold: 90 },
  tellsNoData: false,
  alarmActions: ["arn:aws:sns:eu-west-1:111122223333:ops-alarms"],
};

/** What matters in each payload. */
const EXPECTED: Readonly<Record<string, object>> = {
  "sns-metric-alarm": CPU,
  "sns-metric-ok": { ...CPU, state: "OK", previousState: "ALARM" },
  "sns-metric-insufficient": { alarmName: "cpu-high", state: "INSUFFICIENT_DATA" },
  "sns-metric-null-description": { alarmName: "cpu-high", state: "ALARM" },
  "sns-metric-extended-statistic": {
    alarmKind: "metric",
    trigger: { statistic: "p99", metricName: "TargetResponseTime" },
  },
  "sns-after-mute-window": { ...CPU, afterMuteWindow: true },
  "sns-metric-math": {
    alarmKind: "math",
    trigger: {
      threshold: 5,
      metrics: [
        { id: "e1", returnData: true },
        { metricStat: { metricName: "RequestCount", stat: "Sum", period: 60 } },
        { metricStat: { metricName: "HTTPCode_Target_5XX_Count" } },
      ],
    },
  },
  "sns-anomaly-detection": {
    alarmKind: "anomaly",
    trigger: { thresholdMetricId: "ad1", comparisonOperator: "GreaterThanUpperThreshold" },
    measured: { values: [0.8, 0.9], upper: 0.33 },
  },
  "sns-metrics-insights-contributor": {
    alarmKind: "multi-series",
    contributor: { id: "6d442278dba546f6", attributes: { InstanceId: "i-0aaaaaaaaaaaaaaa1" } },
    key: `${EU}fleet-cpu|6d442278dba546f6|${AT}`,
  },
  "sns-composite": {
    alarmKind: "composite",
    alarmRule: 'ALARM("5xx-rate") OR ALARM("latency-p99")',
    children: [{ arn: `${EU}5xx-rate`, state: "ALARM", at: AT }],
  },
  "sns-composite-no-children": { alarmKind: "composite", children: [], reason: "forced test" },
  "eb-alarm-metric": {
    origin: { form: "eventbridge" },
    alarmArn: `${EU}cpu-high`,
    key: `${EU}cpu-high||${AT}`,
    description: "d",
    trigger: { metricName: "CPUUtilization", statistic: "Average", threshold: 90, period: 300 },
    measured: { values: [97.4], threshold: 90 },
  },
  "eb-alarm-composite-suppressed": {
    alarmKind: "composite",
    suppressed: { by: "WaitPeriod", reason: "Actions suppressed by WaitPeriod" },
    children: [{ arn: `${EU}5xx-rate`, state: "ALARM" }],
  },
  "lambda-action-composite": {
    origin: { form: "lambda-action" },
    alarmKind: "composite",
    alarmName: "CompositeDemo.Main",
    region: "us-east-1",
    at: Date.UTC(2023, 7, 4, 12, 56, 46, 138),
    children: [{ arn: "arn:aws:cloudwatch:us-east-1:111122223333:alarm:CompositeDemo.FirstChild" }],
  },
  "eb-health": {
    kind: "notice",
    source: "health",
    severity: "warning",
    title: "AWS Health: ec2 instance retirement scheduled",
    resource: "i-0123456789abcdef0",
  },
  "eb-guardduty": {
    source: "guardduty",
    severity: "critical",
    title: "GuardDuty: SSH brute force",
    key: "guardduty|eu-west-1|f1",
    resource: "i-0123456789abcdef0",
  },
  "eb-codepipeline": { source: "codepipeline", severity: "warning", title: "Pipeline web: failed" },
  "sns-autoscaling": {
    source: "autoscaling",
    severity: "info",
    title: "Auto Scaling web: terminate",
    resource: "i-0123456789abcdef0",
    at: Date.UTC(2026, 10, 1, 10, 1),
  },
  "sns-rds-event": {
    source: "rds",
    title: "DB instance db1: Multi-AZ instance failover completed",
    resource: "db1",
    account: "111122223333",
    at: Date.UTC(2026, 10, 1, 10),
    link: "https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id=db1",
  },
  "sns-budget-text": {
    source: "budgets",
    title: "Budget total: actual $41.45, alert threshold > $21.00",
    account: "111122223333",
    resource: "total",
  },
};

/** EventBridge events that come through a topic are the same but for their origin. */
const WRAPPED = [
  "eb-alarm-metric",
  "eb-alarm-composite-suppressed",
  "eb-health",
  "eb-guardduty",
  "eb-codepipeline",
];

describe("every payload", () => {
  it("has its expectation", () => {
    const files = readdirSync(FOLDER).map((name) => name.replace(".json", ""));
    expect(files.sort()).toEqual(
      [...Object.keys(EXPECTED), ...WRAPPED.map((name) => `sns-wrapped-${name}`)].sort(),
    );
  });

  it.each(Object.entries(EXPECTED))("%s", (name, expected) => {
    expect(only(fixture(name))).toMatchObject(expected);
  });

  it.each(WRAPPED)("%s through a topic", (name) => {
    const { origin, ...event } = only(json(`sns-wrapped-${name}`));
    const { origin: direct, ...same } = only(json(name));
    expect(event).toEqual(same);
    expect(direct).toEqual({ form: "eventbridge" });
    expect(origin).toMatchObject({ form: "sns", topicArn: "arn:aws:sns:eu-west-1:111122223333:ops-alarms" });
  });

  it.each(Object.keys(EXPECTED).filter((name) => name.startsWith("sns-")))(
    "%s by every way is one event",
    (name) => {
      const sns = json(name).Records[0].Sns;
      const { SigningCertUrl, UnsubscribeUrl, ...rest } = sns;
      const http = { ...rest, SigningCertURL: SigningCertUrl, UnsubscribeURL: UnsubscribeUrl };
      const sqs = (body: string) => ({
        Records: [
          { messageId: "q1", body, eventSource: "aws:sqs", attributes: { SentTimestamp: String(NOW) } },
        ],
      });
      const byLambda = only(json(name));
      const byHttp = only(JSON.stringify(http));
      const byQueue = only(sqs(JSON.stringify(http)));
      const raw = only(sqs(sns.Message));
      expect({ ...byHttp, origin: byLambda.origin }).toEqual(byLambda);
      expect({ ...byQueue, origin: byLambda.origin }).toEqual(byLambda);
      expect(byQueue.origin).toMatchObject({ recordId: "q1", messageId: sns.MessageId });
      if (raw.kind === "alarm") expect({ ...raw, origin: byLambda.origin }).toEqual(byLambda);
      else expect(raw.kind).toBe("notice");
    },
  );
});

describe("alarms", () => {
  it("have our mark taken off their description, and read", () => {
    const description = "CPU is high.\n[wk1 web-team production/cpu-high/i-0a%231b dQx1Zk3a]";
    const event = only({ ...message("sns-metric-alarm"), AlarmDescription: description });
    expect(event.description).toBe("CPU is high.");
    expect(event.mark).toEqual({
      configuration: "web-team",
      policy: "production",
      alarm: "cpu-high",
      resource: "i-0a#1b",
    });
  });

  it("have nothing left of a description that was only a mark", () => {
    const event = only({ ...message("sns-metric-alarm"), AlarmDescription: "[wk9 a b/c/d x y z]" });
    expect(event).not.toHaveProperty("description");
    expect(event.mark).toMatchObject({ configuration: "a", policy: "b", alarm: "c" });
  });

  it.each([
    [
      "list",
      {
        AlarmTags: [
          { Key: "team", Value: "web" },
          { key: "tier", value: "1" },
        ],
      },
    ],
    ["map", { AlarmTags: { team: "web", tier: "1" } }],
  ])("have tags as a %s", (_, tags) => {
    expect(only({ ...message("sns-metric-alarm"), ...tags }).tags).toEqual({ team: "web", tier: "1" });
    const event = json("eb-alarm-metric");
    expect(only({ ...event, detail: { ...event.detail, alarmTags: tags.AlarmTags } }).tags).toEqual({
      team: "web",
      tier: "1",
    });
  });

  it("tell of a mute rule and its end", () => {
    const event = json("eb-alarm-metric");
    const muteDetail = {
      mutedByArn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm-mute-rule:nights",
      muteWindowStart: "2026-11-01T00:00:00Z",
      muteWindowEnd: "2026-11-01T12:00:00Z",
    };
    expect(only({ ...event, detail: { ...event.detail, muteDetail } }).suppressed).toEqual({
      by: "mute rule",
      reason: "muted by rule nights",
      until: Date.UTC(2026, 10, 1, 12),
    });
  });

  it("can be a contributor's by EventBridge", () => {
    const event = json("eb-alarm-metric");
    const contributor = { id: "abc", attributes: { InstanceId: "i-1" } };
    const parsed = only({
      ...event,
      "detail-type": "CloudWatch Alarm Contributor State Change",
      detail: { ...event.detail, alarmContributor: contributor, previousState: undefined },
    });
    expect(parsed).toMatchObject({ alarmKind: "multi-series", contributor });
    expect(parsed.key).toBe(`${EU}cpu-high|abc|${AT}`);
  });

  it("take their region from the topic where old messages have no ARN", () => {
    const { AlarmArn, ...old } = message("sns-metric-alarm");
    const envelope = json("sns-metric-alarm");
    envelope.Records[0].Sns.TopicArn = "arn:aws-cn:sns:cn-north-1:111122223333:t";
    envelope.Records[0].Sns.Message = JSON.stringify({
      ...old,
      Trigger: { ...old.Trigger, TreatMissingData: "- TreatMissingData:                    missing" },
    });
    expect(AlarmArn).toBeDefined();
    expect(only(envelope)).toMatchObject({
      alarmArn: "arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:cpu-high",
      region: "cn-north-1",
      trigger: { treatMissingData: "missing" },
    });
  });

  it("come out of what CloudWatch's history keeps", () => {
    const published = { default: JSON.stringify(message("sns-metric-alarm")), sms: "x", email: "y" };
    expect(only(published)).toMatchObject({ alarmName: "cpu-high", state: "ALARM" });
  });

  it("are told as notices when their state is none", () => {
    for (const state of ["BROKEN", null, 3, { a: 1 }]) {
      const event = only({ ...message("sns-metric-alarm"), NewStateValue: state });
      expect(event).toMatchObject({
        kind: "notice",
        severity: "warning",
        resource: "cpu-high",
        region: "eu-west-1",
      });
      expect(event.title).toContain("reports a state that is unknown here");
    }
    const event = json("eb-alarm-metric");
    expect(only({ ...event, detail: { ...event.detail, state: { value: "?" } } }).title).toContain('"?"');
  });

  it("with a description of a megabyte are cut, not refused", () => {
    const event = only({ ...message("sns-metric-alarm"), AlarmDescription: "🔥".repeat(500_000) });
    expect(event.description).toHaveLength(4095);
    expect(event.description).not.toMatch(/\p{Surrogate}/u);
  });
});

describe("anything else", () => {
  it("that is text is told as it is", () => {
    expect(only("disk is full\non web-3")).toMatchObject({
      source: "other",
      title: "disk is full",
      text: "disk is full\non web-3",
      severity: "warning",
    });
  });

  it("that is JSON of nobody's is told as it is", () => {
    expect(only({ hello: { world: 1 } })).toMatchObject({
      title: "Message",
      text: '{\n "hello": {\n  "world": 1\n }\n}',
    });
    const event = { "detail-type": "Thing Happened", source: "acme", detail: { a: 1 }, resources: ["x"] };
    expect(only(event)).toMatchObject({ title: "Thing Happened", resource: "x", source: "other" });
  });

  it("that is broken JSON is told with what there is of it", () => {
    const event = only('{"AlarmName":"cpu-high","NewStateValue":');
    expect(event).toMatchObject({ kind: "notice", title: "Message with broken JSON" });
    expect(event.text).toContain("cpu-high");
  });

  it.each([
    ["", "empty"],
    [null, "empty"],
    [[], "empty"],
    [{ Records: [] }, "empty"],
    [new Uint8Array([0xff, 0xfe, 0x00]), "not-text"],
    ["x".repeat(9 * 1024 * 1024), "too-large"],
    [
      { Type: "SubscriptionConfirmation", TopicArn: "arn:aws:sns:eu-west-1:1:t", Message: "You have chosen" },
      "subscription",
    ],
  ])("that is no event says so (%#)", (input, code) => {
    expect(parseEvents(input, NOW)).toMatchObject({ events: [], problems: [{ code }] });
  });

  it("wrapped without end is refused", () => {
    let message = "x";
    for (let depth = 0; depth < 8; depth += 1) message = JSON.stringify({ default: message, email: "" });
    expect(parseEvents(message, NOW).problems).toMatchObject([{ code: "too-deep" }]);
    const nested = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`);
    expect(parseEvents(nested, NOW).problems).toMatchObject([{ code: "too-deep" }]);
    expect(parseEvents("[".repeat(100_000), NOW).events).toHaveLength(1);
    expect(parseEvents(`${"[".repeat(5000)}${"]".repeat(5000)}`, NOW).events).toHaveLength(1);
  });

  it("offers no link but https", () => {
    const rds = message("sns-rds-event");
    expect(only({ ...rds, "Identifier Link": "javascript:alert(1)" })).not.toHaveProperty("link");
    expect(only({ ...rds, "Identifier Link": "https://x/<script>" })).not.toHaveProperty("link");
  });

  it("of a batch comes out one by one, with the record each was in", () => {
    const record = (messageId: string, body: string) => ({ messageId, body, eventSource: "aws:sqs" });
    const { events } = parseEvents(
      { Records: [record("a", JSON.stringify(message("sns-metric-alarm"))), record("b", "text")] },
      NOW,
    );
    expect(events.map(({ origin }) => origin.recordId)).toEqual(["a", "b"]);
  });

  it("never throws, whatever is done to a right one", () => {
    const files = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
    const damaged = fc.record({
      text: fc.constantFrom(...files),
      at: fc.nat(),
      length: fc.nat(60),
      put: fc.oneof(fc.string(), fc.constantFrom("null", "[]", "{}", '"', "1e999", "__proto__")),
    });
    fc.assert(
      fc.property(damaged, ({ text, at, length, put }) => {
        const start = at % text.length;
        const { events, problems } = parseEvents(
          text.slice(0, start) + put + text.slice(start + length),
          NOW,
        );
        expect(events.length + problems.length).toBeGreaterThan(0);
        for (const event of events) expect(Number.isFinite(event.at)).toBe(true);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        parseEvents(value, NOW);
        parseEvents({ AlarmName: "x", NewStateValue: "ALARM", Trigger: value, StateChangeTime: value }, NOW);
        parseEvents(
          { "detail-type": "AWS Health Event", detail: { eventDescription: value, affectedEntities: value } },
          NOW,
        );
      }),
    );
  });
});
