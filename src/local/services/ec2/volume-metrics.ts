import type { GeneratedSeries, MetricId, SeriesEntry } from "../../metric-store.ts";
import type { Fleet, Instance, Volume } from "./fleet.ts";
import { covers, endOf } from "./lifecycle.ts";
import { type MetricRule, VOLUME_METRICS, type VolumeCircumstances } from "./metric-tables.ts";
import { failingSince } from "./power.ts";
import { ended, generatedValues, onlyDimension, samples } from "./series.ts";

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
  const { attachment } = volume;
  const instance = attachment && fleet.instances.get(attachment.instanceId);
  if (!instance) return undefined;
  const { type, size } = volume;
  if (rule.exists && !rule.exists({ type, size, nitro: instance.type.nitro })) return undefined;
  const { source } = rule;
  const detachedAt = () => (volume.detachedAt === 0 ? undefined : volume.detachedAt);
  const active = (time: number) =>
    time * 1000 >= attachment.attachedAt &&
    time * 1000 < (detachedAt() ?? Number.POSITIVE_INFINITY) &&
    covers(instance.runs, time * 1000);
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
    start: Math.ceil(Math.max(attachment.attachedAt, instance.runs[0] ?? 0) / 1000),
    end: () => {
      const stopped = endOf(instance.runs);
      const detached = detachedAt();
      if (stopped === undefined) return ended(detached);
      return ended(detached === undefined ? stopped : Math.min(stopped, detached));
    },
    samples: (from, to) => samples(from, to, interval, active, valueAt),
  };
}

function stalled(thing: Instance | Volume, now: number): boolean {
  return failingSince(thing, "attached-ebs", now) !== undefined;
}
