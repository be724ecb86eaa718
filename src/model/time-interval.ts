import type { InclusiveRange, TimeInterval } from "./notification-policy.ts";

interface LocalTime {
  readonly minute: number;
  readonly weekday: number;
  readonly day: number;
  readonly daysInMonth: number;
  readonly month: number;
  readonly year: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/**
 * Whether a moment (ms) lies in an interval, by the clock on the wall of its location: what Alertmanager means by
 * `time_intervals`. Days of the month that a month doesn't have are cut to its end; a range that begins behind the end is skipped.
 */
export function intervalContains(interval: TimeInterval, at: number): boolean {
  const local = localTime(at, interval.location ?? "UTC");
  const { times, weekdays, daysOfMonth, months, years } = interval;
  return (
    (times?.some(({ begin, end }) => local.minute >= begin && local.minute < end) ?? true) &&
    (daysOfMonth?.some((range) => dayIn(range, local)) ?? true) &&
    isIn(months, local.month) &&
    isIn(weekdays, local.weekday) &&
    isIn(years, local.year)
  );
}

function isIn(ranges: readonly InclusiveRange[] | undefined, value: number): boolean {
  return ranges?.some(({ begin, end }) => value >= begin && value <= end) ?? true;
}

function dayIn(range: InclusiveRange, { day, daysInMonth }: LocalTime): boolean {
  const fromStart = (n: number): number => (n < 0 ? daysInMonth + n + 1 : n);
  const begin = fromStart(range.begin);
  if (begin > daysInMonth) return false;
  return day >= begin && day <= Math.min(fromStart(range.end), daysInMonth);
}

function localTime(at: number, location: string): LocalTime {
  let format = formats.get(location);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: location,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      weekday: "short",
    });
    formats.set(location, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const [year, month] = [number("year"), number("month")];
  return {
    minute: number("hour") * 60 + number("minute"),
    weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""),
    day: number("day"),
    daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
    month,
    year,
  };
}
