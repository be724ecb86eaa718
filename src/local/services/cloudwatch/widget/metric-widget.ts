// Metric widgets: the JSON that says what GetMetricWidgetImage draws ("Metric Widget Structure and Syntax" of the CloudWatch API reference).
import type { TimeMark, ValueAxis, ValueMark } from "../../../chart/chart.ts";
import { notDrawn, WidgetFields, widgetError } from "./widget-fields.ts";
import { timeMarks, valueMarks } from "./widget-marks.ts";
import { type WidgetMetric, widgetMetrics } from "./widget-metrics.ts";
import { widgetOffset, widgetTime } from "./widget-time.ts";

const MOST_PIXELS = 2000;
const MEMBERS = [
  ...[
    "annotations",
    "end",
    "height",
    "legend",
    "liveData",
    "metrics",
    "period",
    "region",
    "stacked",
    "start",
  ],
  ...["stat", "theme", "timezone", "title", "view", "width", "yAxis"],
];
const AXIS = ["label", "max", "min", "showUnits"];

/** An axis as the widget asks for it. */
export interface WidgetAxis extends ValueAxis {
  /** Whether the unit stands where no label does. */
  readonly units: boolean;
}

/** A widget with every default filled in. Times in epoch seconds. */
export interface MetricWidget {
  readonly width: number;
  readonly height: number;
  readonly title: string | undefined;
  readonly theme: "light" | "dark";
  readonly legend: boolean;
  readonly start: number;
  readonly end: number;
  /** Minutes east of UTC. */
  readonly offset: number;
  readonly metrics: readonly WidgetMetric[];
  readonly axes: { readonly left: WidgetAxis; readonly right: WidgetAxis };
  readonly valueMarks: readonly ValueMark[];
  readonly timeMarks: readonly TimeMark[];
}

/** Reads a widget. `now` in epoch seconds; `region` is the one that is asked. */
export function parseMetricWidget(text: string, now: number, region: string): MetricWidget {
  const widget = new WidgetFields(jsonOf(text), "", MEMBERS);
  const view = widget.text("view") ?? "timeSeries";
  if (view !== "timeSeries") throw notDrawn(`The view ${view}`);
  if (widget.flag("stacked") === true) throw notDrawn("The option stacked");
  const position = widget.object("legend", ["position"]).oneOf("position", ["bottom", "right", "hidden"]);
  if (position === "right") throw notDrawn("The legend's position right");
  // Every point is there as soon as it was put.
  widget.flag("liveData");
  const asked = widget.text("region") ?? region;
  if (asked !== region)
    throw widgetError(`region must be ${region}, where the request was sent, not ${asked}`);
  const start = widgetTime(widget.text("start") ?? "-PT3H", "start", now);
  const end = widgetTime(widget.text("end") ?? "-PT0H", "end", now);
  if (start >= end) throw widgetError("start must be before end");
  const defaults = {
    period: widget.integer("period", 1, 86_400) ?? 300,
    stat: widget.text("stat") ?? "Average",
    region,
  };
  const annotations = widget.object("annotations", ["horizontal", "vertical"]);
  const axes = widget.object("yAxis", ["left", "right"]);
  return {
    width: widget.integer("width", 1, MOST_PIXELS) ?? 600,
    height: widget.integer("height", 1, MOST_PIXELS) ?? 400,
    title: widget.text("title"),
    theme: widget.oneOf("theme", ["light", "dark"]) ?? "light",
    legend: position !== "hidden",
    start,
    end,
    offset: widgetOffset(widget.text("timezone")),
    metrics: widgetMetrics(widget.list("metrics"), defaults),
    axes: { left: axisOf(axes, "left"), right: axisOf(axes, "right") },
    valueMarks: valueMarks(annotations.list("horizontal")),
    timeMarks: timeMarks(annotations.list("vertical"), now),
  };
}

function axisOf(axes: WidgetFields, side: "left" | "right"): WidgetAxis {
  const axis = axes.object(side, AXIS);
  const [min, max] = [axis.number("min"), axis.number("max")];
  if (min !== undefined && max !== undefined && min >= max)
    throw widgetError(`yAxis.${side}.min must be less than yAxis.${side}.max`);
  return { label: axis.text("label"), min, max, units: axis.flag("showUnits") ?? true };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw widgetError(`it isn't JSON: ${error.message}`);
    throw error;
  }
}
