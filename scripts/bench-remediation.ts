// Measures deciding on repairs: from an alarm event as SNS delivers it to what is done about it, against a local cloud in a process
// of its own. Calls are counted there; the CPU is this process's, with signing, HTTP and reading of the answers.

import { shippedRunbooks } from "../src/app/read-configuration.ts";
import { connect } from "../src/aws/connect.ts";
import type { AwsSession } from "../src/aws/session.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { parseEvents } from "../src/events/parse-events.ts";
import type { Runbook } from "../src/model/runbook.ts";
import { noKnowledge } from "../src/notify/knowledge.ts";
import { labelsOf } from "../src/notify/labels.ts";
import { decide } from "../src/remediation/decide.ts";
import { instanceOf, runbooksFor } from "../src/remediation/select-runbook.ts";
import { type Context, silentLogger } from "../src/support/context.ts";
import { runOf } from "../test/support/guard-cases.ts";
import { type LocalProcess, row, startLocal, sum, write } from "./bench-support.ts";

const REGION = "eu-central-1";
const ACCOUNT = "111122223333";
const MINUTE = 60_000;
const ROUNDS = 300;

const local = await startLocal(
  write(
    "remediation.yaml",
    `version: 1
region: ${REGION}
groups:
  - name: frozen
    tags: { "watchkeeper:remediate": "yes", Team: shop }
    launched: 6d ago
    profile: watched
    guest: { frozenAt: 1h ago }
`,
  ),
);

const { configuration } = loadConfiguration(
  "version: 1\nname: a\npolicies: []\nremediation: { runbooks: { frozen: { use: frozen-instance } } }\n",
  "w.yaml",
  { resourceTypes: {}, packs: {}, runbooks: shippedRunbooks() },
);
const policy = configuration?.remediation;
if (!policy) throw new Error("the configuration of this bench is broken");

const context: Context = {
  clock: { now: () => new Date(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) },
  random: Math.random,
  signal: new AbortController().signal,
  log: silentLogger,
};
const session = await open(local);
const [instance] = (await session.send("ec2", "DescribeInstances", {})).Reservations?.[0]?.Instances ?? [];
const id = instance?.InstanceId ?? "";

row("", "decisions", "calls", "CPU median", "CPU p99");
await bench("a fresh alarm, nothing before", () => once(MINUTE, []));
const earlier = Array.from({ length: 200 }, (_, i) =>
  runOf({ instanceId: `i-${i}`, createdAt: Date.now() - (i + 100) * MINUTE }),
);
await bench("an old alarm, 200 runs before", () => once(60 * MINUTE, earlier));
await bench("its calls alone, by the SDK", callsAlone);
local.child.kill();

/** Does something many times over and prints what each took. */
async function bench(what: string, work: () => Promise<void>): Promise<void> {
  // The first ones load the SDK's clients.
  for (let i = 0; i < 30; i += 1) await work();
  await local.reset();
  const spent: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const cpu = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(cpu);
    spent.push((user + system) / 1000);
  }
  const calls = sum(await local.requests()) / ROUNDS;
  spent.sort((a, b) => a - b);
  const figure = (part: number): string => `${(spent[Math.floor(part * ROUNDS)] ?? 0).toFixed(2)} ms`;
  row(what, ROUNDS, calls.toFixed(1), figure(0.5), figure(0.99));
}

/** What the calls of an old alarm's decision cost without deciding anything: the baseline. */
async function callsAlone(): Promise<void> {
  await Promise.all([
    session.send("ec2", "DescribeInstances", { Filters: [{ Name: "instance-id", Values: [id] }] }),
    session.send("ec2", "DescribeInstanceStatus", { InstanceIds: [id], IncludeAllInstances: true }),
    session.send("ssm", "DescribeInstanceInformation", { Filters: [{ Key: "InstanceIds", Values: [id] }] }),
    session.send("cloudwatch", "DescribeAlarms", { AlarmNames: ["frozen"] }),
  ]);
}

/** The way of one event. */
async function once(age: number, earlier: readonly ReturnType<typeof runOf>[]): Promise<void> {
  const changedAt = Date.now() - age;
  const [event] = parseEvents(delivery(changedAt), Date.now()).events;
  if (event?.kind !== "alarm") throw new Error("the event isn't read as an alarm");
  const [first, ...others] = runbooksFor(policy as NonNullable<typeof policy>, labels(event)) as Runbook[];
  const found = instanceOf(event);
  if (!first || "reason" in found) throw new Error("no runbook or no instance for the event");
  const alarm = { name: event.alarmName, account: event.account, changedAt };
  const question = { instance: found.id, runbooks: [first, ...others] as const, alarm, earlier };
  const { course, guards } = await decide(session, question, context);
  const expected = age > 10 * MINUTE ? "end" : "repair";
  if (course.act !== expected) throw new Error(JSON.stringify(guards, undefined, 1));
}

function labels(event: Parameters<typeof labelsOf>[0]): ReturnType<typeof labelsOf> {
  return labelsOf(event, undefined, noKnowledge);
}

/** What SNS sends of an alarm. */
function delivery(changedAt: number): string {
  const Message = JSON.stringify({
    AlarmName: "frozen",
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:frozen`,
    AWSAccountId: ACCOUNT,
    Region: "EU (Frankfurt)",
    NewStateValue: "ALARM",
    OldStateValue: "OK",
    NewStateReason: "Threshold Crossed",
    StateChangeTime: new Date(changedAt).toISOString().replace("Z", "+0000"),
    Trigger: {
      Namespace: "AWS/EC2",
      MetricName: "StatusCheckFailed_Instance",
      Dimensions: [{ name: "InstanceId", value: id }],
      Statistic: "MAXIMUM",
      Period: 60,
      EvaluationPeriods: 3,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: 1,
    },
  });
  return JSON.stringify({
    Type: "Notification",
    MessageId: "5f0b3b3e-0000-0000-0000-000000000000",
    TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`,
    Timestamp: new Date(changedAt).toISOString(),
    Message,
  });
}

async function open(cloud: LocalProcess): Promise<AwsSession> {
  const connection = await connect({
    accounts: [],
    context,
    environment: { ...cloud.env, AWS_REGION: REGION },
    version: "bench",
    region: REGION,
  });
  const [account] = connection.accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  return account.session;
}
