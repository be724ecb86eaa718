import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stillCloud } from "../../test/support/ec2-cloud.ts";
import { cloudwatchClient } from "../../test/support/local-clients.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import type { LocalCloud } from "../local/server.ts";
import { runInWaves, type WaveSettings } from "./run-in-waves.ts";

let local: LocalCloud;
let world: LocalSession;
let batches: number[];

beforeEach(async () => {
  local = stillCloud();
  world = await localSession(local);
  batches = [];
});
afterEach(() => local.close());

const ids = (count: number) => Array.from({ length: count }, (_, index) => `i-${index}`);

/** Goes through a fleet in which these fail. */
const go = (
  count: number,
  failing: readonly string[] = [],
  settings: WaveSettings = {},
  during = async () => {},
) =>
  runInWaves(
    world.session,
    ids(count),
    settings,
    {
      run: async (batch) => {
        batches.push(batch.length);
        await during();
        return new Map(batch.map((id) => [id, !failing.includes(id)]));
      },
      isFailure: (well) => !well,
    },
    world.context,
  );

async function alarm(state: "OK" | "ALARM"): Promise<void> {
  const client = cloudwatchClient(local);
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: "shop-down",
      Namespace: "Acme",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      TreatMissingData: "ignore",
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
  await client.send(
    new SetAlarmStateCommand({ AlarmName: "shop-down", StateValue: state, StateReason: "a test" }),
  );
}

describe("waves through a fleet", () => {
  it("go one, a tenth, the rest, at most 50 at a time", async () => {
    const report = await go(300);
    expect(batches).toEqual([1, 30, 50, 50, 50, 50, 50, 19]);
    expect(report).toMatchObject({ untried: [] });
    expect(report.results.size).toBe(300);
    expect(report.stopped).toBeUndefined();
  });

  it("stop when the first one fails", async () => {
    const { stopped, untried, results } = await go(300, ["i-0"]);
    expect(stopped).toEqual({ code: "too-many-failures", text: "1 of 1 failed, and the limit is 10%" });
    expect([results.size, untried.length]).toEqual([1, 299]);
  });

  it("stop in the middle of a wave, when failures pass the limit", async () => {
    const { stopped, results, untried } = await go(1000, ids(400).slice(101), { failures: 40 });
    expect(stopped?.code).toBe("too-many-failures");
    // Four batches are under way at once; what began is finished.
    expect(results.size).toBe(301);
    expect(results.size + untried.length).toBe(1000);
  });

  it("begin nothing while a named alarm is in ALARM, or doesn't exist, or can't be read", async () => {
    const settings = { stopAlarms: ["shop-down"] };
    expect((await go(3, [], settings)).stopped?.text).toBe("there is no alarm shop-down that could stop it");
    await alarm("ALARM");
    expect((await go(3, [], settings)).stopped?.text).toBe("alarm shop-down is in ALARM");
    local.faults.set({ rules: [{ operation: "DescribeAlarms", effect: "accessDenied" }] });
    expect((await go(3, [], settings)).stopped?.code).toBe("stop-alarms-unknown");
    expect(batches).toEqual([]);
  });

  it("stop when a named alarm fires on the way", async () => {
    await alarm("OK");
    const { stopped, untried } = await go(30, [], { stopAlarms: ["shop-down"], pauseSeconds: 60 }, () =>
      batches.length === 2 ? alarm("ALARM") : Promise.resolve(),
    );
    expect(batches).toEqual([1, 3]);
    expect(stopped?.code).toBe("stop-alarm");
    expect(untried).toHaveLength(26);
  });

  it("stop when the run is stopped", async () => {
    const { stopped, untried } = await go(30, [], {}, async () => world.stop());
    expect([stopped?.code, untried.length]).toEqual(["stopped", 29]);
  });
});
