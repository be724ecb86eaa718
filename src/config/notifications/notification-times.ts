import type { InclusiveRange, TimeInterval } from "../../model/notification-policy.ts";
import { nearest } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";
import { notificationsSchema, timeIntervalSchema } from "./notifications-schema.ts";

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** Reads one end of a range; text: what is wrong. */
type End = (text: string) => number | string;

/** `notifications.time_intervals`, by name. */
export function timeIntervalsFrom(reading: Reading): Record<string, readonly TimeInterval[]> {
  const base = ["notifications", "time_intervals"];
  const named = notificationsSchema.shape.time_intervals.unwrap().element.shape.name;
  const intervals: Record<string, readonly TimeInterval[]> = {};
  for (let index = 0; index < reading.length(base); index += 1) {
    const path = [...base, index];
    const name = reading.pick(named, [...path, "name"]);
    if (name === undefined) continue;
    if (Object.hasOwn(intervals, name))
      reading.error(
        "duplicate-interval",
        `two time_intervals are named ${JSON.stringify(name)}: rename one`,
        [...path, "name"],
      );
    const inner = [...path, "time_intervals"];
    intervals[name] = Array.from({ length: reading.length(inner) }, (_, at) =>
      intervalAt([...inner, at], reading),
    );
  }
  return intervals;
}

/** The interval written at a path, as far as its parts are sound. */
export function intervalAt(path: Path, reading: Reading): TimeInterval {
  const ranges = (key: "weekdays" | "days_of_month" | "months" | "years", end: End): InclusiveRange[] => {
    const place = [...path, key];
    if (reading.pick(timeIntervalSchema.shape[key], place) === undefined) return [];
    return reading.texts(place).flatMap((written, index) => {
      const range = rangeOf(written, end, key === "days_of_month");
      if (typeof range !== "string") return [range];
      reading.error(
        "bad-value",
        `${key} ${range}`,
        Array.isArray(reading.raw(place)) ? [...place, index] : place,
      );
      return [];
    });
  };
  const parts = {
    times: timesAt([...path, "times"], reading),
    weekdays: ranges("weekdays", named(WEEKDAYS, 0, "weekday")),
    daysOfMonth: ranges("days_of_month", dayOfMonth),
    months: ranges("months", named(MONTHS, 1, "month")),
    years: ranges("years", (text) =>
      /^\d{4}$/.test(text) ? Number(text) : `has no year ${JSON.stringify(text)}`,
    ),
  };
  const location = reading.pick(timeIntervalSchema.shape.location, [...path, "location"]);
  if (location !== undefined) checkLocation(location, [...path, "location"], reading);
  return {
    ...Object.fromEntries(Object.entries(parts).filter(([, list]) => list.length > 0)),
    ...(location === undefined ? {} : { location }),
  };
}

function timesAt(path: Path, reading: Reading): InclusiveRange[] {
  return Array.from({ length: reading.length(path) }, (_, index) => index).flatMap((index) => {
    const minutes = (key: "start_time" | "end_time"): number | undefined => {
      const written = reading.pick(timeIntervalSchema.shape.times.unwrap().element.shape[key], [
        ...path,
        index,
        key,
      ]);
      const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(written ?? "");
      if (match) return match[1] === undefined ? 1440 : Number(match[1]) * 60 + Number(match[2]);
      if (written !== undefined)
        reading.error("bad-value", `${key} must be a time such as 09:30, not ${JSON.stringify(written)}`, [
          ...path,
          index,
          key,
        ]);
      return undefined;
    };
    const [begin, end] = [minutes("start_time"), minutes("end_time")];
    if (begin === undefined || end === undefined) return [];
    if (begin < end) return [{ begin, end }];
    reading.error(
      "bad-value",
      "end_time must be later than start_time: a night needs two, until 24:00 and from 00:00",
      [...path, index, "end_time"],
    );
    return [];
  });
}

/** `3`, `monday:friday`, `-3:-1`: text is what is wrong with it. */
function rangeOf(written: string, end: End, fromEnd: boolean): InclusiveRange | string {
  const [first = "", last = first, ...more] = written.toLowerCase().split(":");
  if (more.length > 0) return `${JSON.stringify(written)} is no range: write first:last`;
  const [begin, until] = [end(first.trim()), end(last.trim())];
  if (typeof begin === "string") return begin;
  if (typeof until === "string") return until;
  if (fromEnd && begin < 0 && until > 0)
    return `${JSON.stringify(written)}: a range that begins from the month's end must end from it, too`;
  // Counted in the shortest month, so that only what is always empty is refused.
  const shortest = (day: number): number => (fromEnd && day < 0 ? 28 + day : day);
  if (shortest(begin) > shortest(until)) return `${JSON.stringify(written)} ends before it begins`;
  return { begin, end: until };
}

function named(names: readonly string[], first: 0 | 1, what: string): End {
  return (text) => {
    const at = names.indexOf(text);
    if (at >= 0) return at + first;
    const number = Number(text);
    if (first === 1 && /^\d{1,2}$/.test(text) && number >= 1 && number <= names.length) return number;
    const guess = nearest(text, names);
    return `has no ${what} ${JSON.stringify(text)}${guess === undefined ? "" : `. Did you mean "${guess}"?`}`;
  };
}

const dayOfMonth: End = (text) => {
  const day = Number(text);
  return /^-?\d{1,2}$/.test(text) && day !== 0 && Math.abs(day) <= 31
    ? day
    : `has no day ${JSON.stringify(text)}: days count from 1, or backwards from -1`;
};

function checkLocation(location: string, path: Path, reading: Reading): void {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: location });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const guess = nearest(location, Intl.supportedValuesOf("timeZone"));
    const remedy = guess === undefined ? "write one such as Europe/Prague" : `did you mean "${guess}"?`;
    reading.error("unknown-time-zone", `unknown time zone ${JSON.stringify(location)}: ${remedy}`, path);
  }
}
