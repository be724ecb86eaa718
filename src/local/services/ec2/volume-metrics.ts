import type { Fleet } from "../../fleet/fleet.ts";
import { failingSince } from "../../fleet/impairments.ts";
import type { Instance } from "../../fleet/instance.ts";
import { covers, endOf } from "../../fleet/intervals.ts";
import type { Volume, VolumeAttachment } from "../../fleet/volume.ts";
import { ended, generatedValues, onlyDimension, samples } from "../../metrics/generated-series.ts";
import type { GeneratedSeries, MetricId, SeriesEntry } from "../../metrics/metric-store.ts";
import { type MetricRule, VOLUME_METRICS, type VolumeCircumstances } from "./metric-tables.ts";

/** The series of a volume, all or those of one metric. */
export function* volumeEntries(
  fleet: Fleet,
  volume: Volume,
  filter: { readonly metricName?: string },
): Iterable<SeriesEntry> {
  for (const rule of VOLUME_METRICS) {
    if (filter.metricName !== undefined && filter.metricName !== rule.name) continue;
    const series = volumeSeries(fleet, volume, rule);
    if (series)
      yield {
        id: { namespace: "AWS/EBS", metricName: rule.name, dimensions: { VolumeId: volume.id } },
        series,
      };
  }
}

/** The series that a metric's identity names. */
export function findVolumeSeries(fleet: Fleet, id: MetricId): GeneratedSeries | undefined {
  const volume = fleet.volumes.get(onlyDimension(id, "VolumeId") ?? "");
  const rule = volume && VOLUME_METRICS.find(({ name }) => name === id.metricName);
  return volume && rule && volumeSeries(fleet, volume, rule);
}

function volumeSeries(
  fleet: Fleet,
  volume: Volume,
  rule: MetricRule<VolumeCircumstances>,
): GeneratedSeries | undefined {
  const [first] = volume.attachments;
  const last = volume.attachments.at(-1);
  const instance = last && fleet.instances.get(last.instanceId);
  if (!first || !instance) return undefined;
  const { type, size } = volume;
  if (rule.exists && !rule.exists({ type, size, nitro: instance.type.nitro })) return undefined;
  const { source } = rule;
  const interval = rule.interval === "monitoring" ? 60 : rule.interval;
  const valueAt =
    source.kind === "check"
      ? (time: number) => (stalled(volume, time * 1000) || stalled(instance, time * 1000) ? 1 : 0)
      : source.kind === "credits"
        ? () => undefined
        : generatedValues(
            instance.launch.metrics.generators.get(rule.name) ?? source.default,
            source.kind,
            rule,
            volume.id,
            interval,
          );
  return {
    unit: rule.unit,
    interval,
    start: Math.ceil(Math.max(first.attachedAt, instance.runs[0] ?? 0) / 1000),
    end: () => ended(lastUse(fleet, volume)),
    samples: (from, to) =>
      samples(from, to, interval, (time) => isInUse(fleet, volume, time * 1000), valueAt),
  };
}

// Published while attached to a running instance.
function isInUse(fleet: Fleet, volume: Volume, now: number): boolean {
  for (let i = volume.attachments.length - 1; i >= 0; i -= 1) {
    const { instanceId, attachedAt, detachedAt } = volume.attachments[i] as VolumeAttachment;
    if (now < attachedAt) continue;
    if (detachedAt !== undefined && now >= detachedAt) return false;
    const instance = fleet.instances.get(instanceId);
    return instance !== undefined && covers(instance.runs, now);
  }
  return false;
}

function lastUse(fleet: Fleet, volume: Volume): number | undefined {
  const last = volume.attachments.at(-1);
  const instance = last && fleet.instances.get(last.instanceId);
  const stopped = instance ? endOf(instance.runs) : 0;
  if (last?.detachedAt === undefined) return stopped;
  return stopped === undefined ? last.detachedAt : Math.min(stopped, last.detachedAt);
}

function stalled(thing: Instance | Volume, now: number): boolean {
  return failingSince(thing, "attached-ebs", now) !== undefined;
}
