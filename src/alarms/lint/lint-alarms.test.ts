import { describe, expect, it } from "vitest";
import type { AlarmSpec, CompositeAlarmSpec, MetricAlarmSpec } from "../../model/alarm-spec.ts";
import { SeriesIndex } from "../desired/series/series.ts";
import { definition, instance, policy } from "../test-fixtures.ts";
import { LintCollector } from "./lint-alarms.ts";
import {
  type AlarmPast,
  type LintFacts,
  type LintSubject,
  type LiveFacts,
  lintSubject,
} from "./lint-rule.ts";
import { LINT_RULE_NAMES, type LintRuleName } from "./registry.ts";
import { findTwins } from "./twins.ts";

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";
const TEAM = `arn:aws:sns:${REGION}:${ACCOUNT}:team`;
const NOW = new Date("2026-03-01T12:00:00Z");
const DAY = 86_400_000;

/** CPU above 90 % for three periods of five minutes: nothing to complain of. */
function cpu(more: Partial<MetricAlarmSpec> = {}): MetricAlarmSpec {
  return {
    kind: "metric",
    alarmName: "cpu",
    actionsEnabled: true,
    okActions: [],
    alarmActions: [TEAM],
    insufficientDataActions: [],
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    dimensions: [{ name: "InstanceId", value: "i-0a1b" }],
    statistic: "Average",
    period: 300,
    evaluationPeriods: 3,
    threshold: 90,
    comparisonOperator: "GreaterThanThreshold",
    ...more,
  };
}

function composite(more: Partial<CompositeAlarmSpec> = {}): CompositeAlarmSpec {
  const { alarmName, actionsEnabled, okActions, alarmActions, insufficientDataActions } = cpu();
  const alarmRule = 'ALARM("cpu") AND NOT ALARM("deploying")';
  return {
    kind: "composite",
    alarmName: `${alarmName}-frozen`,
    actionsEnabled,
    okActions,
    alarmActions,
    insufficientDataActions,
    alarmRule,
    ...more,
  };
}

/** Metric math over sums of Errors and Requests. */
function math(expression: string, stat = "Sum"): MetricAlarmSpec {
  const { metricName: _m, namespace: _n, dimensions: _d, statistic: _s, period: _p, ...rest } = cpu();
  const metric = (id: string, metricName: string) => ({
    id,
    metricStat: { namespace: "Acme", metricName, dimensions: [], period: 60, stat },
    returnData: false,
  });
  return {
    ...rest,
    treatMissingData: "notBreaching",
    metrics: [
      metric("errors", "Errors"),
      metric("requests", "Requests"),
      { id: "rate", expression, returnData: true },
    ],
  };
}

const live = (more: Partial<LiveFacts> = {}): LiveFacts => ({
  stateValue: "OK",
  since: NOW,
  actionsEnabled: true,
  updatedAt: NOW,
  ours: false,
  settling: false,
  ...more,
});

const past = (more: Partial<AlarmPast>): NonNullable<LintFacts["past"]> => ({
  days: 14,
  of: new Map([
    ["cpu", { alarms: 0, flaps: 0, dataEnds: 0, failedActions: 0, lastFailure: undefined, ...more }],
  ]),
});

function series(...sets: readonly (readonly [string, string])[][]): SeriesIndex {
  const index = new SeriesIndex();
  const query = { namespace: "AWS/EC2", metricName: "CPUUtilization" };
  index.addMetric(query);
  for (const set of sets)
    index.add(
      query,
      set.map(([name, value]) => ({ name, value })),
    );
  return index;
}

const resources = (
  ...found: readonly ReturnType<typeof instance>[]
): NonNullable<LintFacts["resources"]> => ({
  find: (type, id) => found.find((resource) => resource.type === type && resource.id === id),
  complete: (type) => type === "ec2.instance",
});

function judge(spec: AlarmSpec, facts: LintFacts = {}, more: Partial<LintSubject> = {}) {
  const collector = new LintCollector(LINT_RULE_NAMES);
  collector.judge(lintSubject({ spec, account: ACCOUNT, region: REGION, ...more }), facts);
  return collector.findings();
}

