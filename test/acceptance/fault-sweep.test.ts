// Whatever goes wrong at whichever call of an apply: run again, and everything is as if nothing had happened.
import { beforeAll, describe, expect, it } from "vitest";
import type { FaultEffect, FaultRule } from "../../src/local/fault-settings.ts";
import type { Configuration } from "../../src/model/configuration.ts";
import { openWorld, readTexts, type SweepWorld } from "./support/sweep-world.ts";
import { SWEEP_AFTER, SWEEP_BEFORE, SWEEP_SCENARIO } from "./support/worlds.ts";

const { scenario, configurations } = readTexts(SWEEP_SCENARIO, SWEEP_BEFORE, SWEEP_AFTER);
const [before, after] = configurations as [Configuration, Configuration];

/** What an undisturbed apply leaves, how many calls it takes, and what must never be missing on the way. */
let undisturbed: Readonly<Record<string, unknown>>;
let calls = 0;
let lasting: readonly string[];

/** Every so many calls are tried; each sweep begins at another, so that together they try all. */
const STRIDE = process.env["WATCHKEEPER_SOAK"] ? 1 : 3;
let sweeps = 0;

async function sweep(disturb: (world: SweepWorld, call: number) => Promise<void>): Promise<void> {
  expect(calls).toBeGreaterThan(15);
  for (let call = 1 + (sweeps++ % STRIDE); call <= calls; call += STRIDE) {
    const world = await openWorld(scenario, before);
    const foreign = await world.foreign();
    await disturb(world, call);
    world.calm();
    expect(await world.names(), `call ${call}`).toEqual(expect.arrayContaining([...lasting]));
    const { plan, outcomes } = await world.apply(after);
    expect(plan.complete).toBe(true);
    expect(
      outcomes.filter(({ status }) => status !== "applied"),
      `call ${call}`,
    ).toEqual([]);
    expect(await world.settled(), `call ${call}`).toEqual(undisturbed);
    expect(await world.foreign(), `call ${call}`).toBe(foreign);
    expect((await world.apply(after)).plan.summary, `call ${call}`).toMatchObject({
      create: 0,
      update: 0,
      delete: 0,
      mark: 0,
    });
    world.close();
  }
}

/** An apply under a fault; that it can't even plan is one of the ways to fail. */
const disturbedBy =
  (rule: (call: number) => FaultRule) =>
  async (world: SweepWorld, call: number): Promise<void> => {
    world.fault(rule(call));
    await world.apply(after).catch((error: Error) => {
      expect(error.name).toBe("WatchkeeperError");
    });
  };

beforeAll(async () => {
  const world = await openWorld(scenario, before);
  const first = Object.keys(await world.settled());
  world.local.resetRequests();
  const { plan, outcomes } = await world.apply(after);
  calls = world.calls();
  expect(plan.summary).toMatchObject({ create: 3, update: 6, delete: 4 });
  expect(outcomes.map(({ status }) => status)).toEqual(Array(13).fill("applied"));
  undisturbed = await world.settled();
  lasting = first.filter((name) => name in undisturbed);
  world.close();
});

describe("an apply that creates, updates and deletes converges, and spares what isn't its own, after", () => {
  const once: readonly FaultEffect[] = [
    "throttle",
    "error500",
    "timeoutBefore",
    "timeoutAfterEffect",
    "accessDenied",
  ];
  it.each(once)("%s at any one call", (effect) => sweep(disturbedBy((nth) => ({ effect, nth }))));

  const forGood: readonly FaultEffect[] = ["error500", "timeoutAfterEffect", "accessDenied", "expiredToken"];
  it.each(forGood)("%s from any call on", (effect) => sweep(disturbedBy((from) => ({ effect, from }))));

  it.each([true, false])("death at any call (its effect: %s)", (effect) =>
    sweep(async (world, call) => {
      expect(await world.applyKilledAt(after, call, effect)).toBe(true);
    }),
  );
});
