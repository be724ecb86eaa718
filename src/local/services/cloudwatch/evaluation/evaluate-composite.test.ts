import type { StateValue } from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import { type AlarmWorld, alarmWorld, MINUTE, START } from "../../../../../test/support/alarm-world.ts";

let world: AlarmWorld;

beforeEach(() => {
  world = alarmWorld();
});

const stateOf = (name: string) => world.alarm(name)?.StateValue;

describe("a composite alarm", () => {
  it("is evaluated soon after its creation, and whenever a child changes", async () => {
    world.publish("m", (minute) => (minute >= 10 && minute < 20 ? 9 : 1));
    world.put("a");
    await world.advance(MINUTE);
    world.compose("c", "ALARM(a)");
    world.compose("top", "NOT OK(c)");
    await world.advance(2000);
    expect(world.alarm("c")).toMatchObject({
      StateValue: "OK",
      StateReason: `${world.store.arnOf("c")} was created and its alarm rule evaluates to OK`,
    });
    await world.advance(30 * MINUTE);
    expect(world.changes("a")).toEqual([[0, "OK"], [11, "ALARM"], [21, "OK"]]);
    for (const name of ["c", "top"]) expect(world.changes(name).slice(-2)).toEqual([[11, "ALARM"], [21, "OK"]]);
    expect(world.alarm("top").StateReason).toMatch(
      new RegExp(`^${world.store.arnOf("c")} transitioned to OK at Friday 20 November, 2026 10:21:\\d\\d UTC$`),
    );
    const at = (world.alarm("c").StateUpdatedTimestamp as Date).toISOString().replace("Z", "+0000");
    expect(world.alarm("c").StateReasonData).toBe(
      JSON.stringify({ triggeringAlarms: [{ arn: world.store.arnOf("a"), state: { value: "OK", timestamp: at } }] }),
    );
  }); // biome-ignore format: changes in a row

  it("is evaluated anew when its rule changes, and not at all on a cycle", async () => {
    world.put("a");
    world.compose("c", "ALARM(a)");
    await world.advance(2000);
    world.compose("c", "NOT ALARM(a)");
    await world.advance(2000);
    expect(world.alarm("c").StateReason).toBe(
      `${world.store.arnOf("c")} was updated and its alarm rule evaluates to ALARM`,
    );
    world.compose("d", "ALARM(c)");
    world.compose("c", "OK(d)");
    await world.advance(2000);
    expect([stateOf("c"), stateOf("d")]).toEqual(["ALARM", "INSUFFICIENT_DATA"]);
  });

  // Source: user guide, "Composite alarm actions suppression"; W = 2 s, E = 3 s. Times in seconds.
  type Step = readonly [time: number, alarm: "child" | "night", state: "ALARM" | "OK"];
  it.each<[string, readonly Step[], [number, StateValue][]]>([
    ["1: actions after the wait", [[2, "child", "ALARM"]], [[4, "ALARM"]]],
    ["2: suppressed within the wait", [[2, "child", "ALARM"], [3, "night", "ALARM"]], []],
    ["3: a change within the wait waits anew", [[2, "child", "ALARM"], [3, "child", "OK"]], [[5, "OK"]]],
    ["4: suppressed from the start", [[1, "night", "ALARM"], [2, "child", "ALARM"]], []],
    ["5: actions after the extension", [[2, "child", "ALARM"], [3, "night", "ALARM"], [6, "night", "OK"]], [[9, "ALARM"]]],
    ["6: a change ends the extension", [[2, "child", "ALARM"], [3, "night", "ALARM"], [6, "night", "OK"], [7, "child", "OK"]], [[9, "OK"]]],
  ])("runs suppressed actions as in example %s", async (_, steps, expected) => {
    for (const name of ["child", "night"]) {
      world.put(name, { MetricName: name, TreatMissingData: "ignore" });
      world.set(name, "OK");
    }
    world.compose("c", "ALARM(child)", {
      ActionsSuppressor: "night",
      ActionsSuppressorWaitPeriod: 2,
      ActionsSuppressorExtensionPeriod: 3,
    });
    await world.advance(MINUTE);
    expect(stateOf("c")).toBe("OK");
    const origin = world.cloud.clock.time();
    world.ran.length = 0;
    const suppressedBy: (string | undefined)[] = [];
    for (const [time, name, value] of steps) {
      await world.cloud.clock.jumpTo(new Date(origin + time * 1000));
      world.set(name, value);
      suppressedBy.push(world.alarm("c").ActionsSuppressedBy);
    }
    await world.advance(MINUTE);
    const actions = world.ran.filter(([, name]) => name === "c");
    expect(actions.map(([seconds, , to]) => [seconds - (origin - START) / 1000, to])).toEqual(expected);
    expect(world.alarm("c").ActionsSuppressedBy).toBe(expected.length > 0 ? undefined : "Alarm");
    if (steps.length === 4) expect(suppressedBy).toEqual(["WaitPeriod", "Alarm", "ExtensionPeriod", "WaitPeriod"]);
  }); // biome-ignore format: a row an example
});