const found = (...args: Parameters<typeof judge>): readonly string[] =>
  judge(...args).map(({ rule, severity }) => `${severity} ${rule}`);

describe("an alarm that is well", () => {
  it("has nothing said of it, whatever is known", () => {
    const spec = cpu();
    const facts: LintFacts = {
      now: NOW,
      alarmNames: new Set(["cpu"]),
      children: new Set(),
      twins: findTwins([spec]),
      series: series([["InstanceId", "i-0a1b"]]),
      topics: new Set([TEAM]),
      topicKeys: new Map([[TEAM, "arn:aws:kms:eu-central-1:111122223333:key/1"]]),
      past: past({ alarms: 3 }),
      resources: resources(instance("i-0a1b")),
    };
    expect(judge(spec, facts, { live: live(), definition: definition(), policy: policy() })).toEqual([]);
  });
});

describe("rules about one alarm", () => {
  const disk = (more: Partial<MetricAlarmSpec>): MetricAlarmSpec =>
    cpu({ namespace: "CWAgent", metricName: "disk_used_percent", ...more });
  const lows = { comparisonOperator: "LessThanThreshold" } as const;

  it.each<[string, AlarmSpec, readonly string[]]>([
    ["a percentage above 100", cpu({ threshold: 120 }), ["error impossible-threshold"]],
    ["a percentage above 100 itself", cpu({ threshold: 100 }), ["error impossible-threshold"]],
    [
      "a percentage that reaches 100",
      cpu({ threshold: 100, comparisonOperator: "GreaterThanOrEqualToThreshold" }),
      [],
    ],
    ["a percentage below 0", cpu({ ...lows, threshold: 0 }), ["error impossible-threshold"]],
    ["a sum of percentages above 100", cpu({ statistic: "Sum", threshold: 120 }), []],
    [
      "a negative count",
      cpu({ metricName: "NetworkPacketsIn", ...lows, threshold: -1 }),
      ["error impossible-threshold"],
    ],
    [
      "what nobody knows below 0",
      cpu({ namespace: "Acme", metricName: "Balance", ...lows, threshold: -1 }),
      [],
    ],
    [
      "any value at all",
      cpu({ comparisonOperator: "GreaterThanOrEqualToThreshold", threshold: 0 }),
      ["error always-breaching"],
    ],
    ["a percentage below 101", cpu({ ...lows, threshold: 101 }), ["error always-breaching"]],
    [
      "samples that never come to 0",
      cpu({ statistic: "SampleCount", ...lows, threshold: 1 }),
      ["error silent-heartbeat"],
    ],
    [
      "samples, with silence that counts",
      cpu({ statistic: "SampleCount", ...lows, threshold: 1, treatMissingData: "breaching" }),
      [],
    ],
    ["the wrong unit", cpu({ unit: "Bytes" }), ["error wrong-unit"]],
    ["the right unit", cpu({ unit: "Percent" }), []],
    [
      "a unit of a metric of one's own",
      cpu({ namespace: "Acme", metricName: "Age", unit: "Seconds" }),
      ["info wrong-unit"],
    ],
    [
      "credits every minute",
      cpu({ metricName: "CPUCreditBalance", ...lows, threshold: 5, period: 60 }),
      ["warning short-period"],
    ],
    ["M above N", cpu({ datapointsToAlarm: 4 }), ["error refused"]],
    ["seconds of a metric of minutes", cpu({ period: 10 }), ["error refused"]],
    ["one period of CPU", cpu({ evaluationPeriods: 1 }), ["warning single-datapoint"]],
    ["one of three periods of CPU", cpu({ datapointsToAlarm: 1 }), ["warning single-datapoint"]],
    ["one hour of CPU", cpu({ evaluationPeriods: 1, period: 3600 }), []],
    [
      "one check",
      cpu({ metricName: "StatusCheckFailed", statistic: "Maximum", evaluationPeriods: 1, threshold: 0 }),
      [],
    ],
    [
      "p99 of few",
      cpu({ namespace: "Acme", metricName: "Time", statistic: undefined as never, extendedStatistic: "p99" }),
      ["warning low-sample-percentile"],
    ],
    [
      "p99 that waits for enough",
      cpu({
        namespace: "Acme",
        metricName: "Time",
        statistic: undefined as never,
        extendedStatistic: "p99",
        evaluateLowSampleCountPercentile: "ignore",
      }),
      [],
    ],
    [
      "an average of errors",
      cpu({
        namespace: "AWS/ApplicationELB",
        metricName: "HTTPCode_Target_5XX_Count",
        treatMissingData: "notBreaching",
      }),
      ["warning counter-statistic"],
    ],
    [
      "errors whose silence is unknown",
      cpu({ namespace: "AWS/ApplicationELB", metricName: "HTTPCode_Target_5XX_Count", statistic: "Sum" }),
      ["warning sparse-metric"],
    ],
    ["a stop that is an alarm", cpu({ treatMissingData: "breaching" }), ["warning pages-every-stop"]],
    [
      "a heartbeat that may fall silent",
      cpu({
        namespace: "Acme",
        metricName: "Heartbeat",
        ...lows,
        threshold: 1,
        treatMissingData: "notBreaching",
      }),
      ["warning hides-death"],
    ],
    [
      "a heartbeat that may not",
      cpu({
        namespace: "Acme",
        metricName: "Heartbeat",
        ...lows,
        threshold: 1,
        treatMissingData: "breaching",
      }),
      [],
    ],
    ["no action", cpu({ alarmActions: [] }), ["warning no-action"]],
    [
      "a topic elsewhere",
      cpu({ alarmActions: ["arn:aws:sns:us-east-1:111122223333:team"] }),
      ["error missing-topic"],
    ],
    [
      "a page for a disk of 85 %",
      disk({ threshold: 85, alarmActions: [TEAM.replace("team", "oncall")] }),
      ["warning night-page"],
    ],
    [
      "a page for a disk of 95 %",
      disk({ threshold: 95, alarmActions: [TEAM.replace("team", "oncall")] }),
      [],
    ],
    ["a note for a disk of 85 %", disk({ threshold: 85 }), []],
    ["a bare ratio", math("100 * errors / requests"), ["warning unguarded-ratio"]],
    [
      "a guarded ratio",
      math("IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"),
      ["warning fill-sticks"],
    ],
    ["division by a number", math("errors / 300"), ["warning doubtful"]],
    [
      "parts that may be missing apart",
      math("100 * errors / (errors + requests)", "Average"),
      ["warning unguarded-ratio"],
    ],
  ])("%s", (_, spec, expected) => {
    expect(found(spec)).toEqual(expected);
  });

  it.each<[string, string, Readonly<Record<string, string | boolean>>, readonly string[]]>([
    ["BurstBalance of gp3", "BurstBalance", { volumeType: "gp3" }, ["error never-published"]],
    [
      "BurstBalance of a large gp2",
      "BurstBalance",
      { volumeType: "gp2", burstBalance: false },
      ["error never-published"],
    ],
    ["BurstBalance of a small gp2", "BurstBalance", { volumeType: "gp2", burstBalance: true }, []],
  ])("%s", (_, metricName, facts, expected) => {
    const spec = cpu({
      namespace: "AWS/EBS",
      metricName,
      dimensions: [{ name: "VolumeId", value: "vol-0a" }],
      comparisonOperator: "LessThanThreshold",
      threshold: 20,
    });
    const resource = instance("vol-0a", { type: "ebs.volume", state: "in-use", facts });
    expect(found(spec, {}, { resource })).toEqual(expected);
  });

  it("a definition that leaves out whom it can't be for", () => {
    const spec = cpu({
      metricName: "CPUCreditBalance",
      comparisonOperator: "LessThanThreshold",
      threshold: 5,
    });
    const from = (when: Readonly<Record<string, boolean>>) => ({
      policy: policy(),
      definition: definition({ when }),
    });
    expect(found(spec, {}, from({}))).toEqual(["warning never-published"]);
    expect(found(spec, {}, from({ burstable: true }))).toEqual([]);
  });

  it("severity says who is woken, not the topic's name", () => {
    const critical = { policy: policy(), definition: definition({ severity: "critical" }) };
    const info = { policy: policy(), definition: definition({ severity: "info" }) };
    expect(found(cpu(), {}, critical)).toEqual(["warning night-page"]);
    expect(found(cpu({ alarmActions: [] }), {}, info)).toEqual([]);
  });
});

