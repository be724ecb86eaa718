// For every call of an apply that creates, updates, renames and deletes: it is throttled, fails, loses its answer, or is never made
// because the process dies. Afterwards everything is run again and must end as if nothing had happened.
import { describe, expect, it } from "vitest";
import { policy } from "../../src/alarms/test-fixtures.ts";
import {
  applied,
  compositeAlarm,
  cpuAlarm,
  desiredOf,
  plannerFor,
  SkippingClock,
} from "../support/desired.ts";
import { type Fault, MemoryCloudWatch } from "../support/memory-cloudwatch.ts";

const FAULTS: readonly Fault[] = ["throttle", "error", "lost", "kill"];
const FOREIGN = ["foreign", "copy", "tf-cpu"];

const first = [
  ...["i-1", "i-2", "i-3", "i-4"].map((id) => cpuAlarm(id)),
  compositeAlarm("old-pair", "ALARM(cpu-high-i-3) AND ALARM(cpu-high-i-4)"),
  compositeAlarm("pair", "ALARM(cpu-high-i-1) AND ALARM(cpu-high-i-2)"),
];
const quiet = policy({ quietStart: true });
const second = [
  cpuAlarm("i-1", { threshold: 80 }),
  cpuAlarm("i-2", { alarmName: "busy-i-2" }),
  cpuAlarm("i-5", {}, { policy: quiet }),
  cpuAlarm("i-6"),
  compositeAlarm("pair", "ALARM(cpu-high-i-1) AND ALARM(busy-i-2)"),
  compositeAlarm("new-pair", "ALARM(pair) OR ALARM(cpu-high-i-6)"),
];

/** An account after the first configuration, with alarms tuned by hand and alarms of others. */
async function prepared() {
  const clock = new SkippingClock("2026-10-01T00:00:00Z");
  const cloud = new MemoryCloudWatch(clock);
  await run(cloud, clock, first);
  for (const name of ["cpu-high-i-2", "cpu-high-i-1"])
    cloud.alarms.set(name, { ...cloud.alarms.get(name), TreatMissingData: "breaching" });
  const model = cloud.alarms.get("cpu-high-i-3");
  for (const AlarmName of FOREIGN)
    cloud.alarms.set(AlarmName, {
      ...model,
      AlarmName,
      ...(AlarmName === "copy" ? {} : { AlarmDescription: "mine" }),
    });
  cloud.calls.length = 0;
  return { cloud, clock };
}

async function run(cloud: MemoryCloudWatch, clock: SkippingClock, desired: typeof first) {
  const planner = plannerFor(cloud, desiredOf(desired), clock);
  const { changes } = await planner.plan();
  return { changes, outcomes: await applied(planner, changes) };
}

/** Without the time of a quiet start. */
const settled = (cloud: MemoryCloudWatch) =>
  JSON.stringify(cloud.snapshot()).replace(/ n?q[0-9a-z]+\]/g, "]");

async function rerun(cloud: MemoryCloudWatch, clock: SkippingClock): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    await clock.advance(600_000);
    await run(cloud, clock, second);
  }
}

describe("a fault at any call", () => {
  it("leaves nothing behind once everything is run again, and nothing of others touched", async () => {
    const undisturbed = await prepared();
    const before = JSON.stringify(FOREIGN.map((name) => undisturbed.cloud.alarms.get(name)));
    await run(undisturbed.cloud, undisturbed.clock, second);
    const calls = undisturbed.cloud.calls.length;
    expect(calls).toBeGreaterThan(15);
    await rerun(undisturbed.cloud, undisturbed.clock);
    const expected = settled(undisturbed.cloud);
    expect(expected).toContain('"busy-i-2"');
    for (const fault of FAULTS)
      for (let k = 0; k < calls; k += 1) {
        const { cloud, clock } = await prepared();
        cloud.fault = (call) => (call === k || (fault === "kill" && call > k) ? fault : undefined);
        // Nothing advances the count of a dead process: it stays dead.
        await run(cloud, clock, second);
        cloud.fault = () => undefined;
        await rerun(cloud, clock);
        expect(settled(cloud), `${fault} at call ${k}`).toBe(expected);
        expect(JSON.stringify(FOREIGN.map((name) => cloud.alarms.get(name)))).toBe(before);
      }
  });
});
