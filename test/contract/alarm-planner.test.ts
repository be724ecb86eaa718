// Planning and applying alarms through the SDK against the local cloud, which validates and stores as CloudWatch does.
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { snapshotSchemas } from "../../scripts/snapshot-schemas.ts";
import type { AlarmPlannerOptions } from "../../src/alarms/alarm-planner-options.ts";
import type { DesiredAlarm } from "../../src/alarms/desired/desired-alarm.ts";
import { connect } from "../../src/aws/connect.ts";
import type { AwsSession } from "../../src/aws/session.ts";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import { VirtualClock } from "../../src/local/clock.ts";
import { createLocalCloud } from "../../src/local/server.ts";
import type { CompositeAlarmSpec } from "../../src/model/alarm-spec.ts";
import { silentLogger } from "../../src/support/context.ts";
import {
  applied,
  compositeAlarm,
  cpuAlarm,
  desiredOf,
  plannerFor,
  SkippingClock,
  TOPIC,
} from "../support/desired.ts";

const [MAIN] = DEFAULT_ACCOUNTS as [(typeof DEFAULT_ACCOUNTS)[0]];
let session: AwsSession;
let clock: SkippingClock;

beforeAll(async () => {
  await snapshotSchemas();
});

beforeEach(async () => {
  clock = new SkippingClock("2026-11-20T10:00:00Z");
  const local = createLocalCloud({ clock: new VirtualClock({ start: clock.now(), host: () => 0 }) });
  const { accounts, close } = await connect({
    accounts: [],
    context: { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger },
    environment: {
      AWS_ACCESS_KEY_ID: MAIN.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MAIN.secretAccessKey,
      AWS_REGION: "eu-central-1",
    },
    version: "0.0.0",
    requestHandler: local.requestHandler(),
  });
  const [account] = accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  session = account.session;
  return () => {
    close();
    local.close();
  };
});

const dimensions = [{ name: "InstanceId", value: "i-1" }];
const stat = { namespace: "AWS/EC2", metricName: "NetworkOut", dimensions, period: 300, stat: "Average" };

/** One of every kind. */
const every: readonly DesiredAlarm[] = [
  cpuAlarm("i-1"),
  cpuAlarm("i-2", {
    unit: "Percent",
    datapointsToAlarm: 2,
    treatMissingData: "breaching",
    okActions: [TOPIC],
  }),
  withoutMetric("percentile", {
    extendedStatistic: "p99",
    evaluateLowSampleCountPercentile: "ignore",
    namespace: "AWS/EC2",
    metricName: "NetworkOut",
    dimensions,
    period: 60,
  }),
  withoutMetric("math", {
    metrics: [
      { id: "rate", expression: "out * 8 / 300", label: "bit/s", returnData: true },
      { id: "out", metricStat: { ...stat, stat: "Sum" }, returnData: false },
    ],
  }),
  withoutMetric("band", {
    threshold: undefined,
    comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
    thresholdMetricId: "band",
    metrics: [
      { id: "band", expression: "ANOMALY_DETECTION_BAND(out, 3)" },
      { id: "out", metricStat: stat },
    ],
  }),
  compositeAlarm("outer", "ALARM(inner) OR NOT OK(percentile)"),
  compositeAlarm("inner", "ALARM(cpu-high-i-1) AND (ALARM(cpu-high-i-2) OR ALARM(math))"),
  suppressed(),
];

function withoutMetric(key: string, more: object): DesiredAlarm {
  const { spec, ...alarm } = cpuAlarm("i-1", { alarmName: key }, { key });
  const {
    namespace: _n,
    metricName: _m,
    dimensions: _d,
    statistic: _s,
    period: _p,
    ...rest
  } = spec as never as Record<string, unknown>;
  const given = Object.entries({ ...rest, ...more }).filter(([, value]) => value !== undefined);
  return { ...alarm, spec: Object.fromEntries(given) as never };
}

