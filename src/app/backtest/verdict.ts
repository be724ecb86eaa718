import type { ThresholdOperator } from "../../engine/alarm.ts";
import type { Backtest } from "../../engine/backtest.ts";
import type { OpenedAlarm } from "../../engine/not-evaluated.ts";
import { formatValue } from "../../model/metric-value.ts";
import type { Verdict } from "./backtest-result.ts";
import type { JudgedValues } from "./judged-values.ts";

/** In ALARM for this share of the time and more, an alarm has no news. */
const STUCK = 0.5;
const DAY = 86_400;
/** Further away than so many percent of the threshold, percents say little. */
const FAR = 90;

/** The engine's verdict in words that say how far off an alarm was. `metric`: the name and unit that its values are shown in. */
export function verdictOf(
  result: Backtest,
  { alarm }: Pick<OpenedAlarm, "alarm">,
  seconds: number,
  judged: () => JudgedValues,
  metric: {
    readonly name: string;
    readonly unit: string | undefined;
    readonly whyNoPoints: string | undefined;
  },
): Verdict {
  const { verdict } = result;
  const share = result.secondsInAlarm.most / Math.max(1, seconds);
  if (result.fired.most > 0 && seconds >= DAY && share >= STUCK)
    return { kind: "stuck", text: `in ALARM ${Math.round(share * 100)} % of the time` };
  if (verdict.kind === "cannotFire") {
    const why =
      verdict.code === "no-points" && metric.whyNoPoints !== undefined ? ` (${metric.whyNoPoints})` : "";
    return { kind: "cannotFire", text: verdict.text + why };
  }
  if (verdict.kind !== "quiet") return { kind: verdict.kind, text: verdict.text };
  const { comparison, datapointsToAlarm: m, evaluationPeriods: n } = alarm;
  if (comparison.kind === "band") return { kind: "quiet", text: "never fired" };
  const { operator, threshold } = comparison;
  const { values, exact } = judged();
  const above = operator.startsWith("Greater");
  const extreme = extremeOf(values, above);
  if (!exact || extreme === undefined) return { kind: "quiet", text: "never fired" };
  if (breaches(extreme, operator, threshold)) {
    const together = m === n ? (n === 1 ? "" : `, never ${n} in a row`) : `, never ${m} out of ${n}`;
    return { kind: "quiet", text: `never fired: it breached at times${together}` };
  }
  const which = above ? "max" : "min";
  const side = above ? "below" : "above";
  if (extreme === threshold)
    return { kind: "quiet", text: `never fired: its ${which} was the threshold itself` };
  const distance = Math.abs(threshold - extreme);
  const percent = threshold === 0 ? Number.POSITIVE_INFINITY : (distance / Math.abs(threshold)) * 100;
  const how =
    percent > FAR
      ? `was ${formatValue(Number(extreme.toPrecision(4)), metric.name, metric.unit)}, far ${side} the threshold`
      : `was ${percent < 1 ? "less than 1" : Math.round(percent)} % ${side} the threshold`;
  return { kind: "quiet", text: `never fired: its ${which} ${how}` };
}

function extremeOf(values: Float64Array, above: boolean): number | undefined {
  let found: number | undefined;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value - value !== 0) continue;
    if (found === undefined || (above ? value > found : value < found)) found = value;
  }
  return found;
}

const COMPARED: Readonly<Record<ThresholdOperator, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

function breaches(value: number, operator: ThresholdOperator, threshold: number): boolean {
  return COMPARED[operator](value, threshold);
}
