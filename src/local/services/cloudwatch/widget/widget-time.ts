import { widgetError } from "./widget-fields.ts";

const RELATIVE = /^[+-]?P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = [604_800, 86_400, 3600, 60, 1];
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A time of a widget, epoch seconds: absolute (ISO 8601) or before now (`-PT3H`, `-P1D`). */
export function widgetTime(text: string, name: string, now: number): number {
  const relative = RELATIVE.exec(text);
  if (relative)
    return now - relative.slice(1).reduce((sum, n, i) => sum + Number(n ?? 0) * (UNITS[i] ?? 0), 0);
  const absolute = ABSOLUTE.test(text) ? absoluteTime(text) : Number.NaN;
  if (Number.isFinite(absolute)) return absolute;
  throw widgetError(`${name} must be a time like 2026-04-25T12:00:00Z or -PT3H, not ${text}`);
}

/** An absolute time, epoch seconds; without a zone it is in UTC. */
function absoluteTime(text: string): number {
  const zoned = /T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes("T");
  return Date.parse(zoned ? text : `${text}Z`) / 1000;
}

/** `+0130` in minutes. */
export function widgetOffset(text: string | undefined): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? "+0000") ?? [];
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59)
    throw widgetError(`timezone must be an offset like +0130, not ${text}`);
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
