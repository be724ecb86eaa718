import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsSession } from "../../../aws/session.ts";
import type { Dimension } from "../../../model/alarm-spec.ts";
import { configuration, definition, policy } from "../../test-fixtures.ts";
import type { DesiredAlarm } from "../desired-alarm.ts";
import { freshest, freshestSeries } from "./freshness.ts";
import { readSeries, SeriesIndex, seenAlarms, seriesNeeded, unseen } from "./series.ts";

const MEMORY = { namespace: "CWAgent", metricName: "mem_used_percent" };
const dims = (record: Readonly<Record<string, string>>): Dimension[] =>
  Object.entries(record).map(([name, value]) => ({ name, value }));

/** A session that answers listings from pages by metric name, and counts. */
function session(
  answer: (operation: string, input: Readonly<Record<string, unknown>>) => readonly unknown[],
): { readonly session: AwsSession; readonly calls: [string, Readonly<Record<string, unknown>>][] } {
  const calls: [string, Readonly<Record<string, unknown>>][] = [];
  async function* pages(_service: string, operation: string, input: Readonly<Record<string, unknown>>) {
    calls.push([operation, input]);
    for (const page of answer(operation, input)) {
      if (page instanceof Error) throw page;
      yield page;
    }
  }
  // The one thing of a session that is used here.
  return { session: { pages } as unknown as AwsSession, calls };
}

const metric = (record: Readonly<Record<string, string>>) => ({
  Dimensions: Object.entries(record).map(([Name, Value]) => ({ Name, Value })),
});

describe("SeriesIndex", () => {
  it("finds series that hold dimensions, and tells exact ones", () => {
    const index = new SeriesIndex();
    index.add(MEMORY, dims({ InstanceId: "i-1", ImageId: "ami-1" }));
    index.add(MEMORY, dims({ InstanceId: "i-2" }));
    expect(index.find(MEMORY, dims({ InstanceId: "i-1" }))).toEqual([
      dims({ ImageId: "ami-1", InstanceId: "i-1" }),
    ]);
    expect(index.has(MEMORY, dims({ InstanceId: "i-1" }))).toBe(false);
    expect(index.has(MEMORY, dims({ InstanceId: "i-1", ImageId: "ami-1" }))).toBe(true);
    expect(index.find(MEMORY, [])).toHaveLength(2);
    expect(index.covers(MEMORY)).toBe(true);
    expect(index.covers({ ...MEMORY, metricName: "swap" })).toBe(false);
    expect(index.find({ ...MEMORY, metricName: "swap" }, [])).toEqual([]);
  });

  it("answers as a plain search would, also when series come after a search", () => {
    const letter = fc.constantFrom("a", "b", "c");
    const series = fc.dictionary(letter, letter);
    fc.assert(
      fc.property(fc.array(series), fc.array(series), series, (first, second, wanted) => {
        const index = new SeriesIndex();
        const holds = (each: Readonly<Record<string, string>>) =>
          Object.entries(wanted).every(([name, value]) => each[name] === value);
        const sorted = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each)).sort();
        const plain = (list: readonly Readonly<Record<string, string>>[]) =>
          sorted(list.filter(holds).map((each) => dims(each).sort((x, y) => (x.name < y.name ? -1 : 1))));
        for (const each of first) index.add(MEMORY, dims(each));
        expect(sorted(index.find(MEMORY, dims(wanted)))).toEqual(plain(first));
        for (const each of second) index.add(MEMORY, dims(each));
        expect(sorted(index.find(MEMORY, dims(wanted)))).toEqual(plain([...first, ...second]));
      }),
    );
  });
});

describe("readSeries", () => {
  it("reads every page of every metric once", async () => {
    const { session: fake, calls } = session((_, { MetricName }) => [
      { Metrics: [metric({ InstanceId: `${MetricName}-1` })] },
      { Metrics: [metric({ InstanceId: `${MetricName}-2` })] },
      {},
    ]);
    const swap = { ...MEMORY, metricName: "swap" };
    const index = await readSeries(fake, [MEMORY, swap, MEMORY]);
    expect(calls).toEqual([
      ["ListMetrics", { Namespace: "CWAgent", MetricName: "mem_used_percent", RecentlyActive: "PT3H" }],
      ["ListMetrics", { Namespace: "CWAgent", MetricName: "swap", RecentlyActive: "PT3H" }],
    ]);
    expect(index.find(swap, [])).toHaveLength(2);
    await readSeries(fake, [swap], index);
    expect(calls).toHaveLength(2);
  });

  it("keeps nothing of a listing that fails half way", async () => {
    const { session: fake } = session(() => [
      { Metrics: [metric({ InstanceId: "i-1" })] },
      new Error("denied"),
    ]);
    const index = new SeriesIndex();
    await expect(readSeries(fake, [MEMORY], index)).rejects.toThrow("denied");
    expect(index.covers(MEMORY)).toBe(false);
  });
});

