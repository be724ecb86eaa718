import { describe, expect, it } from "vitest";
import { runbookOf } from "../../test/support/guard-cases.ts";
import type { AlarmStateChange, AlarmTrigger } from "../model/alarm-event.ts";
import { parseMatchers } from "../model/matcher.ts";
import { instanceOf, runbooksFor } from "./select-runbook.ts";

const INSTANCE = "i-0123456789abcdef0";

function event(parts: Partial<AlarmStateChange>): AlarmStateChange {
  return {
    kind: "alarm",
    key: "k",
    origin: { form: "sns" },
    account: "111122223333",
    region: "eu-central-1",
    at: 0,
    alarmKind: "metric",
    alarmArn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:frozen",
    alarmName: "frozen",
    state: "ALARM",
    reason: "",
    children: [],
    afterMuteWindow: false,
    tags: {},
    alarmActions: [],
    ...parts,
  };
}

const on = (...ids: readonly string[]): AlarmTrigger["dimensions"] =>
  ids.map((value) => ({ name: "InstanceId", value }));
const metric = (id: string, instance: string, accountId?: string) => ({
  id,
  metricStat: {
    namespace: "AWS/EC2",
    metricName: "NetworkIn",
    dimensions: on(instance),
    period: 60,
    stat: "Sum",
  },
  ...(accountId === undefined ? {} : { accountId }),
});
const reasonOf = (parts: Partial<AlarmStateChange>): string => {
  const found = instanceOf(event(parts));
  return "reason" in found ? `${found.reason.code}: ${found.reason.text}` : found.id;
};

describe("the instance of an alarm", () => {
  const here = { id: INSTANCE, account: "111122223333", region: "eu-central-1" };

  it("is its metric's dimension", () => {
    const dimensions = [{ name: "path", value: "/" }, ...on(INSTANCE)];
    expect(instanceOf(event({ trigger: { dimensions } }))).toEqual(here);
  });

  it("is that of all metrics of an expression", () => {
    const metrics = [{ id: "e", expression: "a+b" }, metric("a", INSTANCE), metric("b", INSTANCE)];
    expect(instanceOf(event({ alarmKind: "math", trigger: { dimensions: [], metrics } }))).toEqual(here);
  });

  it("may be in another account", () => {
    const metrics = [metric("a", INSTANCE, "444455556666")];
    expect(instanceOf(event({ trigger: { dimensions: [], metrics } }))).toEqual({
      ...here,
      account: "444455556666",
    });
  });

  it("is the contributor that is ill", () => {
    const contributor = { id: "c", attributes: { InstanceId: INSTANCE } };
    expect(instanceOf(event({ alarmKind: "multi-series", contributor }))).toEqual(here);
  });

  it("is none where it can't be told", () => {
    expect(reasonOf({ alarmKind: "composite", trigger: { dimensions: on(INSTANCE) } })).toMatch(
      /^composite-alarm: "frozen" is a composite alarm/,
    );
    expect(reasonOf({ trigger: { dimensions: [{ name: "QueueName", value: "q" }] } })).toBe(
      'no-instance: no metric of "frozen" has the dimension InstanceId',
    );
    const metrics = [metric("a", INSTANCE), metric("b", "i-0123456789abcdef1")];
    expect(reasonOf({ trigger: { dimensions: [], metrics } })).toMatch(
      /^several-instances: "frozen" is about 2/,
    );
    expect(reasonOf({ trigger: { dimensions: on("web-1; reboot") } })).toBe(
      'no-instance: "web-1; reboot" is no instance\'s id',
    );
  });

  it("is never what a description says", () => {
    expect(reasonOf({ description: INSTANCE, alarmName: `frozen-${INSTANCE}` })).toMatch(/^no-instance/);
  });
});

describe("the runbooks of an alarm", () => {
  const triggered = (name: string, ...trigger: readonly string[]) =>
    runbookOf({ name, trigger: trigger.map((text) => parseMatchers(text) as never) });
  const policy = {
    dryRun: false,
    runbooks: [
      triggered("first", 'alarm_key="status-instance"', 'metric=~"StatusCheck.*", tag:Team="web"'),
      triggered("second", 'alarm_key=~"status-.*"'),
      triggered("by-hand"),
    ],
  };
  const names = (labels: Readonly<Record<string, string>>) =>
    runbooksFor(policy, labels).map(({ name }) => name);

  it("are those of which any trigger holds whole, in their order", () => {
    expect(names({ alarm_key: "status-instance" })).toEqual(["first", "second"]);
    expect(names({ metric: "StatusCheckFailed", "tag:Team": "web" })).toEqual(["first"]);
    expect(names({ metric: "StatusCheckFailed" })).toEqual([]);
    expect(names({})).toEqual([]);
  });
});
