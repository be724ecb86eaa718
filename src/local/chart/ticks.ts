/** What an axis shows: its ends and the places of its numbers. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** An axis of values from `low` to `high`, widened to round numbers unless an end is given; about `count` numbers. */
export function valueScale(
  low: number,
  high: number,
  count: number,
  given: { readonly min?: number | undefined; readonly max?: number | undefined },
): Scale {
  const [bottom, top] = spread(given.min ?? low, given.max ?? high, given);
  const step = roundStep((top - bottom) / Math.max(1, count));
  const min = given.min ?? Math.floor(bottom / step + 1e-9) * step;
  const max = given.max ?? Math.ceil(top / step - 1e-9) * step;
  const first = Math.ceil(min / step - 1e-9);
  const ticks: number[] = [];
  for (let n = first; n * step <= max + step * 1e-9; n += 1) ticks.push(clean(n * step));
  return { min, max, ticks };
}

/** Ends that differ; with positive values that aren't far from zero it is at the bottom. */
function spread(
  low: number,
  high: number,
  given: { readonly min?: number | undefined; readonly max?: number | undefined },
): readonly [number, number] {
  if (low > high) return given.min === undefined ? [high - 1, high] : [low, low + 1];
  const span = high - low;
  const floor = given.min === undefined && low > 0 && low < 0.6 * high ? 0 : low;
  if (span > 0) return [floor, high];
  const room = Math.max(Math.abs(high) * 0.1, high === 0 ? 1 : 1e-9);
  return [given.min ?? Math.min(low - room, low), given.max ?? high + room];
}

/** The round number (1, 2, 2.5 or 5 times a power of ten) that isn't smaller. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function clean(value: number): number {
  return Number(value.toPrecision(12));
}

const PREFIXES = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** A number as short as it can be read: `1.5M`, `0.25`, `20k`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const prefix = PREFIXES.find(([factor]) => size >= factor);
  if (prefix) return `${Number((value / prefix[0]).toPrecision(4))}${prefix[1]}`;
  return String(Number(value.toPrecision(4)));
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

/** A time on the axis and how it is written. */
export interface TimeTick {
  readonly time: number;
  readonly text: string;
}

/** Round times between two, at most `count`; epoch seconds. `offset`: minutes east of UTC that times are rounded and shown in. */
export function timeTicks(start: number, end: number, count: number, offset: number): readonly TimeTick[] {
  const step = STEPS.find((each) => (end - start) / each <= Math.max(1, count)) ?? 5 * 364 * DAY;
  const shift = offset * MINUTE;
  const ticks: TimeTick[] = [];
  for (let local = Math.ceil((start + shift) / step) * step; local <= end + shift; local += step)
    ticks.push({ time: local - shift, text: timeText(local, step) });
  return ticks;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function timeText(local: number, step: number): string {
  const date = new Date(local * 1000);
  if (local % DAY === 0) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.toISOString().slice(11, step < MINUTE ? 19 : 16);
}
