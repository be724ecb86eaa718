import type { AlarmChart } from "../../app/backtest/chart.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";

/** A chart as it stands in the page: values as 16-bit shares of [y0, y1], little-endian base64, 65535 where there is none. Times in epoch seconds. */
export interface ChartData {
  readonly s: number;
  readonly e: number;
  readonly y0: number;
  readonly y1: number;
  readonly n: number;
  readonly lo?: string;
  /** Absent where it is the same as `lo`. */
  readonly hi?: string;
  readonly bl?: string;
  readonly bu?: string;
  readonly t?: number;
  /** Starts and ends, one after the other. */
  readonly al: readonly number[];
  readonly gap: readonly number[];
  readonly inc: readonly number[];
}

const MISSING = 65_535;
const STEPS = 65_000;
/** More spans than a screen has columns can't be told apart. */
const MOST_SPANS = 600;

/** Makes a chart small: 480 columns take 2 to 5 KB. */
export function chartData(chart: AlarmChart): ChartData {
  const { start, end, low, high, threshold, band } = chart;
  const columns = [low, high, ...(band ? [band.lower, band.upper] : [])];
  let y0 = Number.POSITIVE_INFINITY;
  let y1 = Number.NEGATIVE_INFINITY;
  for (const column of columns)
    for (const value of column) {
      if (value < y0) y0 = value;
      if (value > y1) y1 = value;
    }
  if (y0 > y1) {
    y0 = 0;
    y1 = 1;
  }
  const pack = (column: Float64Array): string => packed(column, y0, y1);
  const lo = pack(low);
  const hi = pack(high);
  return {
    s: start,
    e: end,
    y0,
    y1,
    n: low.length,
    ...(low.length > 0 ? { lo } : {}),
    ...(hi === lo ? {} : { hi }),
    ...(band ? { bl: pack(band.lower), bu: pack(band.upper) } : {}),
    ...(threshold === undefined ? {} : { t: threshold }),
    al: flat(chart.alarms, end - start),
    gap: flat(chart.insufficient, end - start),
    inc: flat(chart.incidents, end - start),
  };
}

function packed(column: Float64Array, y0: number, y1: number): string {
  const bytes = Buffer.alloc(column.length * 2);
  const scale = y1 > y0 ? STEPS / (y1 - y0) : 0;
  column.forEach((value, i) => {
    bytes.writeUInt16LE(Number.isNaN(value) ? MISSING : Math.round((value - y0) * scale), i * 2);
  });
  return bytes.toString("base64");
}

/** Spans nearer to each other than a pixel are drawn as one where there are many. */
function flat(spans: readonly TimeSpan[], seconds: number): number[] {
  const near = spans.length > MOST_SPANS ? seconds / MOST_SPANS : 0;
  const result: number[] = [];
  for (const { start, end } of spans) {
    const last = result.length - 1;
    if (near > 0 && last > 0 && start - (result[last] as number) < near) result[last] = end;
    else result.push(start, end);
  }
  return result;
}
