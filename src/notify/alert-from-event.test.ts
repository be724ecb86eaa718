import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AlarmEvent, AlarmStateChange } from "../model/alarm-event.ts";
import type { Alert } from "../model/alert.ts";
import { alertFromEvent, fingerprintOf } from "./alert-from-event.ts";
import { type Knowledge, knowledgeOf, noKnowledge } from "./knowledge.ts";
import { severityRank } from "./labels.ts";
import { renderNotification } from "./render.ts";
import { payload } from "./test-fixtures.ts";

const FOLDER = new URL("../../test/fixtures/alarm-events/", import.meta.url);

function alertOf(event: AlarmEvent, knowledge: Knowledge = noKnowledge): Alert {
  const verdict = alertFromEvent(event, true, knowledge);
  if ("ignored" in verdict) throw new Error(verdict.ignored);
  return verdict.alert;
}

const titleOf = (alert: Alert): string =>
  renderNotification({
    group: { key: "g", labels: {} },
    channel: "c",
    reason: "first-notification",
    alerts: [alert],
    entry: undefined,
    incident: "i",
    now: alert.changedAt + 60_000,
  }).title;

const metric = (name = "sns-metric-alarm") => payload(name) as AlarmStateChange;

describe("every payload", () => {
  it.each(readdirSync(FOLDER).map((file) => file.replace(".json", "")))(
    "%s reads as it should",
    async (name) => {
      const alert = alertOf(payload(name));
      const { status, kind, labels, text } = alert;
      const shown = JSON.stringify({ title: titleOf(alert), status, kind, labels, text }, null, 2);
      await expect(`${shown}\n`).toMatchFileSnapshot(`../../test/golden/alerts/${name}.json`);
    },
  );
});

