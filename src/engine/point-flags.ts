import { BAND_OPERATORS, type EvaluableAlarm } from "./alarm.ts";
import { isLow, POINT } from "./judgement.ts";

/** Columns of points to be flagged, at the same positions. */
export interface PointColumns {
  readonly values: Float64Array;
  readonly sampleCounts?: Float64Array | undefined;
  readonly lower?: Float64Array | undefined;
  readonly upper?: Float64Array | undefined;
}

/** Flags of points, 0 for a missing one, into `flags`. */
export type FlagPoints = (columns: PointColumns, flags: Uint8Array, from: number, to: number) => void;

/**
 * The flagging loop of an alarm, chosen once: it runs for every point of a timeline.
 * `supposeBreaching`: every point that exists counts as breaching.
 */
export function pointFlagger(alarm: EvaluableAlarm, supposeBreaching = false): FlagPoints {
  const compared = alarm.comparison.kind === "band" ? bandFlagger(alarm) : thresholdFlagger(alarm);
  const plain = supposeBreaching ? breachingFlagger(compared) : compared;
  if (!alarm.ignoreLowSamples) return plain;
  return (columns, flags, from, to) => {
    plain(columns, flags, from, to);
    for (let i = from; i < to; i += 1) {
      const count = columns.sampleCounts?.[i];
      if (flags[i] !== 0 && count !== undefined && isLow(alarm, count))
        flags[i] = (flags[i] as number) | POINT.LOW_SAMPLES;
    }
  };
}

const OK = POINT.REAL;
const BREACH = POINT.REAL | POINT.BREACHING;

function thresholdFlagger(alarm: EvaluableAlarm): FlagPoints {
  const { comparison } = alarm;
  if (comparison.kind !== "threshold") return bandFlagger(alarm);
  const { threshold } = comparison;
  // NaN compares false with everything: one more test tells it from a value on the good side.
  switch (comparison.operator) {
    case "GreaterThanThreshold":
      return ({ values }, flags, from, to) => {
        for (let i = from; i < to; i += 1) {
          const value = values[i] as number;
          flags[i] = value > threshold ? BREACH : value <= threshold ? OK : 0;
        }
      };
    case "GreaterThanOrEqualToThreshold":
      return ({ values }, flags, from, to) => {
        for (let i = from; i < to; i += 1) {
          const value = values[i] as number;
          flags[i] = value >= threshold ? BREACH : value < threshold ? OK : 0;
        }
      };
    case "LessThanThreshold":
      return ({ values }, flags, from, to) => {
        for (let i = from; i < to; i += 1) {
          const value = values[i] as number;
          flags[i] = value < threshold ? BREACH : value >= threshold ? OK : 0;
        }
      };
    case "LessThanOrEqualToThreshold":
      return ({ values }, flags, from, to) => {
        for (let i = from; i < to; i += 1) {
          const value = values[i] as number;
          flags[i] = value <= threshold ? BREACH : value > threshold ? OK : 0;
        }
      };
  }
}

function bandFlagger(alarm: EvaluableAlarm): FlagPoints {
  const sides =
    alarm.comparison.kind === "band"
      ? BAND_OPERATORS[alarm.comparison.operator]
      : { lower: false, upper: false };
  return ({ values, lower, upper }, flags, from, to) => {
    for (let i = from; i < to; i += 1) {
      const value = values[i] as number;
      const low = lower?.[i] ?? Number.NaN;
      const high = upper?.[i] ?? Number.NaN;
      const known = !Number.isNaN(value) && !Number.isNaN(low) && !Number.isNaN(high);
      const breaching = (sides.lower && value < low) || (sides.upper && value > high);
      flags[i] = known ? (breaching ? BREACH : OK) : 0;
    }
  };
}

function breachingFlagger(compared: FlagPoints): FlagPoints {
  return (columns, flags, from, to) => {
    compared(columns, flags, from, to);
    for (let i = from; i < to; i += 1) if (flags[i] !== 0) flags[i] = BREACH;
  };
}