describe("rules about an alarm in its account", () => {
  const oncall = (name: string) => `arn:aws:sns:${REGION}:${ACCOUNT}:${name}`;
  const names = new Set(["cpu", "cpu-frozen"]);
  const long = new Date(NOW.getTime() - 9 * DAY);

  it.each<[string, LintRuleName, AlarmSpec, LintFacts, Partial<LintSubject>, RegExp | undefined]>([
    [
      "a topic that is gone",
      "missing-topic",
      cpu(),
      { topics: new Set([oncall("other")]) },
      {},
      /team doesn't exist/,
    ],
    [
      "a topic of somebody else",
      "missing-topic",
      cpu({ alarmActions: ["arn:aws:sns:eu-central-1:999999999999:x"] }),
      { topics: new Set() },
      {},
      undefined,
    ],
    [
      "a topic under AWS's key",
      "encrypted-topic",
      cpu(),
      { topicKeys: new Map([[TEAM, "alias/aws/sns"]]) },
      {},
      /alias\/aws\/sns/,
    ],
    [
      "a child that is gone",
      "child-gone",
      composite(),
      { alarmNames: names },
      {},
      /"deploying", which doesn't exist/,
    ],
    [
      "a child by its ARN",
      "child-gone",
      composite({ alarmRule: `ALARM("arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:cpu")` }),
      { alarmNames: names },
      {},
      undefined,
    ],
    [
      "a suppressor that is gone",
      "child-gone",
      composite({
        alarmRule: "ALARM(cpu)",
        actionsSuppressor: "quiet",
        actionsSuppressorWaitPeriod: 60,
        actionsSuppressorExtensionPeriod: 60,
      }),
      { alarmNames: names },
      {},
      /suppressor "quiet"/,
    ],
    [
      "a child needs no action",
      "no-action",
      cpu({ alarmActions: [] }),
      { children: new Set(["cpu"]) },
      {},
      undefined,
    ],
    [
      "another dimension set",
      "no-such-metric",
      cpu(),
      {
        series: series([
          ["InstanceId", "i-0a1b"],
          ["ImageId", "ami-1"],
        ]),
      },
      {},
      /published with ImageId=ami-1, InstanceId=i-0a1b/,
    ],
    [
      "fewer dimensions",
      "no-such-metric",
      cpu({
        dimensions: [
          { name: "InstanceId", value: "i-0a1b" },
          { name: "Zone", value: "a" },
        ],
      }),
      { series: series([["InstanceId", "i-0a1b"]]) },
      {},
      /published with InstanceId=i-0a1b/,
    ],
    [
      "nothing like it",
      "no-such-metric",
      cpu(),
      { series: series([["InstanceId", "i-0c"]]) },
      {},
      /no data in two weeks/,
    ],
    ["a metric that wasn't read", "no-such-metric", cpu(), { series: new SeriesIndex() }, {}, undefined],
    [
      "a stopped instance",
      "no-such-metric",
      cpu(),
      { series: series() },
      { resource: instance("i-0a1b", { state: "stopped" }) },
      undefined,
    ],
    [
      "an alarm that waits for its metric",
      "no-such-metric",
      cpu(),
      { series: series() },
      { createOnlyIfSeen: true },
      undefined,
    ],
    [
      "a resource that is gone",
      "resource-gone",
      cpu(),
      { resources: resources() },
      { live: live() },
      /instance i-0a1b is gone/,
    ],
    [
      "a resource that is terminated",
      "resource-gone",
      cpu(),
      { resources: resources(instance("i-0a1b", { state: "terminated" })) },
      { live: live() },
      /is gone/,
    ],
    [
      "a listing that isn't whole",
      "resource-gone",
      cpu({ dimensions: [{ name: "VolumeId", value: "vol-0a" }] }),
      { resources: resources() },
      { live: live() },
      undefined,
    ],
    [
      "a flapping alarm",
      "flapping",
      cpu(),
      { past: past({ alarms: 9, flaps: 6 }) },
      {},
      /9 times in 14 days, 6 of them within an hour/,
    ],
    ["an alarm twice a day", "flapping", cpu(), { past: past({ alarms: 28 }) }, {}, /28 times/],
    ["an alarm once a day", "flapping", cpu(), { past: past({ alarms: 14, flaps: 1 }) }, {}, undefined],
    [
      "data that come and go",
      "data-flapping",
      cpu(),
      { past: past({ dataEnds: 5 }) },
      {},
      /INSUFFICIENT_DATA 5 times/,
    ],
    [
      "actions that failed",
      "failed-actions",
      cpu(),
      { past: past({ failedActions: 2, lastFailure: "Failed to execute action x" }) },
      {},
      /2 actions failed in 14 days, the last: Failed to execute/,
    ],
    [
      "actions that are off for long",
      "actions-disabled",
      cpu(),
      { now: NOW },
      { live: live({ actionsEnabled: false, updatedAt: long }) },
      /off, for 9 days/,
    ],
    [
      "actions that are off while it settles",
      "actions-disabled",
      cpu(),
      { now: NOW },
      { live: live({ actionsEnabled: false, settling: true }) },
      undefined,
    ],
    [
      "an alarm nobody answers",
      "stuck-in-alarm",
      cpu(),
      { now: NOW },
      { live: live({ stateValue: "ALARM", since: long }) },
      /in ALARM for 9 days/,
    ],
    [
      "an alarm that is new",
      "stuck-in-alarm",
      cpu(),
      { now: NOW },
      { live: live({ stateValue: "ALARM" }) },
      undefined,
    ],
    [
      "an alarm without data",
      "stuck-without-data",
      cpu(),
      { now: NOW },
      { live: live({ stateValue: "INSUFFICIENT_DATA", since: long }) },
      /without data for 9 days/,
    ],
    [
      "a twin",
      "duplicate-alarm",
      cpu(),
      { twins: findTwins([cpu(), cpu({ alarmName: "tf-cpu", alarmActions: [] })]) },
      {},
      /same condition as "tf-cpu"/,
    ],
    [
      "a twin, told by the other",
      "duplicate-alarm",
      cpu({ alarmName: "tf-cpu" }),
      { twins: findTwins([cpu(), cpu({ alarmName: "tf-cpu" })]) },
      {},
      undefined,
    ],
    [
      "a warning and a critical alarm",
      "duplicate-alarm",
      cpu(),
      { twins: findTwins([cpu(), cpu({ alarmName: "tf-cpu", threshold: 95 })]) },
      {},
      undefined,
    ],
  ])("%s", (_, rule, spec, facts, more, message) => {
    const of = judge(spec, facts, more).filter((finding) => finding.rule === rule);
    if (message === undefined) expect(of).toEqual([]);
    else expect(of).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
  });

  it("says nothing of what it doesn't know", () => {
    expect(judge(cpu(), { now: NOW }, { live: live() })).toEqual([]);
  });
});

