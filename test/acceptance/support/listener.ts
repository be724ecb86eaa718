// What tests of a listener on a stage do again and again: start it, fire alarms, wait for what it does.
import { once } from "node:events";
import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import type { Finished } from "./child-process.ts";
import { type CommandOptions, openStage, type Stage } from "./stage.ts";

/** Where alarms are. */
export const REGION = "eu-central-1";
export const ACCOUNT = "111122223333";
/** The topic that alarms tell. */
export const OPS = `arn:aws:sns:${REGION}:${ACCOUNT}:ops`;

/** A stage with one instance, a topic `ops` whose messages come into the queue `inbox`, and more topics; tests write its configuration. */
export function openListenerStage(moreTopics = ""): Promise<Stage> {
  return openStage(
    `
version: 1
region: ${REGION}
queues: [{ name: inbox }]
topics: [{ name: ops, queues: [inbox] }${moreTopics}]
groups: [{ name: web, names: web-1 }]
`,
    "version: 1\nname: none\npolicies: []\n",
  );
}

/** A listener in this process. */
export interface Listening {
  /** Where it takes deliveries of SNS; empty with a queue alone. */
  readonly address: string;
  readonly ended: Promise<Finished>;
  /** What it has written so far. */
  output(): string;
}

/** Starts `notify listen`; answers once it listens, and rejects when it ends before. */
export async function listening(
  stage: Stage,
  args: readonly string[],
  options: CommandOptions,
): Promise<Listening> {
  let output = "";
  const ready = new AbortController();
  const ended = stage.quick(["notify", "listen", ...args], {
    ...options,
    onOutput: (text) => {
      output += text;
      if (/^telling /m.test(output)) ready.abort();
    },
  });
  await Promise.race([
    once(ready.signal, "abort"),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  return { address: /listening at (\S+)/.exec(output)?.[1] ?? "", ended, output: () => output };
}

/** Waits until it is so: for what another part of the program brings about in its own time. */
export async function until(what: () => boolean | Promise<boolean>, within = 20_000): Promise<void> {
  const start = performance.now();
  while (!(await what())) {
    if (performance.now() - start > within) throw new Error(`it isn't so after ${within} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** An alarm that only `setState` moves, and that tells a topic. */
export async function anAlarm(stage: Stage, name: string, topic: string): Promise<void> {
  await stage.person(REGION).cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: "Test",
      MetricName: name,
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 90,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
      AlarmActions: [topic],
      OKActions: [topic],
    }),
  );
}

/** Sets an alarm's state as a person would, through one after the other. */
export async function setState(
  stage: Stage,
  name: string,
  ...states: readonly ("ALARM" | "OK")[]
): Promise<void> {
  for (const StateValue of states)
    await stage
      .person(REGION)
      .cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: name, StateValue, StateReason: "somebody tries it" }),
      );
}