function suppressed(): DesiredAlarm {
  const alarm = compositeAlarm("quiet at night", "ALARM(cpu-high-i-1)");
  const suppressor = {
    actionsSuppressor: "cpu-high-i-2",
    actionsSuppressorWaitPeriod: 60,
    actionsSuppressorExtensionPeriod: 30,
  };
  return {
    ...alarm,
    identity: "web-team/production/night/",
    spec: { ...(alarm.spec as CompositeAlarmSpec), ...suppressor },
  };
}

async function run(desired: readonly DesiredAlarm[], more: Partial<AlarmPlannerOptions> = {}) {
  const planner = plannerFor(session, desiredOf(desired), clock, more);
  const planned = await planner.plan();
  const outcomes = await applied(planner, planned.changes);
  return { planned, failed: outcomes.filter(({ status }) => status !== "applied") };
}

describe("the alarm planner against the local cloud", () => {
  it("creates alarms of every kind and finds nothing to change afterwards", async () => {
    const first = await run(every);
    expect(first.failed).toEqual([]);
    expect(first.planned.changes).toHaveLength(every.length);
    const { changes, unchanged } = (await run(every)).planned;
    expect(changes).toEqual([]);
    expect(unchanged).toBe(every.length);
  });

  it("brings a bare rewrite and a console's Save back as decided", async () => {
    await run(every);
    const bare = {
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      ComparisonOperator: "GreaterThanThreshold",
    } as const;
    await session.send("cloudwatch", "PutMetricAlarm", {
      ...bare,
      AlarmName: "cpu-high-i-1",
      Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 97,
    });
    const { planned, failed } = await run(every);
    expect(failed).toEqual([]);
    expect(planned.changes.map(({ action, reason, name }) => [action, reason.code, name])).toEqual([
      ["update", "silenced-by-hand", "cpu-high-i-1"],
    ]);
    const after = (await run(every)).planned.changes;
    expect(after.map(({ action, reason }) => [action, reason.code])).toEqual([["keep", "tuned-by-hand"]]);
  });

  it("starts quietly, renames and deletes everything in an order that CloudWatch accepts", async () => {
    const quiet = every.map((alarm) => ({ ...alarm, policy: { ...alarm.policy, quietStart: true } }));
    expect((await run(quiet)).failed).toEqual([]);
    expect((await run(quiet)).planned.changes).toEqual([]);
    const renamed = every.map((alarm) =>
      alarm.name === "math" ? { ...alarm, name: "bits", spec: { ...alarm.spec, alarmName: "bits" } } : alarm,
    );
    const rules = renamed.map((alarm) =>
      alarm.name === "inner"
        ? {
            ...alarm,
            spec: {
              ...alarm.spec,
              alarmRule: "ALARM(cpu-high-i-1) AND (ALARM(cpu-high-i-2) OR ALARM(bits))",
            } as never,
          }
        : alarm,
    );
    const { planned, failed } = await run(rules);
    expect(failed).toEqual([]);
    expect(planned.changes.map(({ action, name }) => `${action} ${name}`).sort()).toEqual([
      "create bits",
      "delete math",
      "update inner",
    ]);
    const gone = await run([]);
    expect(gone.failed).toEqual([]);
    expect((await run([])).planned.alarms.total).toBe(0);
  });

  it("adopts, and knows its alarms by their tags", async () => {
    await session.send("cloudwatch", "PutMetricAlarm", {
      AlarmName: "cpu-high-i-1",
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
      Statistic: "Average",
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 90,
      ComparisonOperator: "GreaterThanThreshold",
    });
    const [first] = every as readonly [DesiredAlarm];
    expect((await run([first])).planned.changes[0]?.reason.code).toBe("not-ours");
    expect((await run([first], { intent: { kind: "adopt", names: ["cpu-high-i-1"] } })).failed).toEqual([]);
    expect((await run([first])).planned.changes).toEqual([]);
    expect((await run([], { intent: { kind: "destroy" } })).planned.changes).toHaveLength(1);
    expect((await run([])).planned.alarms.total).toBe(0);
  });
});
