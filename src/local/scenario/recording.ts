import type { Reading } from "../metrics/generators.ts";

/** A recording, or what is wrong with it and where. */
export type Recording =
  | { readonly readings: readonly Reading[] }
  | { readonly problem: string; readonly line: number };

/**
 * Reads `timestamp,value` lines in order of time. Timestamps are ISO times (UTC where they name no zone) or epoch seconds; a
 * heading, blank lines and a byte-order mark are allowed.
 */
export function parseRecording(text: string): Recording {
  const readings: Reading[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const [stamp = "", amount, extra] = line.split(",").map((cell) => cell.trim());
    const time = timeOf(stamp);
    const value = amount === undefined || amount === "" ? Number.NaN : Number(amount);
    const heading =
      readings.length === 0 && amount !== undefined && Number.isNaN(time) && Number.isNaN(value);
    if (heading) continue;
    const problem =
      extra !== undefined || amount === undefined
        ? `expected two columns, timestamp and value, in "${line}"`
        : Number.isNaN(time)
          ? `"${stamp}" is no time: use 2026-01-31T12:00:00Z or epoch seconds`
          : !Number.isFinite(value)
            ? `"${amount}" is no number`
            : time <= (readings.at(-1)?.time ?? Number.NEGATIVE_INFINITY)
              ? `"${stamp}" isn't after the line before it: sort by time, each time once`
              : undefined;
    if (problem !== undefined) return { problem, line: index + 1 };
    readings.push({ time, value });
  }
  return readings.length === 0 ? { problem: "it holds no data", line: 1 } : { readings };
}

function timeOf(stamp: string): number {
  if (/^\d+(\.\d+)?$/.test(stamp)) return Number(stamp);
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(stamp) ? stamp : `${stamp}Z`;
  return /^\d{4}-\d\d-\d\d[T ]/.test(stamp) ? Date.parse(zoned.replace(" ", "T")) / 1000 : Number.NaN;
}
