/** A time zone of a wall-clock window: seconds east of UTC at a moment (epoch seconds). */
export interface TimeZone {
  readonly name: string;
  offsetAt(time: number): number;
}

const FIXED = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})$/;

/**
 * Reads a time zone as CloudWatch's wall-clock windows take it: an IANA name, `Z`, `UTC`, `+05:30`, `UTC-08:00`.
 * Fixed offsets are multiples of 5 minutes; they don't follow daylight saving time, IANA names do. Undefined for anything else.
 */
export function parseTimeZone(name: string): TimeZone | undefined {
  if (name === "Z" || name === "UTC" || name === "GMT") return { name, offsetAt: () => 0 };
  const fixed = FIXED.exec(name);
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    if (minutes > 18 * 60 || Number(fixed[3]) > 59 || minutes % 5 !== 0) return undefined;
    const offset = (fixed[1] === "-" ? -60 : 60) * minutes;
    return { name, offsetAt: () => offset };
  }
  if (name.length > 50 || !/^[A-Za-z]/.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    return { name, offsetAt: (time) => offsetBy(format, time) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetBy(format: Intl.DateTimeFormat, time: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(time * 1000)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(time);
}

const DAY = 86_400;
const WEEK = 604_800;

/** Periods (seconds) a wall-clock window may have. */
export const WALL_CLOCK_PERIODS: readonly number[] = [60, 300, 3600, DAY, WEEK];

/**
 * The start of the clock period that holds a moment: the full minute, five minutes or hour, local midnight, or Monday's midnight.
 * Times in epoch seconds; `period` is one of `WALL_CLOCK_PERIODS`.
 */
export function clockPeriodStart(time: number, period: number, zone: TimeZone): number {
  const offset = zone.offsetAt(time);
  if (period < DAY) return Math.floor((time + offset) / period) * period - offset;
  const day = Math.floor((time + offset) / DAY);
  // Day 0, the first of January 1970, was a Thursday; weeks begin on Mondays.
  const first = period === DAY ? day : day - ((day + 3) % 7);
  return localMidnight(first, zone);
}

/** The end of the clock period that begins at `start`. */
export function clockPeriodEnd(start: number, period: number, zone: TimeZone): number {
  if (period < DAY) return start + period;
  const days = period / DAY;
  return localMidnight(Math.round((start + zone.offsetAt(start)) / DAY) + days, zone);
}

function localMidnight(day: number, zone: TimeZone): number {
  const local = day * DAY;
  const before = local - zone.offsetAt(local - DAY);
  const after = local - zone.offsetAt(local + DAY);
  const valid = [before, after].filter((time) => time + zone.offsetAt(time) === local);
  // Where clocks skip midnight, the day begins when they do.
  return valid.length > 0 ? Math.min(...valid) : before;
}
