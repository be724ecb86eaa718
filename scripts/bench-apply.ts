// How near writing comes to an account's quota: buckets that hold one second, 200 puts each, alone and with a rival who takes half.
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../src/aws/connect.ts";
import { readQuotas } from "../src/aws/read-quotas.ts";
import { silentLogger } from "../src/support/context.ts";
import { type LocalProcess, row, startLocal } from "./bench-support.ts";

const PUTS = 200;

async function session(local: LocalProcess) {
  const context = {
    clock: { now: () => new Date(), sleep: (ms: number) => delay(ms) },
    random: Math.random,
    signal: new AbortController().signal,
    log: silentLogger,
  };
  const { accounts } = await connect({ accounts: [], context, environment: local.env, version: "bench" });
  const [account] = accounts;
  if (!account || !("session" in account)) throw new Error("the local cloud can't be reached");
  await readQuotas(account.session, context);
  return account.session;
}

const alarm = (name: string) => ({
  AlarmName: name,
  Namespace: "AWS/EC2",
  MetricName: "CPUUtilization",
  Dimensions: [{ Name: "InstanceId", Value: "i-0123456789abcdef0" }],
  Statistic: "Average" as const,
  Period: 300,
  EvaluationPeriods: 3,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold" as const,
});

/** Sends puts of its own at a steady pace, as another tool would, until told to stop. Answers how many got through. */
async function rival(local: LocalProcess, rate: number, stop: AbortSignal): Promise<number> {
  const { CloudWatchClient, PutMetricAlarmCommand } = await import("@aws-sdk/client-cloudwatch");
  const client = new CloudWatchClient({
    endpoint: local.endpoint,
    region: local.env["AWS_REGION"] ?? "us-east-1",
    credentials: {
      accessKeyId: local.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: local.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
    maxAttempts: 1,
  });
  let through = 0;
  const start = performance.now();
  for (let sent = 0; !stop.aborted; sent += 1) {
    await delay(Math.max(0, start + (1000 * sent) / rate - performance.now()));
    client.send(new PutMetricAlarmCommand(alarm(`rival-${sent}`))).then(
      () => {
        through += 1;
      },
      () => undefined,
    );
  }
  return through;
}

row("puts a second", "quota", "reached", "of it", "throttled", "after 1 s");
for (const quota of [3, 25, 100]) {
  for (const contested of [false, true]) {
    const local = await startLocal();
    await local.faults({ quotas: { "cloudwatch:PutMetricAlarm": { rate: quota, burst: quota } } });
    const aws = await session(local);
    const stop = new AbortController();
    const other = contested ? rival(local, quota / 2, stop.signal) : Promise.resolve(0);
    if (contested) await delay(1000);
    await local.reset();
    const start = performance.now();
    let earlyRequests = 0;
    let earlyDone = 0;
    let done = 0;
    const watch = delay(1000).then(async () => {
      earlyRequests = (await local.requests())["cloudwatch:PutMetricAlarm"] ?? 0;
      earlyDone = done;
    });
    await Promise.all(
      Array.from({ length: PUTS }, async (_, i) => {
        await aws.send("cloudwatch", "PutMetricAlarm", alarm(`ours-${i}`));
        done += 1;
      }),
    );
    const seconds = (performance.now() - start) / 1000;
    await watch;
    stop.abort();
    const all = (await local.requests())["cloudwatch:PutMetricAlarm"] ?? 0;
    const taken = (await other) / seconds;
    const reached = PUTS / seconds;
    const possible = quota - taken;
    row(
      contested ? `with a rival who got ${taken.toFixed(1)}/s` : "alone",
      `${quota}/s`,
      `${reached.toFixed(1)}/s`,
      `${((100 * reached) / possible).toFixed(0)} %`,
      contested ? "-" : all - PUTS,
      contested ? "-" : Math.max(0, all - PUTS - Math.max(0, earlyRequests - earlyDone)),
    );
    local.child.kill("SIGKILL");
  }
}
process.exit(0);
