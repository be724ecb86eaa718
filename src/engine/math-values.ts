import type { TrainedBand } from "./anomaly-model.ts";
import type { MathOperator } from "./math-parser.ts";
import type { ResolvedOptions } from "./options.ts";
import { isScalar, RangeScalar, type Scalar } from "./range-scalar.ts";

/** Types of metric math: scalar, series, array of series, and what only arguments have. */
export type MathType = "S" | "TS" | "TS[]" | "String" | "String[]" | "Word";

/** One value per period of the frame; NaN where there is no point. */
export type Series = Float64Array;

/** A value: a scalar (NaN: none), a series, an array of series, or text. */
export type MathValue = Scalar | Series | readonly Series[] | string | readonly string[];

/** What an expression is evaluated over: some periods in a row, with the metrics' points in them. */
export interface MathFrame {
  readonly length: number;
  /** Absent: the frame is one range. Otherwise it is several, side by side, of so many periods each. */
  readonly rangeLength?: number;
  /** Start of a period, epoch seconds. */
  readonly timeAt: (i: number) => number;
  /** Points by metric id, each of the frame's length, NaN where missing. */
  readonly inputs: Pick<ReadonlyMap<string, Series>, "get">;
  /** Period of a metric, seconds. */
  readonly periodOf: (id: string) => number;
  /** The trained band of a metric or expression; undefined: none. */
  readonly bandOf: (id: string) => TrainedBand | undefined;
  readonly options: Pick<ResolvedOptions, "ifMissing" | "bandOrder">;
}

/** Periods of each range of a frame: no point depends on those of another range. */
export function rangeLength(frame: MathFrame): number {
  return frame.rangeLength ?? frame.length;
}

/** A series without points. */
export function emptySeries(length: number): Series {
  return new Float64Array(length).fill(Number.NaN);
}

/** Applies a function to every point of a series or of each series of an array. A result that is no finite number is no point. */
export function mapPoints(
  value: Series | readonly Series[],
  change: (x: number) => number,
): Series | readonly Series[] {
  if (!(value instanceof Float64Array)) return value.map((each) => mapPoints(each, change) as Series);
  const result = new Float64Array(value.length);
  for (let i = 0; i < value.length; i += 1) result[i] = finite(change(value[i] as number));
  return result;
}

/** A number, or NaN when it is infinite: overflows and divisions by zero leave no point. */
export function finite(value: number): number {
  return value - value === 0 ? value : Number.NaN;
}

/** One operator on two existing numbers. */
function operate(operator: MathOperator, x: number, y: number): number {
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "^":
      return x ** y;
    case "==":
      return x === y ? 1 : 0;
    case "!=":
      return x !== y ? 1 : 0;
    case "<":
      return x < y ? 1 : 0;
    case "<=":
      return x <= y ? 1 : 0;
    case ">":
      return x > y ? 1 : 0;
    case ">=":
      return x >= y ? 1 : 0;
    case "AND":
      return x !== 0 && y !== 0 ? 1 : 0;
    case "OR":
      return x !== 0 || y !== 0 ? 1 : 0;
  }
}

type Operand = Scalar | Series | readonly Series[];

/**
 * An operator on values of any type. Of two series, the one without a point counts as 0 there (user guide, "Metric math");
 * where neither has one there is none. A scalar has no times: the result has the series' points.
 */
export function operateValues(operator: MathOperator, left: Operand, right: Operand): Operand {
  if (isArray(left)) return left.map((each) => operateValues(operator, each, right) as Series);
  if (isArray(right)) return right.map((each) => operateValues(operator, left, each) as Series);
  if (isScalar(left))
    return isScalar(right) ? ofScalars(operator, left, right) : ofScalarAndSeries(operator, left, right);
  if (typeof right === "number") return withScalar(left, (x) => operate(operator, x, right), right);
  return right instanceof RangeScalar
    ? withRangeScalar(left, (x, y) => operate(operator, x, y), right)
    : ofSeries(operator, left, right);
}

function isArray(value: Operand): value is readonly Series[] {
  return Array.isArray(value);
}

function ofScalars(operator: MathOperator, left: Scalar, right: Scalar): Scalar {
  if (left instanceof RangeScalar)
    return new RangeScalar(
      left.points.map((x, i) =>
        finite(operate(operator, x, typeof right === "number" ? right : (right.points[i] as number))),
      ),
    );
  return typeof right === "number"
    ? finite(operate(operator, left, right))
    : new RangeScalar(right.points.map((y) => finite(operate(operator, left, y))));
}

function ofScalarAndSeries(operator: MathOperator, left: Scalar, right: Series): Series {
  return left instanceof RangeScalar
    ? withRangeScalar(right, (y, x) => operate(operator, x, y), left)
    : withScalar(right, (y) => operate(operator, left, y), left);
}

function withScalar(series: Series, change: (x: number) => number, scalar: number): Series {
  const result = emptySeries(series.length);
  if (Number.isNaN(scalar)) return result;
  for (let i = 0; i < series.length; i += 1) {
    const x = series[i] as number;
    if (!Number.isNaN(x)) result[i] = finite(change(x));
  }
  return result;
}

function withRangeScalar(
  series: Series,
  change: (x: number, scalar: number) => number,
  { points }: RangeScalar,
): Series {
  const result = emptySeries(series.length);
  for (let i = 0; i < series.length; i += 1) {
    const x = series[i] as number;
    const scalar = points[i] as number;
    if (!Number.isNaN(x) && !Number.isNaN(scalar)) result[i] = finite(change(x, scalar));
  }
  return result;
}

function ofSeries(operator: MathOperator, left: Series, right: Series): Series {
  const length = left.length;
  const result = new Float64Array(length);
  for (let i = 0; i < length; i += 1) {
    let x = left[i] as number;
    let y = right[i] as number;
    if (Number.isNaN(x)) {
      if (Number.isNaN(y)) {
        result[i] = Number.NaN;
        continue;
      }
      x = 0;
    } else if (Number.isNaN(y)) y = 0;
    result[i] = finite(operate(operator, x, y));
  }
  return result;
}
