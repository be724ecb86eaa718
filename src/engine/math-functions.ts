import { WatchkeeperError } from "../support/errors.ts";
import type { MathNode } from "./math-parser.ts";
import {
  choose,
  chooseByScalar,
  DATE_PARTS,
  differences,
  everyPeriod,
  fillLinear,
  fillRepeating,
  fillWith,
  type Reduction,
  reduceArray,
  reduceRanges,
  runningSum,
} from "./math-series.ts";
import { sortSeries } from "./math-sort.ts";
import { emptySeries, type MathFrame, type MathValue, mapPoints, type Series } from "./math-values.ts";
import { type RootsRule, rootsInPointBefore, rootsOfFilled } from "./point-roots.ts";
import { isScalar, pointsOf, type Scalar } from "./range-scalar.ts";

/** What a call knows when it is evaluated. */
interface MathCall {
  readonly args: readonly MathValue[];
  readonly nodes: readonly MathNode[];
  readonly frame: MathFrame;
  /** Whether the first argument is written as a comparison of a series with a scalar. */
  readonly comparesWithScalar: boolean;
  /** Metrics (not expressions) of the request, in order. */
  readonly metricIds: readonly string[];
}

/** One function of metric math. */
export interface MathFunction {
  /**
   * Forms it may be called in: `types of arguments -> type of result`, `|` between alternatives. What stands behind it says
   * how much can be computed at once:
   * - `by period`: a point of the result depends on its own period only, so it is the same in every range that is read;
   * - `by range`: it depends on other periods, and `evaluate` keeps the ranges of a frame apart (`rangeOf`);
   * - nothing: `evaluate` takes one range at a time, which is always right, and ten times as expensive or more.
   */
  readonly forms: readonly string[];
  /** Whether `evaluate` takes scalars that differ from range to range (`RangeScalar`) besides numbers. */
  readonly rangeScalars?: boolean;
  /** Of a form `by range`: where its points come from, if they come from but a few points before them. Spares most of the computing. */
  readonly roots?: RootsRule;
  /** Whether its result may have points where the arguments have none: they are there before the first point, and for late ones. */
  readonly fillsGaps?: boolean;
  /** Keywords that are allowed as its arguments. */
  readonly words?: readonly string[];
  /** `never`: CloudWatch refuses it in alarms. Otherwise why its guide advises against it there. */
  readonly inAlarms?: "never" | (string & {});
  /** Absent: needs something outside the given series, so it can't be computed here. */
  readonly evaluate?: (call: MathCall) => MathValue;
}

const SERIES_OR_ARRAY = ["TS -> TS by period", "TS[] -> TS[] by period"] as const;

function pointwise(change: (x: number) => number): MathFunction {
  return { forms: SERIES_OR_ARRAY, evaluate: ({ args: [value] }) => mapPoints(value as Series, change) };
}

function reducing(how: Reduction, inAlarms: string): MathFunction {
  return {
    forms: ["TS -> S by range", "TS[] -> TS by period"],
    inAlarms,
    evaluate: ({ args: [value], frame }) =>
      value instanceof Float64Array
        ? reduceRanges(how, value, frame)
        : reduceArray(how, value as readonly Series[], frame.length),
  };
}

/** Functions whose points depend on the points before them. */
function overRange(
  change: (series: Series, frame: MathFrame) => Series,
  more: Pick<MathFunction, "roots" | "inAlarms">,
): MathFunction {
  return {
    forms: ["TS -> TS by range", "TS[] -> TS[] by range"],
    ...more,
    evaluate: ({ args: [value], frame }) => each(value as Series, (series) => change(series, frame)),
  };
}

function datePart(part: (time: number) => number): MathFunction {
  return {
    forms: ["TS -> TS by period"],
    fillsGaps: true,
    evaluate: ({ frame }) => everyPeriod(frame, part),
  };
}

function each(
  value: Series | readonly Series[],
  change: (series: Series) => Series,
): Series | readonly Series[] {
  return value instanceof Float64Array ? change(value) : value.map(change);
}

