import type { Fleet } from "../../fleet/fleet.ts";
import { failingSince } from "../../fleet/impairments.ts";
import type { Instance } from "../../fleet/instance.ts";
import { covers, endOf } from "../../fleet/intervals.ts";
import { troubledCpu } from "../../guest/times.ts";
import { ended, generatedValues, onlyDimension, samples, seedFor } from "../../metrics/generated-series.ts";
import type { GeneratedSeries, MetricId, SeriesEntry } from "../../metrics/metric-store.ts";
import { CpuCredits } from "./cpu-credits.ts";
import { INSTANCE_METRICS, type MetricRule } from "./metric-tables.ts";

/** Credits of burstable instances, kept while something reads them. */
export type Credits = WeakMap<Instance, CpuCredits>;

/** The series of an instance, all or those of one metric. */
export function* instanceEntries(
  instance: Instance,
  filter: { readonly metricName?: string },
  credits: Credits,
): Iterable<SeriesEntry> {
  for (const rule of INSTANCE_METRICS) {
    if (filter.metricName !== undefined && filter.metricName !== rule.name) continue;
    if (rule.exists && !rule.exists(instance.type)) continue;
    yield {
      id: { namespace: "AWS/EC2", metricName: rule.name, dimensions: { InstanceId: instance.id } },
      series: instanceSeries(instance, rule, credits),
    };
  }
}

/** The series that a metric's identity names. */
export function findInstanceSeries(
  fleet: Fleet,
  id: MetricId,
  credits: Credits,
): GeneratedSeries | undefined {
  const instance = fleet.instances.get(onlyDimension(id, "InstanceId") ?? "");
  const rule = instance && INSTANCE_METRICS.find(({ name }) => name === id.metricName);
  if (!instance || !rule || (rule.exists && !rule.exists(instance.type))) return undefined;
  return instanceSeries(instance, rule, credits);
}

function instanceSeries(
  instance: Instance,
  rule: MetricRule<Instance["type"]>,
  credits: Credits,
): GeneratedSeries {
  const interval = rule.interval === "monitoring" ? (instance.detailedMonitoring ? 60 : 300) : rule.interval;
  const valueAt = instanceValues(instance, rule, interval, credits);
  return {
    unit: rule.unit,
    interval,
    start: Math.ceil((instance.runs[0] ?? instance.createdAt) / 1000),
    end: () => ended(endOf(instance.runs)),
    samples: (from, to) => samples(from, to, interval, (time) => covers(instance.runs, time * 1000), valueAt),
  };
}

function instanceValues(
  instance: Instance,
  rule: MetricRule<Instance["type"]>,
  interval: number,
  credits: Credits,
): (time: number) => number | undefined {
  const { source } = rule;
  if (source.kind === "check")
    return (time) =>
      source.checks.some((check) => failingSince(instance, check, time * 1000) !== undefined) ? 1 : 0;
  if (source.kind === "credits") return (time) => creditsOf(instance, credits).at(time)?.[source.of];
  const values = generatedValues(
    instance.launch.metrics.generators.get(rule.name) ?? source.default,
    source.kind,
    rule,
    instance.id,
    interval,
  );
  if (rule.name !== "CPUUtilization") return values;
  return (time) => troubledCpu(instance, time * 1000) ?? values(time);
}

function creditsOf(instance: Instance, credits: Credits): CpuCredits {
  const known = credits.get(instance);
  if (known) return known;
  const rule = INSTANCE_METRICS.find(({ name }) => name === "CPUUtilization") as MetricRule<unknown>;
  const cpu = instance.launch.metrics.generators.get(rule.name);
  const made = new CpuCredits(
    instance,
    cpu ?? (rule.source.kind === "gauge" ? rule.source.default : () => undefined),
    seedFor(instance.id, rule.name),
  );
  credits.set(instance, made);
  return made;
}