describe("findings", () => {
  it("of alarms of one definition are one, with every alarm", () => {
    const collector = new LintCollector(["impossible-threshold"]);
    const of = { policy: policy(), definition: definition({ about: { notes: ["noisy: yes"] } }) };
    for (let i = 0; i < 3000; i += 1)
      collector.judge(
        lintSubject({
          spec: cpu({ alarmName: `cpu-${i}`, threshold: 120 }),
          account: ACCOUNT,
          region: REGION,
          ...of,
        }),
        {},
      );
    const [finding, ...more] = collector.findings();
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ definition: "production/cpu-high", notes: ["noisy: yes"] });
    expect(finding?.alarms).toHaveLength(3000);
    expect(collector.judged).toBe(3000);
  });

  it("that an alarm wants to be left out are counted", () => {
    const collector = new LintCollector(LINT_RULE_NAMES);
    const spec = cpu({ threshold: 120, evaluationPeriods: 1 });
    const ignoring = definition({ lint: { ignore: ["impossible-threshold"] } });
    collector.judge(
      lintSubject({ spec, account: ACCOUNT, region: REGION, policy: policy(), definition: ignoring }),
      {},
    );
    expect(collector.findings().map(({ rule }) => rule)).toEqual(["single-datapoint"]);
    expect(collector.ignored).toBe(1);
  });
});