describe("what an alert says", () => {
  it("knows names, severities and runbooks from the configuration", () => {
    const resource: Knowledge["resource"] = () => ({
      name: "web-3",
      type: "ec2.instance",
      tags: { Team: "web" },
    });
    const knowledge = knowledgeOf(
      {
        name: "web-team",
        expectAccounts: [],
        severities: {
          critical: { alarm: ["oncall"], ok: [], insufficientData: [] },
          warning: { alarm: ["team"], ok: [], insufficientData: [] },
        },
        topics: {
          oncall: { key: "oncall", name: "CloudWatch-Alarms" },
          team: { key: "team", name: "ops-alarms" },
        },
        accounts: [{ name: "production", roleArn: "arn:aws:iam::111122223333:role/watchkeeper" }],
        policies: [
          {
            name: "prod",
            overrides: [
              {
                select: { tags: { Role: { anyOf: ["batch"] } } },
                alarms: { "cpu-high": { severity: "warning" } },
              },
            ],
            existing: "warn",
            merge: "keep",
            quietStart: false,
            includeAutoScalingMembers: false,
            alarms: [
              {
                key: "cpu-high",
                enabled: true,
                severity: "critical",
                about: { intent: "Busy.", runbook: "https://wiki.example.com/cpu", notes: [] },
                resourceTypes: [],
                when: {},
                requireSeen: false,
              },
            ],
          },
        ],
      },
      resource,
    );
    const mark = {
      configuration: "web-team",
      policy: "prod",
      alarm: "cpu-high",
      resource: "i-0123456789abcdef0",
    };
    const oncall = "arn:aws:sns:eu-west-1:111122223333:CloudWatch-Alarms";
    const { description, ...event } = { ...metric(), mark, alarmActions: [oncall] };
    expect(description).toBeDefined();
    const alert = alertOf(event, knowledge);
    expect(alert.labels).toMatchObject({
      severity: "critical",
      account_name: "production",
      resource_name: "web-3",
      resource_type: "ec2.instance",
      policy: "prod",
      alarm_key: "cpu-high",
      "tag:Team": "web",
      "dimension:InstanceId": "i-0123456789abcdef0",
    });
    expect(alert.text).toMatchObject({
      runbook: "https://wiki.example.com/cpu",
      description: "Busy.",
      account: { id: "111122223333", name: "production" },
    });
    expect(titleOf(alert)).toBe("ALARM  cpu-high · web-3 (i-0123456789abcdef0) · 97.4 % > 90 %");
    const severityWith = (...alarmActions: string[]) =>
      alertOf({ ...event, alarmActions }, knowledge).labels["severity"];
    expect(severityWith("arn:aws:sns:eu-west-1:111122223333:ops-alarms")).toBe("warning");
    expect(severityWith("arn:aws:sns:eu-west-1:111122223333:other")).toBe("critical");
    expect(severityWith()).toBe("critical");
    const other = alertOf({ ...event, mark: { ...mark, configuration: "other" } }, knowledge);
    expect(other.labels["severity"]).toBe("warning");
  });

  it("leaves the runbook's line out of the description: it has a place of its own", () => {
    const text = (runbook: string) =>
      alertOf({ ...metric(), tags: { runbook }, description: "Busy.\nRunbook: ask Eva" }).text;
    expect(text("ask Eva").description).toBe("Busy.");
    expect(text("ask Adam").description).toBe("Busy.\nRunbook: ask Eva");
  });

  it("takes severity and runbook from the alarm's tags first", () => {
    const alert = alertOf({ ...metric(), tags: { Severity: "Critical", runbook: "ask Eva" } });
    expect(alert.labels).toMatchObject({ severity: "critical", "tag:Severity": "Critical" });
    expect(alert.text.facts).toEqual([{ label: "Runbook", value: "ask Eva" }]);
    expect(alert.text).not.toHaveProperty("runbook");
  });

  it("shows what recovered against the threshold it is below again", () => {
    const event = metric("sns-metric-ok");
    const alert = alertOf({ ...event, measured: { values: [42.123], threshold: 90 } });
    expect(alert.text.measured).toBe("42.1 % (alarm at > 90 %)");
    expect(titleOf(alert)).toMatch(/^OK {2}cpu-high · i-0123456789abcdef0 · after /);
  });

  it("shows values of metric math in the unit of their label", () => {
    const event = metric("sns-metric-math");
    const [first, ...others] = event.trigger?.metrics ?? [];
    const trigger = {
      ...event.trigger,
      dimensions: [],
      threshold: 10,
      metrics: [{ id: "e1", expression: "x", ...first, label: "Mbit/s" }, ...others],
    };
    const alert = alertOf({ ...event, trigger, measured: { values: [12.34] } });
    expect(alert.text.measured).toBe("12.3 Mbit/s > 10 Mbit/s");
  });

  it.each([
    [
      "cn-north-1",
      "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/a%2Fb%20%25",
    ],
    [
      "us-gov-west-1",
      "https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#alarmsV2:alarm/a%2Fb%20%25",
    ],
    [
      "eu-west-1",
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%2Fb%20%25",
    ],
  ])("links to the console of %s", (region, link) => {
    expect(alertOf({ ...metric(), region, alarmName: "a/b %" }).text.console).toBe(link);
  });

  it("links nowhere a forged region leads", () => {
    expect(alertOf({ ...metric(), region: "evil.example/?" }).text).not.toHaveProperty("console");
    expect(alertOf({ ...metric(), alarmName: "\ud800" }).text.console).toContain("%EF%BF%BD");
    const runbook = alertOf({ ...metric(), description: "Runbook: javascript:alert(1)" });
    expect(runbook.text).not.toHaveProperty("runbook");
  });

  it("is plain text on one line where a line is meant, with nothing invisible", () => {
    const alarmName = "a\r\nb\u0000\u202e<b>@everyone</b>\u200b *x*";
    const alert = alertOf({ ...metric(), alarmName, description: "one\r\n\u0007two\ttabs", reason: "" });
    expect(alert.text.name).toBe("a b<b>@everyone</b> *x*");
    expect(alert.text.description).toBe("one\ntwo  tabs");
    expect(alert.text).not.toHaveProperty("reason");
    expect(titleOf(alert)).not.toMatch(/[\r\n\u202e]/);
  });

  it("stays small whatever comes in", () => {
    const long = "x".repeat(1_000_000);
    const alert = alertOf({
      ...metric(),
      alarmName: long,
      reason: long,
      description: long,
      alarmRule: long,
      contributor: { id: "1", attributes: { InstanceId: long } },
    });
    expect(JSON.stringify(alert.text).length).toBeLessThan(10_000);
  });

  it("tells when nothing is known of missing data", () => {
    const event = metric("sns-metric-insufficient");
    expect(alertFromEvent(event, false, noKnowledge)).toHaveProperty("ignored");
    const { tellsNoData, ...unknown } = event;
    expect(tellsNoData).toBe(false);
    expect(alertFromEvent(unknown, false, noKnowledge)).toHaveProperty("ignored");
    expect(alertOf(unknown).text.state).toBe("NO DATA");
  });

  it("is known by alarm and contributor, not by state or labels", () => {
    const event = metric();
    expect(fingerprintOf({ ...event, state: "OK", tags: { a: "b" }, at: 1 })).toBe(fingerprintOf(event));
    expect(fingerprintOf({ ...event, contributor: { id: "1", attributes: {} } })).not.toBe(
      fingerprintOf(event),
    );
  });

  it("ranks severities", () => {
    const order = ["critical", "sev2", "warning", "info"];
    expect([...order].sort((a, b) => severityRank(b) - severityRank(a))).toEqual(order);
  });
});
