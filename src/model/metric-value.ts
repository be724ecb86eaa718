/** Steps of 1000 with their prefixes, for units that people scale. */
const PREFIXES = ["", "k", "M", "G", "T", "P"];

/** CloudWatch's units as people write them; `scaled` ones get k, M, G. Values of the others are multiplied by `times` first. */
const UNITS: Readonly<
  Record<string, { readonly text: string; readonly scaled?: true; readonly times?: number }>
> = {
  Percent: { text: "%" },
  Seconds: { text: "s" },
  Milliseconds: { text: "ms" },
  Microseconds: { text: "µs" },
  Bytes: { text: "B", scaled: true },
  Kilobytes: { text: "B", scaled: true, times: 1e3 },
  Megabytes: { text: "B", scaled: true, times: 1e6 },
  Gigabytes: { text: "B", scaled: true, times: 1e9 },
  Terabytes: { text: "B", scaled: true, times: 1e12 },
  Bits: { text: "bit", scaled: true },
  "Bytes/Second": { text: "B/s", scaled: true },
  "Kilobytes/Second": { text: "B/s", scaled: true, times: 1e3 },
  "Megabytes/Second": { text: "B/s", scaled: true, times: 1e6 },
  "Gigabytes/Second": { text: "B/s", scaled: true, times: 1e9 },
  "Bits/Second": { text: "bit/s", scaled: true },
  "Kilobits/Second": { text: "bit/s", scaled: true, times: 1e3 },
  "Megabits/Second": { text: "bit/s", scaled: true, times: 1e6 },
  "Gigabits/Second": { text: "bit/s", scaled: true, times: 1e9 },
  "Count/Second": { text: "/s" },
};

/** Units that people write themselves as the label of an expression, or at its end: `Mbit/s`, `Traffic (MB/s)`, `ms`. */
const LABEL_UNIT = /^([kMGT]?(?:bit|B)(?:\/s)?|ms|s|\/s)$|[\s(]([kMGT]?(?:bit|B)\/s|[kMGT]B|ms)\)?$/;

/** Metrics whose messages never say their unit and whose names don't either. Source: the services' metric tables. */
const KNOWN_UNITS: Readonly<Record<string, string>> = { TargetResponseTime: "Seconds" };

/** A metric's value with the unit people use: `91 %`, `12.3 MB`, `12.3 Mbit/s`, `5`. `metricName` may be an expression's label. */
export function formatValue(value: number, metricName: string, unit?: string): string {
  const known = UNITS[unitFor(metricName, unit)];
  if (known) {
    const { text, scaled, times = 1 } = known;
    return scaled ? formatScaled(value * times, text) : `${formatNumber(value)} ${text}`;
  }
  const [, whole, last] = LABEL_UNIT.exec(metricName) ?? [];
  const own = whole ?? last;
  return own === undefined ? formatNumber(value) : `${formatNumber(value)} ${own}`;
}

/** The unit of a metric: its own, or what its name says. */
function unitFor(metricName: string, unit: string | undefined): string {
  if (unit !== undefined && Object.hasOwn(UNITS, unit)) return unit;
  if (/CreditBalance/.test(metricName)) return "";
  if (Object.hasOwn(KNOWN_UNITS, metricName)) return KNOWN_UNITS[metricName] ?? "";
  if (/percent|Utilization$|Balance$|%/i.test(metricName)) return "Percent";
  return /Bytes$|^Network(In|Out)$/.test(metricName) ? "Bytes" : "";
}

/** A number with at most six significant digits and no trailing zeros. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

/**
 * A measured value short enough to take in at a glance (`97.4 %` for 97.41666), but never so short that it reads the same as
 * the threshold it crossed.
 */
export function formatMeasured(value: number, metricName: string, unit?: string, threshold?: number): string {
  const rounded = formatValue(glance(value), metricName, unit);
  const same =
    threshold !== undefined && value !== threshold && rounded === formatValue(threshold, metricName, unit);
  return same ? formatValue(value, metricName, unit) : rounded;
}

function glance(value: number): number {
  const size = Math.abs(value);
  if (size >= 1000) return size >= 1e5 ? value : Math.round(value);
  return Number(value.toPrecision(3));
}

function formatScaled(value: number, unit: string): string {
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= 1000 && at < PREFIXES.length - 1) {
    rest /= 1000;
    at += 1;
  }
  return `${formatNumber(Number(rest.toPrecision(4)))} ${PREFIXES[at]}${unit}`;
}