describe("seriesNeeded", () => {
  it("names metrics of definitions with series, enabled ones and those an override enables", () => {
    const agent = definition({ key: "mem", ...MEMORY, series: { each: [], exclude: {} } });
    const off = definition({
      key: "off",
      enabled: false,
      namespace: "A",
      metricName: "off",
      series: { each: [], exclude: {} },
    });
    const switched = { ...off, key: "on", metricName: "on" };
    const overrides = [{ select: {}, alarms: { on: { enabled: true }, mem: { metricName: "mem2" } } }];
    expect(
      seriesNeeded(configuration([policy({ alarms: [definition(), agent, off, switched], overrides })])),
    ).toEqual([MEMORY, { ...MEMORY, metricName: "mem2" }, { namespace: "A", metricName: "on" }]);
  });
});

const desired = (identity: string, metricName: string, more: Partial<DesiredAlarm> = {}): DesiredAlarm => ({
  identity,
  name: identity,
  policy: policy(),
  definition: definition(),
  createOnlyIfSeen: true,
  spec: {
    kind: "metric",
    alarmName: identity,
    actionsEnabled: true,
    okActions: [],
    alarmActions: [],
    insufficientDataActions: [],
    namespace: "AWS/EC2",
    metricName,
    dimensions: dims({ InstanceId: identity }),
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanThreshold",
  },
  ...more,
});

describe("seenAlarms", () => {
  it("asks once for each metric and answers who was seen, dimension for dimension", async () => {
    const { session: fake, calls } = session((_, { MetricName }) => [
      {
        Metrics:
          MetricName === "NetworkIn"
            ? [metric({ InstanceId: "a" }), metric({ InstanceId: "b", More: "x" })]
            : [],
      },
    ]);
    const index = new SeriesIndex();
    const alarms = [desired("a", "NetworkIn"), desired("b", "NetworkIn"), desired("c", "Quiet")];
    expect(await seenAlarms(fake, alarms, index)).toEqual(new Set(["a"]));
    expect(calls).toHaveLength(2);
    expect(unseen(index, desired("b", "NetworkIn").spec)).toEqual({
      code: "metric-not-seen",
      text: "NetworkIn not seen in 3 hours",
    });
  });
});

describe("freshest", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  const at = (minutesAgo: number): Date => new Date(now.getTime() - minutesAgo * 60_000);
  const image = (name: string) => dims({ ImageId: name });

  it("takes the series with the newest datapoint, over batches and pages", async () => {
    const { session: fake, calls } = session((_, { MetricDataQueries }) => {
      const queries = MetricDataQueries as {
        Id: string;
        MetricStat: { Metric: { Dimensions: { Value: string }[] } };
      }[];
      const results = queries.map(({ Id, MetricStat }) => {
        const age = Number(MetricStat.Metric.Dimensions[0]?.Value);
        return { Id, Timestamps: Number.isNaN(age) ? [] : [at(age + 1), at(age)] };
      });
      return [{ MetricDataResults: results.slice(0, 3) }, { MetricDataResults: results.slice(3) }, {}];
    });
    const ask = (...ages: readonly string[]) => ({ ...MEMORY, candidates: ages.map(image) });
    const many = Array.from({ length: 300 }, () => ask("30", "2"));
    const questions = [
      ask("5", "1", "9"),
      ask("x", "170"),
      ask("x", "y"),
      ask("7", "7"),
      ask("only"),
      ...many,
    ];
    const winners = await freshest(fake, questions, now);
    expect(winners.slice(0, 5)).toEqual([1, 1, undefined, 0, 0]);
    expect(new Set(winners.slice(5))).toEqual(new Set([1]));
    expect(calls.map(([, { MetricDataQueries }]) => (MetricDataQueries as unknown[]).length)).toEqual([
      500, 109,
    ]);
    expect(calls[0]?.[1]).toMatchObject({ StartTime: at(180), EndTime: now });
  });

  it("answers desired alarms by identity, and asks nothing where there is no choice", async () => {
    const { session: fake, calls } = session(() => [
      { MetricDataResults: [{ Id: "s1", Timestamps: [at(1)] }] },
    ]);
    expect(
      await freshestSeries(fake, [desired("a", "m"), desired("b", "m", { candidates: [image("1")] })], now),
    ).toEqual(new Map([["b", image("1")]]));
    expect(calls).toEqual([]);
    const several = desired("c", "m", { candidates: [image("1"), image("2")] });
    expect(await freshestSeries(fake, [several], now)).toEqual(new Map([["c", image("2")]]));
    const { session: silent } = session(() => [{}]);
    expect(await freshestSeries(silent, [several], now)).toEqual(new Map());
  });
});
