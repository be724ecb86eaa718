// Applies that end before their time, and applies that meet.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { kill } from "./support/child-process.ts";
import { liveAlarms, settledWorld } from "./support/live-alarms.ts";
import { planJson } from "./support/plan-json.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

/** Creates, updates and deletes. */
const AFTER = configuration({ cpuThreshold: 85, second: "health" });

let stage: Stage;
/** What an undisturbed apply leaves behind. */
let undisturbed: Readonly<Record<string, unknown>>;

const world = () => settledWorld(stage.person("eu-central-1").cloudwatch);
const count = (operation: string): number => stage.local.requests.get(operation) ?? 0;
const requests = (): number => [...stage.local.requests.values()].reduce((sum, each) => sum + each, 0);

/** Waits for something that a process of its own brings about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}

/** What the program wrote, and how it ended. */
async function ended(child: ReturnType<Stage["begin"]>) {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}

beforeAll(async () => {
  const other = await openStage(SCENARIO, AFTER);
  await other.json(["apply", "--yes"]);
  undisturbed = await settledWorld(other.person("eu-central-1").cloudwatch);
  await other.close();
});
beforeEach(async () => {
  stage = await openStage(SCENARIO, configuration());
  await stage.json(["apply", "--yes"]);
  stage.write("watchkeeper.yaml", AFTER);
  stage.local.resetRequests();
});
afterEach(() => stage.close());

async function converges(): Promise<void> {
  await stage.faults({});
  await stage.json(["apply", "--yes"]);
  expect(await world()).toEqual(undisturbed);
  expect((await planJson(stage)).summary).toMatchObject({
    create: 0,
    update: 0,
    delete: 0,
    mark: 0,
    unchanged: 8,
  });
}

describe("an apply that is killed", () => {
  // 5 calls to plan, 1 to look, 6 to write, 1 to look, 1 to delete.
  const calls = process.env["WATCHKEEPER_SOAK"] ? Array.from({ length: 14 }, (_, i) => i + 1) : [7, 9, 14];

  it.each(calls)("at its call %d is finished by the next", async (call) => {
    // The request under way still has its effect, after the death of who asked.
    await stage.faults({ rules: [{ effect: "latency", from: call, latencyMs: 150 }] });
    const child = stage.begin(["apply", "--yes"]);
    const end = ended(child);
    await until(() => requests() >= call);
    kill(child);
    expect((await end).signal).toBe("SIGKILL");
    await converges();
  });
});

describe("Ctrl-C", () => {
  it("lets calls under way finish, says how far it came, and the next apply does the rest", async () => {
    await stage.faults({ quotas: { "cloudwatch:PutMetricAlarm": { rate: 3, burst: 3 } } });
    const child = stage.begin(["apply", "--yes"]);
    const end = ended(child);
    await until(() => count("cloudwatch:PutMetricAlarm") >= 2);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await end;
    const told = /(\d+) of 9 applied\. Nothing is half done; run apply again\./.exec(stdout);
    expect(told, stdout + stderr).not.toBeNull();
    expect(Number(told?.[1])).toBe(count("cloudwatch:PutMetricAlarm"));
    expect(code).toBe(1);
    expect(count("cloudwatch:DeleteAlarms")).toBe(0);
    await converges();
  });

  it("while planning just stops", async () => {
    await stage.faults({ rules: [{ effect: "latency", operation: "DescribeInstances", latencyMs: 300 }] });
    const child = stage.begin(["plan"]);
    const end = ended(child);
    await until(() => count("ec2:DescribeInstances") >= 1);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await end;
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: "stopped\n" });
  });
});

describe("two applies at once", () => {
  it("of one configuration do no harm, and together do it all", async () => {
    const both = await Promise.all([
      stage.watchkeeper("apply", "--yes", "--json"),
      stage.watchkeeper("apply", "--yes", "--json"),
    ]);
    for (const { code, stdout } of both) {
      const { summary } = JSON.parse(stdout) as { summary: { failed: number; refused: number } };
      expect(summary.failed).toBe(0);
      // The later one may find that the earlier one was there: it says so, and ends with 1.
      expect(code).toBe(summary.refused > 0 ? 1 : 0);
    }
    await converges();
  });
});

describe("the account's real quotas", () => {
  // Put calls a second, and instances with two alarms each.
  const cases: readonly (readonly [number, number])[] = process.env["WATCHKEEPER_SOAK"]
    ? [
        [3, 40],
        [25, 100],
        [100, 100],
      ]
    : [[25, 30]];

  it.each(cases)("set the pace: %d a second, and nothing is throttled", async (rate, instances) => {
    const crowd = await openStage(SCENARIO.replace("count: 3", `count: ${instances}`), AFTER);
    try {
      await crowd.faults({ quotas: { "cloudwatch:PutMetricAlarm": { rate, burst: rate } } });
      const { summary } = (await crowd.json(["apply", "--yes"])) as unknown as { summary: object };
      expect(summary).toMatchObject({ applied: 2 * instances + 2, failed: 0 });
      // A throttled call would have been made again.
      expect(crowd.local.requests.get("cloudwatch:PutMetricAlarm")).toBe(2 * instances);
      const { cloudwatch } = crowd.person("eu-central-1");
      const times = [...(await liveAlarms(cloudwatch)).values()]
        .map(({ AlarmConfigurationUpdatedTimestamp }) => AlarmConfigurationUpdatedTimestamp?.getTime() ?? 0)
        .sort((a, b) => a - b);
      const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
      // Only where nothing else runs does the wall clock say something.
      if (process.env["WATCHKEEPER_SOAK"]) expect(times.length / seconds).toBeGreaterThan(0.95 * rate);
      else expect(times.length).toBe(2 * instances);
    } finally {
      await crowd.close();
    }
  });
});
