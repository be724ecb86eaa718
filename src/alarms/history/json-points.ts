import type { TimeZone } from "../../engine/time-zone.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { messageOf } from "../../support/errors.ts";
import { type MetricReference, sorted } from "./metric-reference.ts";
import { PointList } from "./point-list.ts";
import { epochSeconds, readTime, utcOf } from "./text-numbers.ts";

/** A series of a JSON file, with what the file says of its metric. */
export interface JsonSeries {
  readonly name: string | undefined;
  readonly metric: Omit<MetricReference, "stat"> | undefined;
  readonly period: number | undefined;
  readonly points: PointList;
}

type Members = Readonly<Record<string, unknown>>;

const STATISTICS = ["Average", "Sum", "Maximum", "Minimum", "SampleCount"] as const;
const FORMS =
  "[[time, value], ...], [{timestamp, value}, ...], {timestamps: [...], values: [...]}, or what `aws cloudwatch get-metric-data` and `get-metric-statistics` print";

/**
 * Reads the series of a JSON file: pairs, objects with `timestamp` and `value`, objects with `timestamps` and `values` (one, or a list
 * under `series`), and the answers of GetMetricData and GetMetricStatistics. Items that can't be read are counted.
 */
export function readJsonPoints(
  text: string,
  path: string,
  zone?: TimeZone,
): { readonly series: readonly JsonSeries[]; readonly diagnostics: readonly Diagnostic[] } {
  const problem = (code: string, message: string, line = 1): Diagnostic => ({
    severity: "error",
    code,
    message,
    path,
    line,
    column: 1,
  });
  if (text.trim() === "") return { series: [], diagnostics: [problem("json-empty", "is empty")] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(messageOf(error));
    const line = position ? text.slice(0, Number(position[1])).split("\n").length : 1;
    return { series: [], diagnostics: [problem("json-syntax", `isn't JSON: ${messageOf(error)}`, line)] };
  }
  const found = listOf(value);
  if (found === undefined)
    return {
      series: [],
      diagnostics: [problem("json-form", `has no points that are known how to read: ${FORMS}`)],
    };
  const diagnostics: Diagnostic[] = [];
  const series = found.map((each, i) => {
    const { points, unreadable, firstUnreadable } = pointsOf(each, zone);
    const name = textOf(each, "name") ?? textOf(each, "label") ?? textOf(each, "id");
    if (unreadable > 0)
      diagnostics.push({
        severity: "warning",
        code: "json-unreadable",
        message: `${unreadable} points of ${name ?? `series ${i + 1}`} left out, no time and value: item ${firstUnreadable + 1} is the first`,
        path,
        line: 1,
        column: 1,
      });
    const period = member(each, "period");
    return {
      name,
      metric: metricOf(each),
      period: typeof period === "number" && period > 0 ? period : undefined,
      points,
    };
  });
  return { series, diagnostics };
}

/** The things in a file that hold one series each; undefined when nothing looks like one. */
function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return [[]];
    return value.every((item) => timesOf(item) !== undefined)
      ? value
      : isPoint(value[0])
        ? [value]
        : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const members = value as Members;
  const several = members["MetricDataResults"] ?? members["series"];
  if (Array.isArray(several)) return several;
  return timesOf(value) !== undefined || datapointsOf(value) !== undefined ? [value] : undefined;
}

function isPoint(item: unknown): boolean {
  return (
    (Array.isArray(item) && item.length === 2) ||
    (typeof item === "object" && item !== null && timeIn(item) !== undefined)
  );
}

/** A member by either of its spellings: `timestamp`, `Timestamp`. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const members = value as Members;
  return members[name] ?? members[(name[0] ?? "").toUpperCase() + name.slice(1)];
}

function textOf(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function timesOf(value: unknown): readonly unknown[] | undefined {
  const times = member(value, "timestamps");
  return Array.isArray(times) && Array.isArray(member(value, "values")) ? times : undefined;
}

function datapointsOf(value: unknown): readonly unknown[] | undefined {
  const points = member(value, "datapoints") ?? member(value, "points");
  return Array.isArray(points) ? points : undefined;
}

function timeIn(item: unknown): unknown {
  return member(item, "timestamp") ?? member(item, "time") ?? member(item, "ts");
}

function valueIn(item: unknown): unknown {
  const plain = member(item, "value");
  if (plain !== undefined) return plain;
  const statistic = STATISTICS.find((name) => name in (item as object));
  if (statistic !== undefined) return (item as Members)[statistic];
  const extended = (item as Members)["ExtendedStatistics"];
  return typeof extended === "object" && extended !== null ? Object.values(extended)[0] : undefined;
}

function pointsOf(
  each: unknown,
  zone: TimeZone | undefined,
): { points: PointList; unreadable: number; firstUnreadable: number } {
  const times = timesOf(each);
  const items = times ?? datapointsOf(each) ?? (Array.isArray(each) ? each : []);
  const values = times ? (member(each, "values") as readonly unknown[]) : undefined;
  const points = new PointList(Math.max(16, items.length));
  let unreadable = 0;
  let firstUnreadable = -1;
  items.forEach((item, i) => {
    const time = secondsOf(values ? item : Array.isArray(item) ? item[0] : timeIn(item), zone);
    const value = numberOf(values ? values[i] : Array.isArray(item) ? item[1] : valueIn(item));
    if (time !== undefined && value !== undefined) points.add(time, value, 1);
    else {
      if (unreadable === 0) firstUnreadable = i;
      unreadable += 1;
    }
  });
  return { points, unreadable, firstUnreadable };
}

function secondsOf(value: unknown, zone: TimeZone | undefined): number | undefined {
  if (typeof value === "number") {
    const seconds = epochSeconds(value);
    return Number.isNaN(seconds) ? undefined : seconds;
  }
  const time = typeof value === "string" ? readTime(value) : undefined;
  return time && (zone && !time.zoned ? utcOf(time.seconds, zone) : time.seconds);
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === null || value === "NaN") return Number.NaN;
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  return undefined;
}

function metricOf(each: unknown): JsonSeries["metric"] {
  const namespace = textOf(each, "namespace");
  const metricName = textOf(each, "metricName");
  if (namespace === undefined || metricName === undefined) return undefined;
  const given = member(each, "dimensions");
  const dimensions = Array.isArray(given)
    ? given.map((item) => ({ name: textOf(item, "name") ?? "", value: textOf(item, "value") ?? "" }))
    : Object.entries((given ?? {}) as Members).map(([name, value]) => ({ name, value: String(value) }));
  return { namespace, metricName, dimensions: sorted(dimensions) };
}
