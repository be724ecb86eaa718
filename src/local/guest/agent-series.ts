import type { AgentConfiguration, Measurement } from "../fleet/agent-configuration.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Instance } from "../fleet/instance.ts";
import { covers, endOf, intersect, push } from "../fleet/intervals.ts";
import { privateAddressOf, privateDnsName } from "../fleet/network.ts";
import { ended, generatedValues, samples } from "../metrics/generated-series.ts";
import { type MetricId, type Sample, type SeriesEntry, sameDimensions } from "../metrics/metric-store.ts";
import { counterFacts } from "./agent-plugins.ts";
import { permitted } from "./credentials.ts";
import { agentEntries, deviceName } from "./preset-agent-series.ts";
import { awakeIntervals } from "./times.ts";

type Dimensions = MetricId["dimensions"];
type Filter = { readonly namespace?: string; readonly metricName?: string };

/** One thing that is measured: the full disk, one processor. */
interface Source {
  readonly measurement: Measurement;
  readonly dimensions: Dimensions;
  /** Tells apart what is measured in several places. */
  readonly place: string;
}

/** What the agent of an instance publishes by a scenario and by every configuration it was given, each metric once. */
function* agentSeries(fleet: Fleet, instance: Instance, filter: Filter): Iterable<SeriesEntry> {
  const metrics = new Map<string, SeriesEntry[]>();
  if (filter.namespace === undefined || filter.namespace === "CWAgent")
    for (const entry of agentEntries(instance, filter.metricName)) collect(metrics, entry);
  for (const entry of configuredEntries(fleet, instance, filter)) collect(metrics, entry);
  yield* united(metrics);
}

function collect(metrics: Map<string, SeriesEntry[]>, entry: SeriesEntry): void {
  const { dimensions, metricName, namespace } = entry.id;
  const key = `${namespace} ${metricName} ${Object.entries(dimensions).sort().join()}`;
  const known = metrics.get(key);
  if (known) known.push(entry);
  else metrics.set(key, [entry]);
}

function* united(metrics: ReadonlyMap<string, readonly SeriesEntry[]>): Iterable<SeriesEntry> {
  for (const [first, ...others] of metrics.values())
    if (first)
      yield others.length === 0
        ? first
        : { id: first.id, series: together([first, ...others].map(({ series }) => series)) };
}

function* configuredEntries(fleet: Fleet, instance: Instance, filter: Filter): Iterable<SeriesEntry> {
  const phases = instance.guest?.agent.phases ?? [];
  if (phases.length === 0) return;
  const mayPublish = intersect(
    awakeIntervals(instance),
    permitted(instance, { action: "cloudwatch:PutMetricData", resource: "*" }),
  );
  const configurations = new Set(phases.map(({ configuration }) => configuration));
  for (const configuration of configurations) {
    if (filter.namespace !== undefined && filter.namespace !== configuration.namespace) continue;
    const ran: number[] = [];
    for (const phase of phases)
      if (phase.configuration === configuration)
        push(ran, phase.from, phase.until ?? Number.POSITIVE_INFINITY);
    const active = intersect(ran, mayPublish);
    if (active.length === 0) continue;
    for (const [id, sources] of metricsOf(fleet, instance, configuration, filter.metricName))
      yield { id, series: seriesOf(instance, sources, active) };
  }
}

/** What the configured agents of a fleet publish; metrics that several instances publish together are there once. */
export function* listConfigured(fleet: Fleet, filter: Filter): Iterable<SeriesEntry> {
  const shared = new Map<string, SeriesEntry[]>();
  for (const instance of fleet.configuredAgents)
    for (const entry of agentSeries(fleet, instance, filter)) {
      const { dimensions } = entry.id;
      if (dimensions["InstanceId"] !== undefined || dimensions["host"] !== undefined) yield entry;
      else collect(shared, entry);
    }
  yield* united(shared);
}

