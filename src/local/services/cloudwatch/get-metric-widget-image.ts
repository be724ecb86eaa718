import type {
  GetMetricWidgetImageInput,
  GetMetricWidgetImageOutput,
  MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import type { ChartBand, ChartLine, Side } from "../../chart/chart.ts";
import { drawChart } from "../../chart/draw-chart.ts";
import { Constraints } from "./constraints.ts";
import { validationError } from "./errors.ts";
import { getMetricData, type MetricDataSources } from "./get-metric-data.ts";
import { metricIdOf, readersOf, unitsOf } from "./statistics-by-period.ts";
import { type MetricWidget, parseMetricWidget, type WidgetAxis } from "./widget/metric-widget.ts";
import type { WidgetMetric } from "./widget/widget-metrics.ts";

const LONGEST = 100 * 1024;
/** The second one is for requests that take the picture itself as the answer: see `pictureAlone`. */
const FORMATS = ["png", "image/png"];

/** A picture of metrics, drawn as the widget says; the numbers come from GetMetricData. */
export function getMetricWidgetImage(
  sources: MetricDataSources,
  { MetricWidget: text = "", OutputFormat: format = "png" }: GetMetricWidgetImageInput,
  region: string,
): GetMetricWidgetImageOutput {
  new Constraints().length("metricWidget", text, 1, LONGEST).check();
  if (!FORMATS.includes(format))
    throw validationError(`The value ${format} for parameter OutputFormat is not supported: it must be png.`);
  const widget = parseMetricWidget(text, sources.now.getTime() / 1000, region);
  const { lines, bands } = dataOf(widget, resultsOf(sources, widget));
  const axis = (side: Side): WidgetAxis => {
    const own = widget.axes[side];
    const unit = own.label === undefined && own.units ? unitOf(sources, widget, side) : undefined;
    return unit === undefined ? own : { ...own, label: unit };
  };
  const chart = { ...widget, axes: { left: axis("left"), right: axis("right") }, lines, bands };
  return { MetricWidgetImage: drawChart(chart) };
}

/** What `OutputFormat` image/png is answered with: nothing but the picture. */
export function pictureAlone(
  { OutputFormat }: Readonly<Record<string, unknown>>,
  { MetricWidgetImage }: Readonly<Record<string, unknown>>,
): { readonly type: string; readonly body: Uint8Array } | undefined {
  return OutputFormat === "image/png" && MetricWidgetImage instanceof Uint8Array
    ? { type: "image/png", body: MetricWidgetImage }
    : undefined;
}

/** Every page of the widget's data. */
function resultsOf(sources: MetricDataSources, { metrics, start, end }: MetricWidget): MetricDataResult[] {
  const request = {
    MetricDataQueries: metrics.map(({ query }) => query),
    StartTime: new Date(start * 1000),
    EndTime: new Date(end * 1000),
    ScanBy: "TimestampAscending" as const,
  };
  const results: MetricDataResult[] = [];
  let token: string | undefined;
  do {
    const page = getMetricData(sources, token === undefined ? request : { ...request, NextToken: token });
    results.push(...(page.MetricDataResults ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return results;
}

/** Results as they are drawn. Two series of a band's expression are its edges; series that came in several pages are one again. */
function dataOf({ metrics, start, end }: MetricWidget, results: readonly MetricDataResult[]) {
  const longest = Math.max(...metrics.map(({ query }) => query.MetricStat?.Period ?? query.Period ?? 0));
  const lines: ChartLine[] = [];
  const bands: ChartBand[] = [];
  for (const { query, color, side } of metrics) {
    const period = query.MetricStat?.Period ?? query.Period ?? (longest || 300);
    const own = seriesOf(results.filter(({ Id }) => Id === query.Id)).map(({ label, points }) => {
      const within = points.filter(([time]) => time >= start - period && time <= end);
      return {
        ...{ label, color, side, period, times: within.map(([time]) => time) },
        values: within.map(([, value]) => value),
      };
    });
    const [first, second] = own;
    if (first && second && /^\s*ANOMALY_DETECTION_BAND\s*\(/i.test(query.Expression ?? "")) {
      const [lower, upper] = edgesOf(first.values, second.values);
      const label = query.Label ?? `${query.Id} (expected)`;
      bands.push({ label, color, side, period, times: first.times, lower, upper });
    } else lines.push(...own);
  }
  return { lines, bands };
}

function edgesOf(a: readonly number[], b: readonly number[]): readonly [lower: number[], upper: number[]] {
  return [
    a.map((value, i) => Math.min(value, b[i] ?? value)),
    a.map((value, i) => Math.max(value, b[i] ?? value)),
  ];
}

interface Series {
  readonly label: string;
  readonly points: (readonly [time: number, value: number])[];
}

function seriesOf(results: readonly MetricDataResult[]): readonly Series[] {
  const series = new Map<string, Series>();
  for (const { Label: label = "", Timestamps = [], Values = [] } of results) {
    const known = series.get(label) ?? { label, points: [] };
    series.set(label, known);
    Timestamps.forEach((time, i) => {
      known.points.push([time.getTime() / 1000, Values[i] as number]);
    });
  }
  return [...series.values()];
}

/** The unit of everything that is measured on a side, when it is one and the same. */
function unitOf(
  { metrics: stored }: MetricDataSources,
  { metrics }: MetricWidget,
  side: Side,
): string | undefined {
  const shown = metrics.filter((metric) => metric.side === side && metric.query.ReturnData !== false);
  const units = new Set(
    shown.flatMap(({ query }: WidgetMetric) => {
      const { Namespace = "", MetricName = "", Dimensions } = query.MetricStat?.Metric ?? {};
      if (query.MetricStat?.Stat === "SampleCount") return ["Count"];
      return MetricName === ""
        ? []
        : unitsOf(readersOf(stored, metricIdOf(Namespace, MetricName, Dimensions))).slice(0, 1);
    }),
  );
  const [unit] = units;
  return units.size === 1 && unit !== "None" ? unit : undefined;
}