const SCALAR_ADVICE =
  "a scalar over the evaluated range changes with the points CloudWatch reads beyond the evaluation periods";
const FILL_ADVICE =
  "when the metric is delayed the newest point is always the filler, so the alarm can stick; use M of N, and treat missing data instead";

/** Every function of metric math, by name. */
export const MATH_FUNCTIONS = {
  ABS: pointwise(Math.abs),
  CEIL: pointwise(Math.ceil),
  FLOOR: pointwise(Math.floor),
  LOG: pointwise(Math.log),
  LOG10: pointwise(Math.log10),
  AVG: reducing("AVG", SCALAR_ADVICE),
  SUM: reducing("SUM", SCALAR_ADVICE),
  MIN: reducing("MIN", SCALAR_ADVICE),
  MAX: reducing("MAX", SCALAR_ADVICE),
  STDDEV: reducing("STDDEV", SCALAR_ADVICE),
  DATAPOINT_COUNT: reducing("DATAPOINT_COUNT", SCALAR_ADVICE),
  METRIC_COUNT: {
    forms: ["TS[] -> S by period"],
    evaluate: ({ args: [value] }) => (value as readonly Series[]).length,
  },
  METRICS: {
    forms: ["-> TS[] by period", "String -> TS[] by period"],
    evaluate: ({ args: [part = ""], frame, metricIds }) =>
      metricIds
        .filter((id) => id.includes(part as string))
        .map((id) => frame.inputs.get(id) ?? emptySeries(frame.length)),
  },
  DIFF: overRange((series, frame) => differences("DIFF", series, frame), { roots: rootsInPointBefore }),
  DIFF_TIME: overRange((series, frame) => differences("DIFF_TIME", series, frame), {
    roots: rootsInPointBefore,
  }),
  RATE: overRange((series, frame) => differences("RATE", series, frame), {
    roots: rootsInPointBefore,
    inAlarms: "over sparse data it is unpredictable",
  }),
  RUNNING_SUM: overRange(runningSum, { inAlarms: "it depends on how many points are read" }),
  FILL: {
    forms: [
      "TS,S|TS -> TS by period",
      "TS[],S|TS -> TS[] by period",
      "TS,Word -> TS by range",
      "TS[],Word -> TS[] by range",
    ],
    rangeScalars: true,
    fillsGaps: true,
    roots: rootsOfFilled,
    words: ["REPEAT", "LINEAR"],
    inAlarms: FILL_ADVICE,
    evaluate: ({ args: [value, filler], frame }) =>
      each(value as Series, (series) => {
        if (filler === "REPEAT") return fillRepeating(series, frame);
        if (filler === "LINEAR") return fillLinear(series, frame);
        return fillWith(series, pointsOf(filler as Scalar | Series));
      }),
  },
  FIRST: {
    forms: ["TS[] -> TS by period"],
    evaluate: ({ args: [value], frame }) => (value as readonly Series[])[0] ?? emptySeries(frame.length),
  },
  LAST: {
    forms: ["TS[] -> TS by period"],
    evaluate: ({ args: [value], frame }) => (value as readonly Series[]).at(-1) ?? emptySeries(frame.length),
  },
  SLICE: {
    forms: ["TS[],S -> TS by period", "TS[],S,S -> TS[] by period"],
    evaluate: ({ args: [value, start, end], frame }) => {
      const array = value as readonly Series[];
      return end === undefined
        ? (array[start as number] ?? emptySeries(frame.length))
        : array.slice(start as number, end as number);
    },
  },
  SORT: {
    forms: ["TS[],Word,Word -> TS[] by range", "TS[],Word,Word,S -> TS[] by range"],
    words: ["AVG", "MIN", "MAX", "SUM", "ASC", "DESC"],
    evaluate: ({ args: [value, by, direction, limit], frame }) => {
      const array = value as readonly Series[];
      const sorted = sortSeries(array, by as Reduction, direction as "ASC" | "DESC", frame);
      return limit === undefined ? sorted : sorted.slice(0, limit as number);
    },
  },
  // Ranges differ in how many series are left.
  REMOVE_EMPTY: {
    forms: ["TS[] -> TS[]"],
    inAlarms: "whether a series is empty depends on the range that is read",
    evaluate: ({ args: [value] }) =>
      (value as readonly Series[]).filter((series) => series.some((point) => !Number.isNaN(point))),
  },
  IF: {
    forms: [
      "TS,TS|S,TS|S -> TS by period",
      "TS,TS|S -> TS by period",
      "S,TS,TS -> TS by period",
      "S,TS -> TS by period",
    ],
    rangeScalars: true,
    evaluate: ({ args, frame, comparesWithScalar }) => {
      const [condition, whenTrue, whenFalse] = args as readonly (Scalar | Series)[];
      if (isScalar(condition as Scalar | Series))
        return chooseByScalar(
          condition as Scalar,
          whenTrue as Series,
          whenFalse as Series | undefined,
          frame,
        );
      // Guide of 2026: a missing third point is 0, but dropped in IF(TS, S, TS). Guide of 2023: always dropped.
      const zero =
        frame.options.ifMissing === "zero" && (comparesWithScalar || !isScalar(whenTrue as Scalar | Series));
      return choose(
        condition as Series,
        pointsOf(whenTrue as Scalar | Series),
        whenFalse === undefined ? undefined : pointsOf(whenFalse),
        { whenTrue: 0, whenFalse: zero ? 0 : Number.NaN },
      );
    },
  },
  TIME_SERIES: {
    forms: ["S -> TS by period"],
    rangeScalars: true,
    fillsGaps: true,
    evaluate: ({ args: [value], frame }) => {
      const points = pointsOf(value as Scalar);
      return typeof points === "number" ? everyPeriod(frame, () => points) : points;
    },
  },
  MINUTE: datePart(DATE_PARTS.MINUTE),
  HOUR: datePart(DATE_PARTS.HOUR),
  DAY: datePart(DATE_PARTS.DAY),
  DATE: datePart(DATE_PARTS.DATE),
  MONTH: datePart(DATE_PARTS.MONTH),
  YEAR: datePart(DATE_PARTS.YEAR),
  EPOCH: datePart(DATE_PARTS.EPOCH),
  PERIOD: {
    forms: ["TS -> S by period"],
    evaluate: ({ nodes: [node], frame }) => frame.periodOf(node?.kind === "reference" ? node.id : ""),
  },
  ANOMALY_DETECTION_BAND: {
    forms: ["TS -> TS[] by period", "TS,S -> TS[] by period"],
    fillsGaps: true,
    evaluate: ({ args: [, deviations = 2], nodes: [node], frame }) => {
      const id = node?.kind === "reference" ? node.id : "";
      const band = frame.bandOf(id);
      if (!band)
        throw new WatchkeeperError("no-band", `there is no anomaly band for "${id}"`, {
          remedy: "Give an anomaly model, and history to train it on.",
        });
      const lower = emptySeries(frame.length);
      const upper = emptySeries(frame.length);
      for (let i = 0; i < frame.length; i += 1) {
        const bounds = band.bandAt(frame.timeAt(i), deviations as number);
        if (!bounds) continue;
        lower[i] = bounds.lower;
        upper[i] = bounds.upper;
      }
      return frame.options.bandOrder === "lowerFirst" ? [lower, upper] : [upper, lower];
    },
  },
  INSIGHT_RULE_METRIC: { forms: ["String,String -> TS"] },
  SERVICE_QUOTA: { forms: ["TS -> TS"] },
  SEARCH: { forms: ["String,String -> TS[]", "String,String,S -> TS[]"], inAlarms: "never" },
  LAMBDA: { forms: ["... -> TS"] },
  DB_PERF_INSIGHTS: {
    forms: ["String,String,String -> TS", "String,String,String[] -> TS[]"],
  },
} as const satisfies Readonly<Record<string, MathFunction>>;

/** A function by its name; undefined when metric math has none of that name. */
export function mathFunction(name: string): MathFunction | undefined {
  return Object.hasOwn(MATH_FUNCTIONS, name)
    ? MATH_FUNCTIONS[name as keyof typeof MATH_FUNCTIONS]
    : undefined;
}