/** The series of a metric that configured agents publish. */
export function findConfigured(fleet: Fleet, id: MetricId): SeriesEntry["series"] | undefined {
  const named = id.dimensions["InstanceId"];
  const one = named === undefined ? undefined : fleet.instances.get(named);
  if (named !== undefined && !(one && fleet.configuredAgents.has(one))) return undefined;
  const found: SeriesEntry["series"][] = [];
  for (const instance of one ? [one] : fleet.configuredAgents)
    for (const entry of agentSeries(fleet, instance, id))
      if (sameDimensions(entry.id.dimensions, id.dimensions)) found.push(entry.series);
  return found.length > 1 ? together(found) : found[0];
}

/** Several series as one, in order of time. */
function together(parts: readonly SeriesEntry["series"][]): SeriesEntry["series"] {
  const [first] = parts;
  if (!first) throw new RangeError("nothing to put together");
  return {
    ...first,
    interval: Math.min(...parts.map(({ interval }) => interval)),
    start: Math.min(...parts.map(({ start }) => start)),
    end: () => {
      const ends = parts.map(({ end }) => end());
      return ends.includes(undefined) ? undefined : Math.max(...(ends as number[]));
    },
    samples: (from, to) =>
      parts.flatMap(({ samples: read }) => [...read(from, to)]).sort((a, b) => a.time - b.time),
  };
}

function metricsOf(
  fleet: Fleet,
  instance: Instance,
  configuration: AgentConfiguration,
  wanted: string | undefined,
): Iterable<readonly [MetricId, readonly Source[]]> {
  const metrics = new Map<string, [MetricId, Source[]]>();
  const add = (metricName: string, dimensions: Dimensions, source: Source) => {
    const key = `${metricName} ${Object.entries(dimensions).sort().join()}`;
    const known = metrics.get(key);
    if (!known) metrics.set(key, [{ namespace: configuration.namespace, metricName, dimensions }, [source]]);
    else if (!known[1].includes(source)) known[1].push(source);
  };
  const { windows } = instance.launch.platform;
  const appended = appendedTo(fleet, instance, configuration);
  for (const measurement of configuration.measurements) {
    const { plugin, counter, rename } = measurement;
    const name = rename ?? (windows ? `${plugin} ${counter}` : `${plugin}_${counter}`);
    if (wanted !== undefined && wanted !== name) continue;
    for (const own of windows ? windowsPlaces(measurement) : linuxPlaces(instance, measurement)) {
      const dimensions = { ...appended, ...measurement.dimensions, ...own };
      const source = { measurement, dimensions, place: Object.values(own).join() };
      add(name, dimensions, source);
      for (const set of configuration.aggregations) {
        if (!set.every((dimension) => dimensions[dimension] !== undefined)) continue;
        add(
          name,
          Object.fromEntries(set.map((dimension) => [dimension, dimensions[dimension] ?? ""])),
          source,
        );
      }
    }
  }
  return metrics.values();
}

function seriesOf(
  instance: Instance,
  sources: readonly Source[],
  active: readonly number[],
): SeriesEntry["series"] {
  const { windows } = instance.launch.platform;
  const interval = sources[0]?.measurement.interval ?? 60;
  const readers = sources.map(({ measurement, place }) => {
    const { plugin, counter } = measurement;
    const { unit, generator } = counterFacts(plugin, counter, windows);
    const name = windows ? `${plugin} ${counter}` : `${plugin}_${counter}`;
    const rule = { name, unit };
    const own = instance.launch.metrics.generators.get(name) ?? generator;
    const values = generatedValues(own, "gauge", rule, `${instance.id}${place}`, interval);
    return (time: number) => (isFullDisk(instance, measurement, place) ? 100 : values(time));
  });
  const [first] = sources;
  const facts = first && counterFacts(first.measurement.plugin, first.measurement.counter, windows);
  const end = endOf(active);
  return {
    unit: first?.measurement.unit ?? facts?.unit ?? "None",
    interval,
    start: Math.ceil((active[0] ?? 0) / 1000),
    end: () => ended(end),
    samples: (from, to) => merged(from, to, interval, active, readers),
  };
}

