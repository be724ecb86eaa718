// How fast the local cloud evaluates alarms: a day on its clock with 3,000 alarms of a thousand instances, actions included.
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { applyScenario, cloudOptions } from "../src/local/scenario/apply.ts";
import { loadScenario } from "../src/local/scenario/scenario.ts";
import { createLocalCloud } from "../src/local/server.ts";
import { alarmsOf } from "../src/local/services/cloudwatch/evaluation/evaluated-alarms.ts";
import { putMetricAlarm } from "../src/local/services/cloudwatch/put-metric-alarm.ts";
import { fleetKey } from "../src/local/services/ec2/fleet-key.ts";
import { createTopic } from "../src/local/services/sns/topic.ts";
import { createQueue } from "../src/local/services/sqs.ts";

const ALARMS = 3000;
const MINUTES = 24 * 60;
const START = new Date("2026-11-20T00:00:00Z");

type Settings = Omit<PutMetricAlarmInput, "AlarmName">;

const dimensions = (InstanceId: string) => [{ Name: "InstanceId", Value: InstanceId }];

const high = {
  ComparisonOperator: "GreaterThanThreshold",
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
} as const;

/** What fleets mostly have: CPU over five minutes, status checks, memory of the agent. */
const PLAIN: readonly ((id: string) => Settings)[] = [
  (id) => ({
    ...high,
    Namespace: "AWS/EC2",
    MetricName: "CPUUtilization",
    Dimensions: dimensions(id),
    Statistic: "Average",
    Period: 300,
    Threshold: 40,
  }),
  (id) => ({
    Namespace: "AWS/EC2",
    MetricName: "StatusCheckFailed",
    Dimensions: dimensions(id),
    Statistic: "Maximum",
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
  }),
  (id) => ({
    ...high,
    Namespace: "CWAgent",
    MetricName: "mem_used_percent",
    Dimensions: dimensions(id),
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 5,
    Threshold: 80,
    TreatMissingData: "breaching",
  }),
];

const stat = (Id: string, MetricName: string, InstanceId: string, Stat = "Average") => ({
  Id,
  MetricStat: {
    Metric: { Namespace: "AWS/EC2", MetricName, Dimensions: dimensions(InstanceId) },
    Period: 300,
    Stat,
  },
  ReturnData: false,
});

/** Costlier ones: metric math, a band, a percentile. */
const COSTLY: readonly ((id: string) => Settings)[] = [
  (id) => ({
    ...high,
    Threshold: 50_000_000,
    Metrics: [
      stat("in", "NetworkIn", id, "Sum"),
      stat("out", "NetworkOut", id, "Sum"),
      { Id: "both", Expression: "(in+out)/PERIOD(in)" },
    ],
  }),
  (id) => ({
    EvaluationPeriods: 3,
    ComparisonOperator: "GreaterThanUpperThreshold",
    ThresholdMetricId: "band",
    Metrics: [
      { ...stat("cpu", "CPUUtilization", id), ReturnData: true },
      { Id: "band", Expression: "ANOMALY_DETECTION_BAND(cpu, 3)" },
    ],
  }),
  (id) => ({
    ...high,
    Namespace: "AWS/EC2",
    MetricName: "CPUUtilization",
    Dimensions: dimensions(id),
    ExtendedStatistic: "p90",
    Period: 300,
    Threshold: 90,
  }),
];

async function measure(name: string, settingsOf: (index: number) => (id: string) => Settings): Promise<void> {
  const path = join(import.meta.dirname, "../examples/scenarios/thousand.yaml");
  const { scenario } = loadScenario(path);
  if (!scenario) throw new Error(`${path} is not valid`);
  const options = cloudOptions({ ...scenario, start: START }, () => 0);
  const local = createLocalCloud(options);
  const { cloud } = local;
  applyScenario(cloud, scenario);
  const account = scenario.accounts[0]?.id ?? "";
  const place = { partition: "aws", account, region: "eu-central-1" } as const;
  const queue = createQueue(cloud, place, "inbox");
  const topic = createTopic(cloud, place, "alarms");
  const subscription = `${topic.arn}:inbox`;
  topic.subscriptions.set(subscription, {
    arn: subscription,
    topicArn: topic.arn,
    owner: account,
    protocol: "sqs",
    endpoint: queue.arn,
    confirmed: true,
    attributes: new Map(),
  });
  const store = alarmsOf(cloud, account, place.region);
  const ids = [...cloud.state(fleetKey, account, place.region).instances.keys()];
  for (let i = 0; i < ALARMS; i += 1) {
    const id = ids[Math.floor(i / 3) % ids.length] as string;
    const actions = { AlarmActions: [topic.arn], OKActions: [topic.arn] };
    putMetricAlarm(store, { AlarmName: `alarm-${i}`, ...actions, ...settingsOf(i)(id) }, cloud.clock.now());
  }
  const began = performance.now();
  const before = process.cpuUsage();
  await cloud.clock.advance(MINUTES * 60_000);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const changes = [...store.history.newestFirst(cloud.clock.time())];
  const count = (type: string): number => changes.filter((item) => item.type === type).length;
  process.stdout.write(
    `${name}: ${seconds.toFixed(2)} s CPU (${((performance.now() - began) / 1000).toFixed(2)} s) for ${ALARMS} alarms x ${MINUTES} minutes, ` +
      `${((seconds / (ALARMS * MINUTES)) * 1e9).toFixed(0)} ns an evaluation; ${count("StateUpdate")} changes of state, ` +
      `${count("Action")} actions, ${queue.attributes()["ApproximateNumberOfMessages"]} messages, ` +
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB\n`,
  );
  local.close();
}

const plain = (i: number) => PLAIN[i % PLAIN.length] as (id: string) => Settings;

await measure("plain alarms", plain);
await measure("one in ten of math, bands and percentiles", (i) =>
  i % 10 === 9 ? (COSTLY[Math.floor(i / 10) % COSTLY.length] as (id: string) => Settings) : plain(i),
);
