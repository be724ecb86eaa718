import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyExpression, METRICS } from "../../test/support/math-expressions.ts";
import type { MetricAlarm } from "./alarm.ts";
import type { RangeView } from "./judgement.ts";
import type { Verdict } from "./missing-data.ts";
import { openAlarm } from "./not-evaluated.ts";
import { type EngineOptions, resolveOptions } from "./options.ts";
import { rangeSource } from "./range-source.ts";
import { sideBySideSource } from "./side-by-side-source.ts";
import { sourceFor } from "./source-for.ts";
import { timelineGrid } from "./timeline-grid.ts";
import { type SourceParts, type TimelineSource, watchedIds } from "./timeline-source.ts";

const START = Date.UTC(2026, 0, 5, 23, 50) / 1000;

interface Case {
  readonly alarm: MetricAlarm;
  readonly options: EngineOptions;
  /** Points of each metric, one a minute. */
  readonly points: readonly Float64Array[];
  /** How many are pushed at once, and how many periods make a batch. */
  readonly chunk: number;
  readonly batch: number;
}

const point = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 7, -2, 0.1, 0.3, 1e300) },
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
);

const cases = fc
  .record({
    expression: anyExpression,
    inner: anyExpression,
    n: fc.integer({ min: 1, max: 5 }),
    period: fc.constantFrom(60, 60, 120, 300),
    threshold: fc.constantFrom(-1, 0, 0.5, 2),
    treat: fc.constantFrom("missing", "ignore", "breaching", "notBreaching"),
    surplus: fc.integer({ min: 0, max: 3 }),
    late: fc.constantFrom(0, 0, 0, 1, 2),
    ifMissing: fc.constantFrom("zero", "dropped"),
    length: fc.integer({ min: 1, max: 60 }),
    chunk: fc.constantFrom(1, 7, 100),
    batch: fc.constantFrom(1, 20, 1000),
    banded: fc.constantFrom(undefined, undefined, "result", "e"),
  })
  .chain((given) =>
    fc
      .tuple(...METRICS.map(() => fc.array(point, { minLength: given.length, maxLength: given.length })))
      .map((points): Case => {
        const { period, late, ifMissing, banded } = given;
        // Windows are read whole or not at all; those of one point whenever it comes.
        const delay = Math.max(0, late * period - (period === 60 ? 15 : 0));
        return {
          alarm: {
            Metrics: [
              ...METRICS.map((Id) => ({
                Id,
                MetricStat: { Period: period, Stat: "Sum" },
                ReturnData: false,
              })),
              { Id: "e", Expression: given.inner.replaceAll("(e", "(a"), ReturnData: false },
              { Id: "result", Expression: given.expression },
              ...(banded ? [{ Id: "band", Expression: `ANOMALY_DETECTION_BAND(${banded}, 1)` }] : []),
            ],
            EvaluationPeriods: given.n,
            DatapointsToAlarm: Math.ceil(given.n / 2),
            ...(banded
              ? { ThresholdMetricId: "band", ComparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold" }
              : { Threshold: given.threshold, ComparisonOperator: "GreaterThanThreshold" }),
            TreatMissingData: given.treat,
          },
          options: { delay, ifMissing, surplus: { minute: given.surplus, longer: given.surplus } },
          points: points.map((each) => Float64Array.from(each)),
          chunk: given.chunk,
          batch: given.batch,
        };
      }),
  );

const BANDS = Object.fromEntries(
  [...METRICS, "e", "result"].map((id) => [
    id,
    {
      bandAt: (time: number, width: number) => ({ lower: (time / 60) % 3, upper: width + ((time / 60) % 5) }),
    },
  ]),
);

function partsOf({ alarm, options: given }: Pick<Case, "alarm" | "options">): SourceParts {
  const options = resolveOptions(given);
  const opened = openAlarm(alarm, "OK", options);
  if (opened.status !== "open") throw new Error(JSON.stringify(opened));
  return {
    alarm: opened.alarm,
    plan: opened.plan,
    grid: timelineGrid(opened.alarm, { start: START, step: 60, phase: 0 }, options),
    options,
    bands: BANDS,
    anomaly: undefined,
    supposeBreaching: false,
  };
}

interface Seen {
  readonly slot: number;
  readonly verdict: Verdict;
  readonly range: RangeView;
}

function play(source: TimelineSource, { points, chunk }: Pick<Case, "points" | "chunk">): Seen[] {
  const seen: Seen[] = [];
  const length = points[0]?.length ?? 0;
  for (let from = 0; from < length; from += chunk) {
    const chunks = METRICS.map((id, i) => {
      const values = (points[i] as Float64Array).slice(from, from + chunk);
      return [id, { values }] as const;
    });
    source.push(new Map(chunks), (verdict, slot) => {
      const range = source.rangeAt(slot);
      // Values that were seen are worth nothing if the source writes them over later.
      seen.push({ slot, verdict, range: structuredClone(range) });
    });
  }
  return seen;
}

describe("ranges side by side", () => {
  it("give the verdicts of every range for itself, for every expression", () => {
    let compared = 0;
    fc.assert(
      fc.property(cases, (given) => {
        const parts = partsOf(given);
        const { program } = parts.plan;
        const watched = watchedIds(parts.plan).map((id) => program?.expressions.get(id));
        if (!program || !watched.every((each) => each?.sideBySide)) return;
        compared += 1;
        const together = sideBySideSource(parts, program, given.batch);
        expect(play(together, given)).toEqual(play(rangeSource(parts), given));
      }),
      { numRuns: 800 },
    );
    expect(compared).toBeGreaterThan(400);
  });

  it("or another source, whichever is chosen, give the verdicts of evaluating one by one", () => {
    fc.assert(
      fc.property(cases, (given) => {
        const parts = partsOf(given);
        const verdicts = (source: TimelineSource) =>
          play(source, given).map(({ slot, verdict }) => ({ slot, verdict }));
        expect(verdicts(sourceFor(parts))).toEqual(verdicts(rangeSource(parts)));
      }),
      { numRuns: 800 },
    );
  });
});
