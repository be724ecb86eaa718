import type { MetricDatum, PutMetricDataInput } from "@aws-sdk/client-cloudwatch";
import { NO_UNIT } from "../../metrics/metric-reader.ts";
import type { Point } from "../../metrics/point-columns.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";
import { CONTROL_CHARACTERS, duplicateDimension } from "./common-shapes.ts";
import { invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { metricIdOf } from "./statistics-by-period.ts";
import { UNITS } from "./vocabulary.ts";

const MAX_DATA = 1000;
const MAX_VALUES = 150;
const MAX_DIMENSIONS = 30;
const MAX_ENTITIES = 2;
const LARGEST = 2 ** 360;
const TWO_WEEKS = 14 * 86_400_000;
const TWO_HOURS = 2 * 3_600_000;

/** Stores data of custom metrics: all of a request or, when anything in it is wrong, nothing. */
export function putMetricData(metrics: StoredMetrics, input: PutMetricDataInput, now: Date): void {
  checkNamespace(input.Namespace);
  const namespace = input.Namespace as string;
  const entities = input.EntityMetricData ?? [];
  if (entities.length > MAX_ENTITIES)
    throw invalidValue(`The collection EntityMetricData must not have a size greater than ${MAX_ENTITIES}.`);
  const lists = [
    ["MetricData", input.MetricData ?? []],
    ...entities.map(
      (entity, i) => [`EntityMetricData.member.${i + 1}.MetricData`, entity.MetricData ?? []] as const,
    ),
  ] as const;
  const total = lists.reduce((sum, [, data]) => sum + data.length, 0);
  if (total === 0) throw missingParameter("MetricData");
  if (total > MAX_DATA)
    throw invalidValue(`The collection MetricData must not have a size greater than ${MAX_DATA}.`);
  for (const [list, data] of lists)
    data.forEach((datum, i) => {
      checkDatum(datum, `${list}.member.${i + 1}`, now);
    });
  for (const [, data] of lists)
    for (const datum of data)
      metrics.put(
        metricIdOf(namespace, datum.MetricName as string, datum.Dimensions),
        datum.Unit ?? NO_UNIT,
        pointsOf(datum, now),
      );
}

function checkNamespace(namespace: string | undefined): void {
  if (namespace === undefined || namespace === "") throw missingParameter("Namespace");
  if (namespace.length > 255 || CONTROL_CHARACTERS.test(namespace) || namespace.startsWith(":"))
    throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`);
  if (namespace.startsWith("AWS/")) throw invalidValue("The value AWS/ for parameter Namespace is invalid.");
}

function checkDatum(datum: MetricDatum, member: string, now: Date): void {
  const { MetricName, Unit, StorageResolution, Timestamp } = datum;
  if (MetricName === undefined || MetricName === "") throw missingParameter(`${member}.MetricName`);
  if (MetricName.length > 255 || CONTROL_CHARACTERS.test(MetricName))
    throw invalidValue(`The value ${MetricName} for parameter ${member}.MetricName is invalid.`);
  checkDimensions(datum, member);
  checkValues(datum, member);
  if (Unit !== undefined && !(UNITS as readonly string[]).includes(Unit))
    throw invalidValue(`The value ${Unit} for parameter ${member}.Unit is invalid.`);
  if (StorageResolution !== undefined && StorageResolution !== 1 && StorageResolution !== 60)
    throw invalidValue(
      `The value ${StorageResolution} for parameter ${member}.StorageResolution is invalid.`,
    );
  const age = Timestamp ? now.getTime() - Timestamp.getTime() : 0;
  if (!(age <= TWO_WEEKS))
    throw invalidValue(
      `The parameter ${member}.Timestamp must specify a time no more than two weeks in the past.`,
    );
  if (age < -TWO_HOURS)
    throw invalidValue(
      `The parameter ${member}.Timestamp must specify a time no more than two hours in the future.`,
    );
}

function checkDimensions(datum: MetricDatum, member: string): void {
  const dimensions = datum.Dimensions ?? [];
  if (dimensions.length > MAX_DIMENSIONS)
    throw invalidValue(
      `The collection ${member}.Dimensions must not have a size greater than ${MAX_DIMENSIONS}.`,
    );
  dimensions.forEach(({ Name, Value }, i) => {
    const path = `${member}.Dimensions.member.${i + 1}`;
    for (const [name, text, longest] of [
      ["Name", Name, 255],
      ["Value", Value, 1024],
    ] as const) {
      if (text === undefined || text === "") throw missingParameter(`${path}.${name}`);
      if (text.length > longest || CONTROL_CHARACTERS.test(text) || text.trim() === "")
        throw invalidValue(`The value ${text} for parameter ${path}.${name} is invalid.`);
    }
    if (Name?.startsWith(":")) throw invalidValue(`The value ${Name} for parameter ${path}.Name is invalid.`);
  });
  const twice = duplicateDimension(dimensions);
  if (twice !== undefined)
    throw invalidValue(`The parameter ${member}.Dimensions has the dimension ${twice} more than once.`);
}

function checkValues(datum: MetricDatum, member: string): void {
  const { Value, Values, Counts, StatisticValues } = datum;
  const exclude = (a: string, b: string, refuse: (message: string) => Error): Error =>
    refuse(
      `The parameters ${member}.${a} and ${member}.${b} are mutually exclusive and you have specified both.`,
    );
  if (Value !== undefined && Values !== undefined) throw exclude("Value", "Values", invalidValue);
  if (Value !== undefined && StatisticValues !== undefined)
    throw exclude("Value", "StatisticValues", invalidCombination);
  if (Values !== undefined && StatisticValues !== undefined)
    throw exclude("Values", "StatisticValues", invalidCombination);
  if (Value === undefined && Values === undefined && StatisticValues === undefined)
    throw missingParameter(`${member}.Value`);
  if (Counts !== undefined && Counts.length !== (Values ?? []).length)
    throw invalidValue(`The parameters ${member}.Values and ${member}.Counts must be of the same size.`);
  if (Values !== undefined && Values.length > MAX_VALUES)
    throw invalidValue(`The collection ${member}.Values must not have a size greater than ${MAX_VALUES}.`);
  if (Value !== undefined) checkNumber(Value, `${member}.Value`);
  for (const value of Values ?? []) checkNumber(value, `${member}.Values`);
  for (const count of Counts ?? []) checkNumber(count, `${member}.Counts`, 0);
  if (!StatisticValues) return;
  for (const name of ["SampleCount", "Sum", "Minimum", "Maximum"] as const) {
    const value = StatisticValues[name];
    if (value === undefined) throw missingParameter(`${member}.StatisticValues.${name}`);
    checkNumber(value, `${member}.StatisticValues.${name}`, name === "SampleCount" ? 0 : -LARGEST);
  }
  if ((StatisticValues.Minimum as number) > (StatisticValues.Maximum as number))
    throw invalidValue(
      `The parameter ${member}.StatisticValues.Minimum must be less than or equal to ${member}.StatisticValues.Maximum.`,
    );
}

function checkNumber(value: number, parameter: string, smallest = -LARGEST): void {
  if (!(value >= smallest && value <= LARGEST))
    throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`);
}

function pointsOf(datum: MetricDatum, now: Date): Point[] {
  const resolution = datum.StorageResolution === 1 ? 1 : 60;
  const seconds = (datum.Timestamp ?? now).getTime() / 1000;
  const time = Math.floor(seconds / resolution) * resolution;
  const set = datum.StatisticValues;
  if (set) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: min = 0, Maximum: max = 0 } = set;
    return count > 0 ? [{ time, count, sum, min, max }] : [];
  }
  const values = datum.Values ?? [datum.Value as number];
  return values.flatMap((value, i) => {
    const count = datum.Counts?.[i] ?? 1;
    return count > 0 ? [{ time, count, sum: value * count, min: value, max: value }] : [];
  });
}