// An aggregated metric holds a sample of each place that it sums up.
function* merged(
  from: number,
  to: number,
  interval: number,
  active: readonly number[],
  readers: readonly ((time: number) => number | undefined)[],
): Iterable<Sample> {
  const isActive = (time: number) => covers(active, time * 1000);
  for (const { time, value } of samples(from, to, interval, isActive, () => 0)) {
    for (const read of readers) {
      const reading = read(time);
      if (reading !== undefined) yield { time, value: value + reading };
    }
  }
}

function isFullDisk(instance: Instance, { plugin, counter }: Measurement, place: string): boolean {
  return (
    instance.guest?.diskFull === true &&
    plugin === "disk" &&
    counter === "used_percent" &&
    place.split(",")[0] === "/"
  );
}

function appendedTo(fleet: Fleet, instance: Instance, { appended }: AgentConfiguration): Dimensions {
  // Without append_dimensions every metric carries the host's name.
  if (appended === undefined) return { host: hostName(fleet, instance) };
  const group = instance.tags.get("aws:autoscaling:groupName");
  const values = {
    ImageId: instance.launch.imageId,
    InstanceId: instance.id,
    InstanceType: instance.type.name,
    AutoScalingGroupName: group,
  };
  const dimensions: Record<string, string> = {};
  for (const name of appended) {
    const value = values[name];
    if (value !== undefined) dimensions[name] = value;
  }
  return dimensions;
}

/** The machine's own name: the agent's `host` dimension, the prompt's name. */
export function hostName(fleet: Fleet, instance: Instance): string {
  const address = privateAddressOf(instance);
  return address === undefined ? instance.id : privateDnsName(address, fleet.region);
}

function linuxPlaces(instance: Instance, measurement: Measurement): Record<string, string>[] {
  const { plugin, resources, dropDevice, ignoredFileSystems, totalCpu } = measurement;
  const wants = (name: string) =>
    resources === undefined || resources.includes("*") || resources.includes(name);
  switch (plugin) {
    case "cpu": {
      const cores = instance.type.cores * instance.type.threadsPerCore;
      const each =
        resources === undefined ? [] : Array.from({ length: cores }, (_, n) => `cpu${n}`).filter(wants);
      return [...each, ...(totalCpu ? ["cpu-total"] : [])].map((cpu) => ({ cpu }));
    }
    case "disk":
      return disksOf(instance)
        .filter(({ path, fstype }) => wants(path) && !ignoredFileSystems.includes(fstype))
        .map(({ path, device, fstype }) => ({ path, ...(dropDevice ? {} : { device }), fstype }));
    case "diskio":
      return disksOf(instance)
        .filter(({ device, fstype }) => fstype === "xfs" && wants(device))
        .map(({ device }) => ({ name: device }));
    case "net":
      return [instance.type.nitro ? "ens5" : "eth0"].filter(wants).map((name) => ({ interface: name }));
    default:
      return [{}];
  }
}

function windowsPlaces({ plugin, resources }: Measurement): Record<string, string>[] {
  const names = resources?.flatMap((name) =>
    name === "*" ? (plugin === "LogicalDisk" ? ["C:", "_Total"] : ["_Total"]) : [name],
  );
  return names ? names.map((name) => ({ objectname: plugin, instance: name })) : [{ objectname: plugin }];
}

/** What `df` shows and the agent measures: the volumes, and the memory that looks like disks. */
export function disksOf(
  instance: Instance,
): { readonly path: string; readonly device: string; readonly fstype: string }[] {
  const volumes = instance.volumes.map((_, index) => ({
    path: index === 0 ? "/" : `/data${index > 1 ? index : ""}`,
    device: deviceName(instance, index),
    fstype: "xfs",
  }));
  return [
    ...volumes,
    { path: "/dev", device: "devtmpfs", fstype: "devtmpfs" },
    { path: "/run", device: "tmpfs", fstype: "tmpfs" },
  ];
}
