import { describe, expect, it } from "vitest";
import { cpuAlarm, desiredOf, plannerFor } from "../../../test/support/desired.ts";
import { MemoryCloudWatch } from "../../../test/support/memory-cloudwatch.ts";
import type { InputOf, OperationName, OutputOf, ServiceName } from "../../aws/session.ts";
import type { Outcome } from "../../plan/planner.ts";
import { ManualClock } from "../../support/clock.ts";

const LATENCY_MS = 80;

/** Calls take their turn at the quota of their operation, as a session's do, and then as long as a network does. */
class PacedCloudWatch extends MemoryCloudWatch {
  readonly #clock: ManualClock;
  readonly #free = new Map<string, number>();
  readonly #readAt = new Map<string, number>();
  /** Milliseconds since its last reading, of every put. */
  readonly ages: number[] = [];
  /** Time of the last put. */
  end = 0;
  slowdown = 1;

  constructor(clock: ManualClock) {
    super(clock);
    this.#clock = clock;
  }

  override async send<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    const rate = operation === "DescribeAlarms" ? 9 : this.rate.ratePerSecond / this.slowdown;
    const now = this.#clock.now().getTime();
    const turn = Math.max(now, this.#free.get(String(operation)) ?? 0);
    this.#free.set(String(operation), turn + 1000 / rate);
    await this.#clock.sleep(turn - now);
    const sent = this.#clock.now().getTime();
    const { AlarmNames = [], AlarmName = "" } = input as { AlarmNames?: string[]; AlarmName?: string };
    if (operation === "DescribeAlarms") for (const name of AlarmNames) this.#readAt.set(name, sent);
    if (operation === "PutMetricAlarm") {
      this.ages.push(sent - (this.#readAt.get(AlarmName) ?? Number.NEGATIVE_INFINITY));
      this.end = sent;
    }
    await this.#clock.sleep(LATENCY_MS);
    return super.send(service, operation, input);
  }
}

async function applyAll(rate: number, puts: number, slowdown = 1) {
  const clock = new ManualClock();
  const cloud = new PacedCloudWatch(clock);
  cloud.rate = { ratePerSecond: rate, burst: rate };
  const planner = plannerFor(
    cloud,
    desiredOf(Array.from({ length: puts }, (_, i) => cpuAlarm(`i-${i}`))),
    clock,
  );
  const outcomes: Outcome[] = [];
  const { changes } = await inTime(clock, planner.plan());
  cloud.slowdown = slowdown;
  const start = clock.now().getTime();
  await inTime(
    clock,
    planner.apply(changes, (outcome) => outcomes.push(outcome)),
  );
  return { cloud, outcomes, seconds: (cloud.end - start) / 1000 };
}

/** Lets time pass until the work is done. */
async function inTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  while (!done) await clock.advance(100);
  return finished;
}

describe("applying many alarms", () => {
  it.each([3, 25, 100])("keeps up with %i puts a second, each within 5 s of its reading", async (rate) => {
    const puts = 200;
    const { cloud, outcomes, seconds } = await applyAll(rate, puts);
    expect(outcomes.filter(({ status }) => status === "applied")).toHaveLength(puts);
    expect(puts / seconds).toBeGreaterThan(0.95 * rate);
    expect(Math.max(...cloud.ages)).toBeLessThanOrEqual(5000);
  });

  it("reads again when calls have become slower than their quota", async () => {
    const { cloud, outcomes } = await applyAll(25, 100, 5);
    expect(outcomes.filter(({ status }) => status === "applied")).toHaveLength(100);
    expect(Math.max(...cloud.ages)).toBeLessThanOrEqual(10_000);
    expect(cloud.calls.filter((call) => call === "DescribeAlarms").length).toBeGreaterThan(3);
  });
});
