import { z } from "zod";
import { strict } from "../../config/schema-parts.ts";
import { parseDuration } from "../../model/duration.ts";
import {
  clamped,
  daily,
  type Generator,
  gap,
  noisy,
  type Reading,
  ramp,
  recorded,
  spike,
  spread,
  steady,
  sum,
} from "../metrics/generators.ts";
import { momentAt, parseMoment } from "../moments.ts";
import { duration, moment, share, timeOfDay } from "./parts.ts";

const window = { at: moment, for: duration, every: duration.optional() };

// What can be added up to one curve. Keys of one mapping are added too: `daily` with a `spike` on top.
const curves = {
  steady: z.number().optional(),
  daily: strict({
    low: z.number(),
    high: z.number(),
    peak: timeOfDay.optional(),
    weekend: share.optional(),
  }).optional(),
  ramp: strict({ from: z.number(), to: z.number(), at: moment, over: duration }).optional(),
  spike: strict({ height: z.number(), ...window }).optional(),
  gap: strict(window).optional(),
  csv: z
    .union([z.string(), strict({ file: z.string(), at: moment.optional(), loop: z.boolean().optional() })], {
      error: "must be a file's name, or file, at and loop",
    })
    .optional(),
};

const shaping = {
  noise: z.number().nonnegative().optional(),
  spread: share.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
};

interface Curves {
  readonly steady?: number | undefined;
  readonly daily?:
    | { low: number; high: number; peak?: string | undefined; weekend?: number | undefined }
    | undefined;
  readonly ramp?: { from: number; to: number; at: string; over: string | number } | undefined;
  readonly spike?:
    | { height: number; at: string; for: string | number; every?: string | number | undefined }
    | undefined;
  readonly gap?: { at: string; for: string | number; every?: string | number | undefined } | undefined;
  readonly csv?: string | { file: string; at?: string | undefined; loop?: boolean | undefined } | undefined;
}

/** How the values of a metric are made, as a scenario says it. */
export type GeneratorSpec =
  | number
  | (Curves & {
      readonly sum?: readonly GeneratorSpec[] | undefined;
      readonly noise?: number | undefined;
      readonly spread?: number | undefined;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
    });

/** A number, or curves that are added up, with noise and bounds. */
export const generatorSchema: z.ZodType<GeneratorSpec> = z.lazy(() =>
  z.union([z.number(), strict({ ...curves, sum: z.array(generatorSchema).min(1).optional(), ...shaping })], {
    error: "must be a number or a generator: steady, daily, ramp, spike, gap, csv or sum",
  }),
);

/** Recorded data by the name of its file, and when the scenario starts (milliseconds). */
export interface GeneratorContext {
  readonly start: number;
  readonly recordings: ReadonlyMap<string, readonly Reading[]>;
}

/** The generator that a specification describes. */
export function makeGenerator(spec: GeneratorSpec, context: GeneratorContext): Generator {
  if (typeof spec === "number") return steady(spec);
  let generator = sum(partsOf(spec, context));
  if (spec.spread !== undefined) generator = spread(generator, spec.spread);
  if (spec.noise !== undefined) generator = noisy(generator, spec.noise);
  if (spec.min !== undefined || spec.max !== undefined)
    generator = clamped(
      generator,
      spec.min ?? Number.NEGATIVE_INFINITY,
      spec.max ?? Number.POSITIVE_INFINITY,
    );
  return generator;
}

/** Files that a specification reads. */
export function filesOf(spec: GeneratorSpec): readonly string[] {
  if (typeof spec === "number") return [];
  const own = spec.csv === undefined ? [] : [typeof spec.csv === "string" ? spec.csv : spec.csv.file];
  return [...own, ...(spec.sum ?? []).flatMap(filesOf)];
}

function partsOf(spec: Exclude<GeneratorSpec, number>, context: GeneratorContext): readonly Generator[] {
  const parts: Generator[] = [];
  const seconds = (text: string) => epochSeconds(text, context.start);
  if (spec.steady !== undefined) parts.push(steady(spec.steady));
  if (spec.daily) {
    const { low, high, peak = "14:00", weekend = 1 } = spec.daily;
    parts.push(daily({ low, high, peak: secondsOfDay(peak), weekend }));
  }
  if (spec.ramp) {
    const { from, to, at, over } = spec.ramp;
    parts.push(ramp({ from, to, start: seconds(at), over: Math.max(1, parseDuration(over) ?? 1) }));
  }
  if (spec.spike) parts.push(spike(windowOf(spec.spike, context.start), spec.spike.height));
  if (spec.gap) parts.push(gap(windowOf(spec.gap, context.start)));
  if (spec.csv !== undefined) parts.push(recordedPart(spec.csv, context));
  for (const inner of spec.sum ?? []) parts.push(makeGenerator(inner, context));
  return parts;
}

function recordedPart(csv: NonNullable<Curves["csv"]>, { start, recordings }: GeneratorContext): Generator {
  const { file, at = "start", loop = true } = typeof csv === "string" ? { file: csv } : csv;
  const readings = recordings.get(file) ?? [];
  const shift = epochSeconds(at, start) - (readings[0]?.time ?? 0);
  return recorded(
    readings.map(({ time, value }) => ({ time: time + shift, value })),
    { loop },
  );
}

function windowOf(
  { at, for: length, every }: NonNullable<Curves["gap"]>,
  start: number,
): { at: number; length: number; every?: number } {
  const repeat = every === undefined ? undefined : parseDuration(every);
  return {
    at: epochSeconds(at, start),
    length: parseDuration(length) ?? 0,
    ...(repeat === undefined || repeat === 0 ? {} : { every: repeat }),
  };
}

function epochSeconds(text: string, start: number): number {
  const at = parseMoment(text);
  if (!at) throw new RangeError(`"${text}" is no moment`);
  return momentAt(at, start) / 1000;
}

function secondsOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 3600 + minutes * 60;
}
