import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { notDrawn, WidgetFields, widgetError } from "./widget-fields.ts";

const MOST_METRICS = 100;
const OPTIONS = [
  ...["accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis"],
];

/** A metric or expression of a widget: what to read, and how to draw it. */
export interface WidgetMetric {
  readonly query: MetricDataQuery & { readonly Id: string };
  readonly color?: string | undefined;
  readonly side: "left" | "right";
}

/** What metrics take over from their widget. */
export interface MetricDefaults {
  readonly period: number;
  readonly stat: string;
  readonly region: string;
}

/**
 * Reads the `metrics` array. A row is namespace, metric name and dimensions, with options behind them; `.` stands for what the row
 * before has at the same place, `...` for as many of them as are missing.
 */
export function widgetMetrics(rows: readonly unknown[], defaults: MetricDefaults): readonly WidgetMetric[] {
  if (rows.length < 1 || rows.length > MOST_METRICS)
    throw widgetError(
      `metrics must have from 1 to ${MOST_METRICS} metrics and expressions, not ${rows.length}`,
    );
  const metrics: WidgetMetric[] = [];
  let before: readonly string[] = [];
  rows.forEach((row, i) => {
    const path = `metrics[${i}]`;
    if (!Array.isArray(row) || row.length === 0) throw widgetError(`${path} must be an array with a metric`);
    const last: unknown = row.at(-1);
    const options = new WidgetFields(typeof last === "string" ? {} : last, path, OPTIONS);
    const words = (typeof last === "string" ? row : row.slice(0, -1)).map((word: unknown) => {
      if (typeof word === "string") return word;
      throw widgetError(`${path} must have strings before its options, not ${JSON.stringify(word)}`);
    });
    const expression = options.text("expression");
    if ((expression === undefined) === (words.length === 0))
      throw widgetError(`${path} must name a metric or have an expression, and not both`);
    if (expression === undefined) before = filledIn(words, before, path);
    metrics.push(metricOf(expression ?? before, options, defaults, `auto_${i + 1}`));
  });
  return metrics;
}

function filledIn(words: readonly string[], before: readonly string[], path: string): readonly string[] {
  const gap = words.indexOf("...");
  const missing = Math.max(0, before.length - (words.length - 1));
  const whole =
    gap === -1
      ? words
      : [...words.slice(0, gap), ...new Array<string>(missing).fill("."), ...words.slice(gap + 1)];
  const filled = whole.map((word, i) => {
    if (word !== ".") return word;
    const found = before[i];
    if (found === undefined) throw widgetError(`${path} repeats what the metric before it doesn't have`);
    return found;
  });
  if (filled.length < 2 || filled.length % 2 !== 0)
    throw widgetError(`${path} must be a namespace, a metric name, and pairs of dimension and value`);
  return filled;
}

function metricOf(
  what: string | readonly string[],
  options: WidgetFields,
  defaults: MetricDefaults,
  name: string,
): WidgetMetric {
  const region = options.text("region") ?? defaults.region;
  if (region !== defaults.region) throw notDrawn(`A metric of another region (${region})`);
  if (options.text("accountId") !== undefined) throw notDrawn("A metric of another account");
  const label = options.text("label");
  const period = options.integer("period", 1, 86_400);
  const stat = options.text("stat") ?? defaults.stat;
  return {
    query: {
      Id: options.text("id") ?? name,
      ReturnData: options.flag("visible") ?? true,
      ...(label === undefined ? {} : { Label: label }),
      ...(typeof what === "string"
        ? { Expression: what, ...(period === undefined ? {} : { Period: period }) }
        : { MetricStat: { Metric: metricNamed(what), Period: period ?? defaults.period, Stat: stat } }),
    },
    color: options.color("color"),
    side: options.oneOf("yAxis", ["left", "right"]) ?? "left",
  };
}

function metricNamed([namespace = "", name = "", ...pairs]: readonly string[]) {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: pairs.flatMap((word, i) => (i % 2 === 0 ? [{ Name: word, Value: pairs[i + 1] ?? "" }] : [])),
  };
}
