import type { TimeMark, ValueMark } from "../../../chart/chart.ts";
import { WidgetFields, widgetError } from "./widget-fields.ts";
import { widgetTime } from "./widget-time.ts";

const COMMON = ["color", "fill", "label", "value", "visible"];

/** `annotations.horizontal`: values, or pairs of values with what is between them. */
export function valueMarks(entries: readonly unknown[]): readonly ValueMark[] {
  return entries.flatMap((entry, i) => {
    const path = `annotations.horizontal[${i}]`;
    const [first, second] = endsOf(entry, path, [...COMMON, "yAxis"]);
    if (first.flag("visible") === false) return [];
    const fill = first.oneOf("fill", ["above", "below", "none"]);
    const valueIn = (fields: WidgetFields): number => {
      const value = fields.number("value");
      if (value === undefined) throw widgetError(`${path}.value is required`);
      return value;
    };
    return [
      {
        value: valueIn(first),
        label: first.text("label"),
        color: first.color("color"),
        side: first.oneOf("yAxis", ["left", "right"]) ?? "left",
        fill: fill === "none" ? undefined : fill,
        ...(second && { to: { value: valueIn(second), label: second.text("label") } }),
      },
    ];
  });
}

/** `annotations.vertical`: times, or pairs of times with what is between them. */
export function timeMarks(entries: readonly unknown[], now: number): readonly TimeMark[] {
  return entries.flatMap((entry, i) => {
    const path = `annotations.vertical[${i}]`;
    const [first, second] = endsOf(entry, path, COMMON);
    if (first.flag("visible") === false) return [];
    const fill = first.oneOf("fill", ["before", "after", "none"]);
    const timeIn = (fields: WidgetFields): number => {
      const text = fields.text("value");
      if (text === undefined) throw widgetError(`${path}.value is required`);
      return widgetTime(text, `${path}.value`, now);
    };
    return [
      {
        time: timeIn(first),
        label: first.text("label"),
        color: first.color("color"),
        fill: fill === "none" ? undefined : fill,
        ...(second && { to: { time: timeIn(second), label: second.text("label") } }),
      },
    ];
  });
}

function endsOf(
  entry: unknown,
  path: string,
  known: readonly string[],
): readonly [WidgetFields, WidgetFields | undefined] {
  if (!Array.isArray(entry)) return [new WidgetFields(entry, path, known), undefined];
  if (entry.length !== 2) throw widgetError(`${path} must be one annotation or two that belong together`);
  return [new WidgetFields(entry[0], path, known), new WidgetFields(entry[1], path, known)];
}
