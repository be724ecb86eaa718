import type { AlarmTrigger } from "../model/alarm-event.ts";
import type { MetricDataQuery } from "../model/alarm-spec.ts";
import type { Alert } from "../model/alert.ts";
import { COMPARISON_SYMBOLS } from "../model/describe-alarm.ts";
import { formatValue } from "../model/metric-value.ts";
import type { Notification } from "./notification.ts";
import { oneLine } from "./plain-text.ts";
import { resourceText } from "./render.ts";

/** What to draw, and where to ask for it. */
export interface AlarmWidget {
  readonly account: string;
  readonly region: string;
  /** `MetricWidget` of GetMetricWidgetImage. */
  readonly widget: string;
}

const WIDTH = 800;
const HEIGHT = 300;
const RED = "#d13212";
/** At least so much is shown, s; less of what is measured by the second. */
const LEAST = 3 * 3600;
const MOST_POINTS = 1440;
/** Periods before what the alarm looks at, and at least. */
const WINDOWS = 3;
const FEWEST_PERIODS = 12;
/** Left free behind the moment it fired, as a part of what is shown. */
const ROOM = 0.04;

/**
 * The chart of a notification: the metric of its gravest firing alarm with what it is held against and when it fired. Undefined when
 * there is none: for notices, recoveries, composite and log alarms, and those over many series.
 */
export function widgetOfNotification({ alerts, at }: Notification): AlarmWidget | undefined {
  for (const alert of alerts) {
    const widget = alert.status === "firing" ? alarmWidget(alert, at) : undefined;
    if (widget) return widget;
  }
  return undefined;
}

/** The chart of an alert as of `at`, ms. */
export function alarmWidget({ watched, text, startsAt }: Alert, at: number): AlarmWidget | undefined {
  const { account, region } = text;
  const metrics = watched && metricRows(watched);
  if (!account || region === undefined || !metrics) return undefined;
  const period = longestPeriod(watched);
  const seen = (watched.evaluationPeriods ?? 1) * period;
  const range = Math.max(Math.min(LEAST, MOST_POINTS * period), WINDOWS * seen, FEWEST_PERIODS * period);
  const last = Math.max(at, startsAt);
  const subject = resourceText(text.resource);
  const named = subject === undefined || text.name.includes(subject);
  const widget = {
    title: oneLine(named ? text.name : `${text.name} · ${subject}`, 120),
    view: "timeSeries",
    stacked: false,
    width: WIDTH,
    height: HEIGHT,
    period,
    start: new Date(last - range * 1000).toISOString(),
    end: new Date(last + ROOM * range * 1000).toISOString(),
    metrics,
    annotations: {
      horizontal: thresholdLine(watched, text.condition),
      vertical: [{ value: new Date(startsAt).toISOString(), label: text.state, color: RED }],
    },
  };
  return { account: account.id, region, widget: JSON.stringify(widget) };
}

type Row = readonly unknown[];

/** The widget's `metrics`; undefined for what it can't show. */
function metricRows(watched: AlarmTrigger): readonly Row[] | undefined {
  const { namespace, metricName, dimensions, statistic, period, metrics } = watched;
  if (metrics) {
    const rows = metrics.map(queryRow);
    return rows.length > 0 && rows.every((row) => row !== undefined) ? rows : undefined;
  }
  if (namespace === undefined || metricName === undefined || statistic === undefined) return undefined;
  return [
    [
      ...metricWords(namespace, metricName, dimensions),
      { stat: statistic, ...(period === undefined ? {} : { period }) },
    ],
  ];
}

function queryRow(query: MetricDataQuery): Row | undefined {
  const { id, metricStat, expression, label, returnData, period, accountId } = query;
  const options = {
    id,
    ...(label === undefined ? {} : { label }),
    ...(returnData === false ? { visible: false } : {}),
    ...(accountId === undefined ? {} : { accountId }),
  };
  if (metricStat) {
    const { namespace, metricName, dimensions, stat } = metricStat;
    const words = metricWords(namespace, metricName, dimensions);
    return [...words, { ...options, stat, period: metricStat.period }];
  }
  // Queries over many series are another language, which gives as many lines.
  if (expression === undefined || /^\s*SELECT\b/i.test(expression)) return undefined;
  return [{ ...options, expression, ...(period === undefined ? {} : { period }) }];
}

function metricWords(
  namespace: string,
  metricName: string,
  dimensions: AlarmTrigger["dimensions"],
): readonly string[] {
  return [namespace, metricName, ...dimensions.flatMap(({ name, value }) => [name, value])];
}

function longestPeriod({ period, metrics = [] }: AlarmTrigger): number {
  const periods = metrics.flatMap((query) => query.metricStat?.period ?? query.period ?? []);
  return period ?? Math.max(60, ...periods);
}

/** A line at the threshold, shaded on the side where the alarm fires. Bands draw themselves. */
function thresholdLine(watched: AlarmTrigger, condition: string | undefined): readonly object[] {
  const { threshold, comparisonOperator = "", metricName = "", unit, thresholdMetricId } = watched;
  if (threshold === undefined || thresholdMetricId !== undefined) return [];
  const symbol = Object.hasOwn(COMPARISON_SYMBOLS, comparisonOperator)
    ? COMPARISON_SYMBOLS[comparisonOperator as keyof typeof COMPARISON_SYMBOLS]
    : "";
  const limit = `${symbol} ${formatValue(threshold, metricName, unit)}`.trim();
  const fill = /^Greater/.test(comparisonOperator)
    ? { fill: "above" }
    : /^Less/.test(comparisonOperator)
      ? { fill: "below" }
      : {};
  return [{ value: threshold, label: oneLine(condition ?? limit, 80), color: RED, ...fill }];
}
