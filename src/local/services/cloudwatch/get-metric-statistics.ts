import type {
  Datapoint,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import { BASIC_STATISTICS } from "../../../engine/statistic-name.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";
import { constrainDimensions } from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { invalidCombination, invalidValue } from "./errors.ts";
import { metricIdOf, readersOf, readPeriods, unitsOf } from "./statistics-by-period.ts";
import { isReadPeriod, isStatistic, UNITS } from "./vocabulary.ts";

const MAX_DATAPOINTS = 1440;

/** Statistics of one metric by period; data of different units stay apart. */
export function getMetricStatistics(
  metrics: StoredMetrics,
  input: GetMetricStatisticsInput,
  now: Date,
): GetMetricStatisticsOutput {
  check(input);
  const { Namespace = "", MetricName = "", StartTime, EndTime, Period: period = 60, Unit } = input;
  const range = {
    start: (StartTime as Date).getTime() / 1000,
    end: (EndTime as Date).getTime() / 1000,
    period,
    now: now.getTime() / 1000,
  };
  const basic = input.Statistics ?? [];
  const extended = input.ExtendedStatistics ?? [];
  const stats = [...basic, ...extended];
  const readers = readersOf(metrics, metricIdOf(Namespace, MetricName, input.Dimensions));
  const datapoints = (Unit ? [Unit] : unitsOf(readers)).flatMap((unit) => {
    const byTime = new Map<number, Record<string, unknown>>();
    readPeriods(readers, unit, range, stats).forEach(({ times, values }, s) => {
      const name = stats[s] as string;
      times.forEach((time, i) => {
        const point = byTime.get(time) ?? { Timestamp: new Date(time * 1000), Unit: unit as StandardUnit };
        byTime.set(time, point);
        if (s < basic.length) point[name] = values[i];
        else point["ExtendedStatistics"] = { ...(point["ExtendedStatistics"] as object), [name]: values[i] };
      });
    });
    return [...byTime.values()] as Datapoint[];
  });
  return { Label: MetricName, Datapoints: datapoints };
}

function check(input: GetMetricStatisticsInput): void {
  const constraints = new Constraints()
    .required("namespace", input.Namespace)
    .length("namespace", input.Namespace, 1, 255)
    .required("metricName", input.MetricName)
    .length("metricName", input.MetricName, 1, 255)
    .required("startTime", input.StartTime)
    .required("endTime", input.EndTime)
    .required("period", input.Period)
    .range("period", input.Period, 1)
    .length("statistics", input.Statistics, 0, 5)
    .length("extendedStatistics", input.ExtendedStatistics, 0, 10)
    .oneOf("unit", input.Unit, UNITS);
  input.Statistics?.forEach((stat, i) => {
    constraints.oneOf(`statistics.${i + 1}.member`, stat, BASIC_STATISTICS);
  });
  constrainDimensions(constraints, "dimensions", input.Dimensions);
  constraints.check();
  const basic = input.Statistics?.length ?? 0;
  const extended = input.ExtendedStatistics?.length ?? 0;
  if (basic === 0 && extended === 0)
    throw invalidCombination("Must specify either Statistics or ExtendedStatistics");
  if (basic > 0 && extended > 0)
    throw invalidCombination("The parameters Statistics and ExtendedStatistics are mutually exclusive");
  for (const stat of input.ExtendedStatistics ?? [])
    if (!isStatistic(stat) || (BASIC_STATISTICS as readonly string[]).includes(stat))
      throw invalidValue(`The value ${stat} for parameter ExtendedStatistics is not supported.`);
  const period = input.Period as number;
  if (!isReadPeriod(period) || period > 86_400)
    throw invalidValue(
      `The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400, not ${period}.`,
    );
  const seconds = ((input.EndTime as Date).getTime() - (input.StartTime as Date).getTime()) / 1000;
  if (!(seconds > 0)) throw invalidValue("The parameter StartTime must be less than the parameter EndTime.");
  const datapoints = Math.floor(seconds / period);
  if (datapoints > MAX_DATAPOINTS)
    throw invalidCombination(
      `You have requested up to ${datapoints} datapoints, which exceeds the limit of ${MAX_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
}
