import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { makePlan } from "../../../src/app/plan.ts";
import { readConfiguration } from "../../../src/app/read-configuration.ts";
import type { FaultRule } from "../../../src/local/fault-settings.ts";
import { inProcessHandler } from "../../../src/local/in-process.ts";
import { applyScenario, cloudOptions } from "../../../src/local/scenario/apply.ts";
import { loadScenario, type Scenario } from "../../../src/local/scenario/scenario.ts";
import { createLocalCloud, type LocalCloud } from "../../../src/local/server.ts";
import type { WireRequest, WireResponse } from "../../../src/local/wire/message.ts";
import type { Configuration } from "../../../src/model/configuration.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Outcome } from "../../../src/plan/planner.ts";
import { type Context, silentLogger } from "../../../src/support/context.ts";
import { liveAlarms, settledWorld } from "./live-alarms.ts";

const REGION = "eu-central-1";
const FOREIGN = "somebody-else";

/** What an apply did. */
export interface Applied {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

/** A cloud in this process that a sweep disturbs: no socket and no waiting, so that hundreds of runs take seconds. */
export interface SweepWorld {
  readonly local: LocalCloud;
  /** Plans and applies. Rejects as the use case does. */
  apply(configuration: Configuration): Promise<Applied>;
  /**
   * The same by a process that is killed at its `call`-th request from now: with `effect`, that request is still served. Nothing of
   * it is heard of again. Answers false when it ended before.
   */
  applyKilledAt(configuration: Configuration, call: number, effect: boolean): Promise<boolean>;
  fault(rule: FaultRule): void;
  calm(): void;
  /** All alarms' settings and tags. */
  settled(): Promise<Readonly<Record<string, unknown>>>;
  names(): Promise<readonly string[]>;
  /** The alarm that isn't ours, to the last member. */
  foreign(): Promise<string>;
  calls(): number;
  close(): void;
}

/** Configurations and a scenario from their texts, read once for a whole sweep. */
export function readTexts(scenario: string, ...texts: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-sweep-"));
  try {
    writeFileSync(join(folder, "scenario.yaml"), scenario);
    const loaded = loadScenario(join(folder, "scenario.yaml"));
    if (!loaded.scenario) throw new Error(JSON.stringify(loaded.diagnostics));
    const configurations = texts.map((text, index) => {
      writeFileSync(join(folder, `${index}.yaml`), text);
      return readConfiguration(`${index}.yaml`, folder).configuration;
    });
    return { scenario: loaded.scenario, configurations };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A world with a scenario's fleet, an alarm of somebody else, and this configuration applied. */
export async function openWorld(scenario: Scenario, applied: Configuration): Promise<SweepWorld> {
  const local = createLocalCloud(cloudOptions(scenario));
  applyScenario(local.cloud, scenario);
  const [account] = local.accounts.all;
  if (!account) throw new Error("the scenario has no account");
  const { accessKeyId, secretAccessKey } = account;
  const client = new CloudWatchClient({
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    endpoint: "http://127.0.0.1",
    requestHandler: local.requestHandler(),
  });
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: "http://127.0.0.1",
  };
  const runWith = async (
    configuration: Configuration,
    handle: (request: WireRequest) => Promise<WireResponse>,
  ): Promise<Applied> => {
    const reach = { env: environment, requestHandler: inProcessHandler(handle) };
    const prepared = await makePlan(configuration, reach, hastyContext());
    const outcomes: Outcome[] = [];
    try {
      await prepared.apply((outcome) => outcomes.push(outcome));
    } finally {
      prepared.close();
    }
    return { plan: prepared.plan, outcomes };
  };
  const world: SweepWorld = {
    local,
    apply: (configuration) => runWith(configuration, (request) => local.handle(request)),
    async applyKilledAt(configuration, call, effect) {
      let calls = 0;
      let killed: () => void = () => undefined;
      const dead = new Promise<void>((resolve) => {
        killed = resolve;
      });
      const never = new Promise<never>(() => undefined);
      const run = runWith(configuration, async (request) => {
        calls += 1;
        if (calls < call) return local.handle(request);
        if (calls === call && effect) await local.handle(request);
        killed();
        return never;
      });
      return Promise.race([run.then(() => false), dead.then(() => true)]);
    },
    fault: (rule) => local.faults.set({ rules: [rule] }),
    calm: () => local.faults.set({}),
    settled: () => settledWorld(client),
    names: async () => [...(await liveAlarms(client)).keys()],
    foreign: async () => {
      const { $metadata: _, ...alarm } = {
        $metadata: undefined,
        ...(await liveAlarms(client)).get(FOREIGN),
      };
      return JSON.stringify(alarm);
    },
    calls: () => [...local.requests.values()].reduce((sum, count) => sum + count, 0),
    close: () => local.close(),
  };
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: FOREIGN,
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: "i-0123456789abcdef0" }],
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmDescription: "cpu of somebody [wk1 other-team production/cpu/i-0123456789abcdef0 abc]",
      Tags: [{ Key: "owner", Value: "kim" }],
    }),
  );
  const first = await world.apply(applied);
  if (first.outcomes.some(({ status }) => status !== "applied"))
    throw new Error(`the first apply failed: ${JSON.stringify(first.outcomes)}`);
  local.resetRequests();
  return world;
}

/** A context whose clock jumps over every sleep. */
function hastyContext(): Context {
  let skipped = 0;
  return {
    clock: {
      now: () => new Date(Date.now() + skipped),
      sleep: async (ms) => {
        skipped += ms;
      },
    },
    random: () => 0.5,
    signal: new AbortController().signal,
    log: silentLogger,
  };
}
