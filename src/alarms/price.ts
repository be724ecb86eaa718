import type { AlarmSpec } from "../model/alarm-spec.ts";
import { isInsightsQuery } from "./spec/math-references.ts";

/**
 * US dollars a month, us-east-1 list prices without the free tier (price list of September 2026; the billing guide for how things
 * count). An alarm is prorated by the hour while it exists, whatever its state.
 */
const ALARM_PRICES = {
  /** Per metric of an alarm with periods of 60 s and more. */
  standard: 0.1,
  /** Per metric of an alarm with shorter periods. */
  highResolution: 0.3,
  /** Per composite alarm, whatever it refers to. */
  composite: 0.5,
} as const;

/** An anomaly band counts its upper and its lower bound as metrics of their own. */
const BAND_METRICS = 2;
const BAND = /ANOMALY_DETECTION_BAND\s*\(/;

/** What the price of an alarm depends on, of a DescribeAlarms answer. */
export interface PricedAlarm {
  readonly AlarmRule?: string | undefined;
  readonly Period?: number | undefined;
  readonly Metrics?:
    | readonly {
        readonly MetricStat?: { readonly Period?: number | undefined } | undefined;
        readonly Expression?: string | undefined;
        readonly Period?: number | undefined;
      }[]
    | undefined;
}

/** US dollars a month of a desired alarm. */
export function priceOfSpec(spec: AlarmSpec): number {
  if (spec.kind === "composite") return ALARM_PRICES.composite;
  const tally = new Tally();
  if (!spec.metrics) tally.metric(spec.period);
  else
    for (const { metricStat, expression, period } of spec.metrics)
      tally.entry(metricStat?.period, expression, period);
  return tally.price();
}

/** US dollars a month of a live alarm as DescribeAlarms tells it, ours or not. */
export function priceOfRecord(alarm: PricedAlarm): number {
  if (alarm.AlarmRule !== undefined) return ALARM_PRICES.composite;
  const tally = new Tally();
  const { Metrics } = alarm;
  if (!Metrics || Metrics.length === 0) tally.metric(alarm.Period);
  else
    for (const { MetricStat, Expression, Period } of Metrics)
      tally.entry(MetricStat?.Period, Expression, Period);
  return tally.price();
}

class Tally {
  #metrics = 0;
  #highResolution = false;

  metric(period: number | undefined): void {
    this.#metrics += 1;
    if (period !== undefined && period < 60) this.#highResolution = true;
  }

  entry(statPeriod: number | undefined, expression: string | undefined, period: number | undefined): void {
    if (expression === undefined) this.metric(statPeriod);
    // A Metrics Insights query is charged per metric it analyses, which only the account knows: at least one.
    else if (isInsightsQuery(expression)) this.metric(period);
    else if (BAND.test(expression)) this.#metrics += BAND_METRICS;
  }

  price(): number {
    const each = this.#highResolution ? ALARM_PRICES.highResolution : ALARM_PRICES.standard;
    // In cents, so that 3 x 0.10 is 0.30.
    return Math.round(Math.max(1, this.#metrics) * each * 100) / 100;
  }
}
