import { type Generator, mix, seedOf } from "./generators.ts";
import type { MetricId, Sample } from "./metric-store.ts";

/** Values of a generator as a metric shows them: never negative, percentages never above 100, rates times the interval. */
export function generatedValues(
  generator: Generator,
  kind: "gauge" | "rate",
  { name, unit }: { readonly name: string; readonly unit: string },
  owner: string,
  interval: number,
): (time: number) => number | undefined {
  const seed = seedFor(owner, name);
  const max = unit === "Percent" ? 100 : Number.POSITIVE_INFINITY;
  const whole = kind === "rate" && (unit === "Bytes" || unit === "Count");
  return (time) => {
    const value = generator(time, seed);
    if (value === undefined) return undefined;
    const bounded = Math.min(max, Math.max(0, kind === "rate" ? value * interval : value));
    return whole ? Math.round(bounded) : bounded;
  };
}

/** Samples at multiples of the interval while the thing is active. */
export function* samples(
  from: number,
  to: number,
  interval: number,
  active: (time: number) => boolean,
  valueAt: (time: number) => number | undefined,
): Iterable<Sample> {
  for (let time = Math.ceil(from / interval) * interval; time < to; time += interval) {
    if (!active(time)) continue;
    const value = valueAt(time);
    if (value !== undefined) yield { time, value };
  }
}

/** Epoch seconds of a moment in milliseconds when something ended. */
export function ended(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000);
}

/** The seed of a metric of a thing. */
export function seedFor(owner: string, metric: string): number {
  return mix(seedOf(owner), seedOf(metric));
}

/** The value of a dimension that is the only one, else undefined. */
export function onlyDimension(id: MetricId, name: string): string | undefined {
  const value = id.dimensions[name];
  if (value === undefined) return undefined;
  for (const other in id.dimensions) if (other !== name) return undefined;
  return value;
}
