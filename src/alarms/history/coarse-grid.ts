import type { DenseSeries } from "./series-grid.ts";

/** Points of EC2's basic monitoring come every five minutes. */
const BASIC = 300;
const MINUTE = 60;
/** A metric that publishes every five minutes fills at least this share of them; a rare event that happens to fit doesn't. */
const FILLED = 0.5;

/**
 * Series of one alarm, read by the minute, that turn out to have points every five minutes only: as series of five minutes, beginning
 * with the first point. Windows that slide by the minute over such points would pretend to know what happened between them.
 * Undefined when they are finer, rare, or not in step with each other. `period`: the alarm's.
 */
export function asFiveMinutes(
  series: ReadonlyMap<string, DenseSeries>,
  period: number,
): ReadonlyMap<string, DenseSeries> | undefined {
  if (period % BASIC !== 0) return undefined;
  const every = BASIC / MINUTE;
  let offset: number | undefined;
  for (const { step, chunk } of series.values()) {
    if (step !== MINUTE) return undefined;
    const { values } = chunk;
    let points = 0;
    for (let i = 0; i < values.length; i += 1) {
      if (Number.isNaN(values[i])) continue;
      offset ??= i % every;
      if (i % every !== offset) return undefined;
      points += 1;
    }
    if (points < (values.length / every) * FILLED) return undefined;
  }
  if (offset === undefined) return undefined;
  const from = offset;
  return new Map([...series].map(([id, each]) => [id, everyFifth(each, from, every)]));
}

function everyFifth({ start, chunk, points }: DenseSeries, offset: number, every: number): DenseSeries {
  const pick = (column: Float64Array): Float64Array =>
    Float64Array.from(
      { length: Math.ceil((column.length - offset) / every) },
      (_, i) => column[offset + i * every] as number,
    );
  return {
    start: start + offset * MINUTE,
    step: BASIC,
    points,
    chunk: {
      values: pick(chunk.values),
      ...(chunk.sampleCounts ? { sampleCounts: pick(chunk.sampleCounts) } : {}),
    },
  };
}
