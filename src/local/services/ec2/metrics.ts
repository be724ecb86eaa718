// The metrics of a fleet, made when they are read: ten thousand instances with months of history hold no points.

import type { Fleet } from "../../fleet/fleet.ts";
import { findConfigured, listConfigured } from "../../guest/agent-series.ts";
import { agentEntries } from "../../guest/preset-agent-series.ts";
import {
  type GeneratedSeries,
  type MetricId,
  type SeriesSource,
  sameDimensions,
} from "../../metrics/metric-store.ts";
import { type Credits, findInstanceSeries, instanceEntries } from "./instance-metrics.ts";
import { findVolumeSeries, volumeEntries } from "./volume-metrics.ts";

type Filter = { readonly namespace?: string; readonly metricName?: string };

/** Everything that the instances and volumes of a fleet and their agents publish. */
export function fleetMetrics(fleet: Fleet): SeriesSource {
  const credits: Credits = new WeakMap();
  return {
    find: (id) => {
      switch (id.namespace) {
        case "AWS/EC2":
          return findInstanceSeries(fleet, id, credits);
        case "AWS/EBS":
          return findVolumeSeries(fleet, id);
        case "CWAgent":
          return findConfigured(fleet, id) ?? findAgentSeries(fleet, id);
        default:
          return findConfigured(fleet, id);
      }
    },
    *list(filter) {
      if (wants(filter, "AWS/EC2"))
        for (const instance of fleet.instances.values()) yield* instanceEntries(instance, filter, credits);
      if (wants(filter, "AWS/EBS"))
        for (const volume of fleet.volumes.values()) yield* volumeEntries(fleet, volume, filter);
      if (wants(filter, "CWAgent"))
        for (const instance of fleet.instances.values())
          if (!fleet.configuredAgents.has(instance)) yield* agentEntries(instance, filter.metricName);
      yield* listConfigured(fleet, filter);
    },
  };
}

function wants(filter: Filter, namespace: string): boolean {
  return filter.namespace === undefined || filter.namespace === namespace;
}

function findAgentSeries(fleet: Fleet, id: MetricId): GeneratedSeries | undefined {
  const instance = fleet.instances.get(id.dimensions["InstanceId"] ?? "");
  if (!instance) return undefined;
  for (const entry of agentEntries(instance, id.metricName))
    if (sameDimensions(entry.id.dimensions, id.dimensions)) return entry.series;
  return undefined;
}
