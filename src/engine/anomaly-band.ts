import type { AnomalyConfiguration, AnomalyModel, TrainedBand, TrainingSeries } from "./anomaly-model.ts";
import { median, robustDeviation, robustLine } from "./robust.ts";
import { parseTimeZone, type TimeZone } from "./time-zone.ts";

const HOUR = 3600;
const DAY = 86_400;
/** Fewer points than this teach nothing. */
const FEWEST_POINTS = 10;
/** A trend needs this many days, else a daily pattern cut off half way would look like one. */
const TREND_DAYS = 4;
/** The width never falls below this share of the expected value: measuring isn't exact. */
const NARROWEST = 0.005;

/**
 * A seasonal band that outliers don't move. What is expected is the sum of
 * 1. a straight trend through the daily medians (Theil-Sen; from 4 days on),
 * 2. the median of each hour of the day (from 2 days on), joined by straight lines,
 * 3. the median of each day of the week, and of each hour of the week, weighted by how many such days were seen: d / (d + 1) and d / (d + 2).
 * One standard deviation is 1.4826 times the median absolute deviation of what remains, per hour of the day, half from that hour
 * and half from all hours. The same history gives the same band to the last bit.
 */
export const seasonalBand: AnomalyModel = { train };

function train(history: TrainingSeries, configuration: AnomalyConfiguration = {}): TrainedBand {
  const zone = parseTimeZone(configuration.timeZone ?? "UTC");
  if (!zone) throw new RangeError(`"${configuration.timeZone}" is no time zone; example: Europe/Berlin`);
  const points = usable(history, configuration, zone);
  if (points.length < FEWEST_POINTS) return { bandAt: () => undefined };

  const trend = trendOf(points);
  const rest = points.map((point) => point.value - trend(point.time));
  const days = new Set(points.map((point) => point.day)).size;
  const hours = profile(
    points,
    rest,
    24,
    (point) => point.hour,
    () => (days >= 2 ? 1 : 0),
  );
  subtract(rest, points, (point) => interpolate(hours, point.clock / HOUR));
  const weekdays = profile(
    points,
    rest,
    7,
    (point) => point.weekday,
    (seen) => seen / (seen + 1),
  );
  subtract(rest, points, (point) => weekdays[point.weekday] as number);
  const week = profile(
    points,
    rest,
    168,
    (point) => point.weekday * 24 + point.hour,
    (seen) => seen / (seen + 2),
  );
  subtract(rest, points, (point) => interpolate(week, point.weekday * 24 + point.clock / HOUR));
  const deviations = deviationsOf(points, rest, days);

  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = configuration;
  return {
    bandAt: (time, count) => {
      const { clock, weekday } = localTime(time, zone.offsetAt(time));
      const expected =
        trend(time) +
        interpolate(hours, clock / HOUR) +
        (weekdays[weekday] as number) +
        interpolate(week, weekday * 24 + clock / HOUR);
      const width = count * Math.max(interpolate(deviations, clock / HOUR), NARROWEST * Math.abs(expected));
      const clamp = (value: number): number => Math.min(maximum, Math.max(minimum, value));
      return { lower: clamp(expected - width), upper: clamp(expected + width) };
    },
  };
}

interface Point {
  readonly time: number;
  readonly value: number;
  /** Days since 1970 on the local calendar. */
  readonly day: number;
  /** Monday is 0. */
  readonly weekday: number;
  /** Seconds since local midnight. */
  readonly clock: number;
  readonly hour: number;
}

function localTime(
  time: number,
  offset: number,
): { day: number; weekday: number; clock: number; hour: number } {
  const day = Math.floor((time + offset) / DAY);
  const clock = time + offset - day * DAY;
  return { day, weekday: (day + 3) % 7, clock, hour: Math.floor(clock / HOUR) };
}

function usable(history: TrainingSeries, configuration: AnomalyConfiguration, zone: TimeZone): Point[] {
  const points: Point[] = [];
  const excluded = configuration.excluded ?? [];
  let quarter = Number.NaN;
  let offset = 0;
  for (let i = 0; i < history.times.length; i += 1) {
    const time = history.times[i] as number;
    const value = history.values[i] as number;
    if (!Number.isFinite(value) || excluded.some(({ start, end }) => time >= start && time < end)) continue;
    // Zones change their offset at full quarters of an hour: asking once for each keeps a training fast.
    if (Math.floor(time / 900) !== quarter) {
      quarter = Math.floor(time / 900);
      offset = zone.offsetAt(time);
    }
    points.push({ time, value, ...localTime(time, offset) });
  }
  return points;
}

function trendOf(points: readonly Point[]): (time: number) => number {
  const days = [...grouped(points, (point) => point.day).values()];
  const times = days.map((day) => median(day.map((i) => (points[i] as Point).time)));
  const levels = days.map((day) => median(day.map((i) => (points[i] as Point).value)));
  if (days.length < TREND_DAYS) {
    const level = median(points.map((point) => point.value));
    return () => level;
  }
  const origin = times[0] as number;
  const { level, slope } = robustLine(
    times.map((time) => (time - origin) / DAY),
    levels,
  );
  return (time) => level + (slope * (time - origin)) / DAY;
}

/** The median of each bucket times its weight, by the number of days seen in it; 0 for a bucket without points. */
function profile(
  points: readonly Point[],
  rest: readonly number[],
  size: number,
  bucketOf: (point: Point) => number,
  weight: (days: number) => number,
): Float64Array {
  const result = new Float64Array(size);
  for (const [bucket, members] of grouped(points, bucketOf)) {
    const days = new Set(members.map((i) => (points[i] as Point).day)).size;
    result[bucket] = weight(days) * median(members.map((i) => rest[i] as number));
  }
  return result;
}

function subtract(rest: number[], points: readonly Point[], part: (point: Point) => number): void {
  points.forEach((point, i) => {
    rest[i] = (rest[i] as number) - part(point);
  });
}

function deviationsOf(points: readonly Point[], rest: readonly number[], days: number): Float64Array {
  const overall = robustDeviation(rest);
  const result = new Float64Array(24).fill(overall);
  if (days < 2) return result;
  for (const [hour, members] of grouped(points, (point) => point.hour)) {
    const own = robustDeviation(members.map((i) => rest[i] as number));
    result[hour] = Math.sqrt((own ** 2 + overall ** 2) / 2);
  }
  return result;
}

/** The value between the middles of two buckets of a cycle. `position` in buckets. */
function interpolate(cycle: Float64Array, position: number): number {
  const size = cycle.length;
  const left = Math.floor(position - 0.5);
  const share = position - 0.5 - left;
  const before = cycle[(left + size) % size] as number;
  const after = cycle[(left + 1) % size] as number;
  return before + (after - before) * share;
}

/** Indexes of the points by bucket. */
function grouped(points: readonly Point[], bucketOf: (point: Point) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  points.forEach((point, i) => {
    const bucket = bucketOf(point);
    const group = groups.get(bucket);
    if (group) group.push(i);
    else groups.set(bucket, [i]);
  });
  return groups;
}
