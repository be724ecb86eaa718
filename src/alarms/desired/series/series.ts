// Series: which dimensions the alarms of a definition watch, written or found among the series that published lately. This file: what
// published.
import type { AwsSession } from "../../../aws/session.ts";
import type { AlarmDefinition } from "../../../model/alarm-policy.ts";
import type { AlarmSpec, Dimension } from "../../../model/alarm-spec.ts";
import type { Configuration } from "../../../model/configuration.ts";
import type { Reason } from "../../../plan/plan.ts";
import type { DesiredAlarm } from "../desired-alarm.ts";

/** A metric to look for, whatever its dimensions. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly metricName: string;
}

/** The dimensions of one series, sorted by name. */
export type Series = readonly Dimension[];

/**
 * Series that published in the last three hours, by metric. Texts and dimensions are kept once, however many series share them:
 * 60,000 agent series take about 10 MB.
 */
export class SeriesIndex {
  readonly #metrics = new Map<string, MetricSeries>();
  readonly #names = new Map<string, Map<string, Dimension>>();

  /** Notes that a metric was read whole, even if it has no series. */
  addMetric({ namespace, metricName }: SeriesQuery): void {
    const key = metricKey(namespace, metricName);
    if (!this.#metrics.has(key)) this.#metrics.set(key, { all: [], byDimension: new Map() });
  }

  add(query: SeriesQuery, dimensions: readonly Dimension[]): void {
    this.addMetric(query);
    const metric = this.#metrics.get(metricKey(query.namespace, query.metricName));
    const series = dimensions.map((dimension) => this.#shared(dimension)).sort(byName);
    metric?.all.push(series);
  }

  /** Whether the metric was read: only then does finding nothing mean anything. */
  covers(query: SeriesQuery): boolean {
    return this.#metrics.has(metricKey(query.namespace, query.metricName));
  }

  /** Series that hold at least these dimensions. */
  find(query: SeriesQuery, dimensions: readonly Dimension[]): readonly Series[] {
    const metric = this.#metrics.get(metricKey(query.namespace, query.metricName));
    if (!metric) return [];
    const [first] = dimensions;
    if (!first) return metric.all;
    let best = candidatesOf(metric, first);
    for (const dimension of dimensions.slice(1)) {
      if (best.length < 16) break;
      const other = candidatesOf(metric, dimension);
      if (other.length < best.length) best = other;
    }
    return best.filter((series) => dimensions.every((dimension) => holds(series, dimension)));
  }

  /** Whether exactly this series was seen. */
  has(query: SeriesQuery, dimensions: readonly Dimension[]): boolean {
    return this.find(query, dimensions).some((series) => series.length === dimensions.length);
  }

  #shared({ name, value }: Dimension): Dimension {
    let values = this.#names.get(name);
    if (!values) {
      values = new Map();
      this.#names.set(name, values);
    }
    let known = values.get(value);
    if (!known) {
      known = { name, value };
      values.set(value, known);
    }
    return known;
  }
}

interface MetricSeries {
  readonly all: Series[];
  /** By dimension name, then value; filled at the first search by that name. */
  readonly byDimension: Map<string, { upTo: number; readonly values: Map<string, Series[]> }>;
}

const NONE: readonly Series[] = [];

function candidatesOf(metric: MetricSeries, { name, value }: Dimension): readonly Series[] {
  let index = metric.byDimension.get(name);
  if (!index) {
    index = { upTo: 0, values: new Map() };
    metric.byDimension.set(name, index);
  }
  for (; index.upTo < metric.all.length; index.upTo += 1) {
    const series = metric.all[index.upTo] ?? [];
    const own = series.find((dimension) => dimension.name === name);
    if (!own) continue;
    const known = index.values.get(own.value);
    if (known) known.push(series);
    else index.values.set(own.value, [series]);
  }
  return index.values.get(value) ?? NONE;
}

function holds(series: Series, wanted: Dimension): boolean {
  return series.some(({ name, value }) => name === wanted.name && value === wanted.value);
}

function byName(a: Dimension, b: Dimension): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function metricKey(namespace: string, metricName: string): string {
  return `${namespace}\n${metricName}`;
}

/**
 * Reads series that published lately, one paged listing per metric (`ListMetrics`, `RecentlyActive=PT3H`, which may include
 * up to 50 minutes more). Rejects when a page fails: half an index would make resources look silent. Adds to `into` when given.
 * `lately: false`: everything that had data in two weeks, which is as far as ListMetrics looks back.
 */
export async function readSeries(
  session: AwsSession,
  queries: readonly SeriesQuery[],
  into: SeriesIndex = new SeriesIndex(),
  { lately = true }: { readonly lately?: boolean } = {},
): Promise<SeriesIndex> {
  const distinct = new Map(queries.map((query) => [metricKey(query.namespace, query.metricName), query]));
  await Promise.all(
    [...distinct.values()]
      .filter((query) => !into.covers(query))
      .map(async (query) => {
        const found: (readonly Dimension[])[] = [];
        const pages = session.pages("cloudwatch", "ListMetrics", {
          Namespace: query.namespace,
          MetricName: query.metricName,
          ...(lately ? { RecentlyActive: "PT3H" as const } : {}),
        });
        for await (const page of pages)
          for (const { Dimensions = [] } of page.Metrics ?? [])
            found.push(Dimensions.map(({ Name = "", Value = "" }) => ({ name: Name, value: Value })));
        into.addMetric(query);
        for (const dimensions of found) into.add(query, dimensions);
      }),
  );
  return into;
}

/** Metrics whose series must be known before desired alarms can be worked out: those of definitions with `series`. */
export function seriesNeeded(configuration: Configuration): SeriesQuery[] {
  const found = new Map<string, SeriesQuery>();
  const look = (definition: Partial<AlarmDefinition>, enabled: boolean): void => {
    const { series, namespace, metricName } = definition;
    if (enabled && series && namespace !== undefined && metricName !== undefined)
      found.set(metricKey(namespace, metricName), { namespace, metricName });
  };
  for (const policy of configuration.policies)
    for (const definition of policy.alarms) {
      const changes = policy.overrides.flatMap(({ alarms }) => alarms[definition.key] ?? []);
      const everEnabled = definition.enabled || changes.some(({ enabled }) => enabled === true);
      look(definition, everEnabled);
      for (const change of changes) look({ ...definition, ...change }, everEnabled);
    }
  return [...found.values()];
}

/** The metrics an alarm reads, with their exact dimensions. */
export function metricsOf(
  spec: AlarmSpec,
): readonly (SeriesQuery & { readonly dimensions: readonly Dimension[] })[] {
  if (spec.kind === "composite") return [];
  const { namespace, metricName, dimensions = [] } = spec;
  if (namespace !== undefined && metricName !== undefined) return [{ namespace, metricName, dimensions }];
  return (spec.metrics ?? []).flatMap(({ metricStat }) => metricStat ?? []);
}

/** Why an alarm with `createOnlyIfSeen` isn't created; undefined when all its metrics were seen. The index must cover them. */
export function unseen(index: SeriesIndex, spec: AlarmSpec): Reason | undefined {
  const missing = metricsOf(spec).find((metric) => !index.has(metric, metric.dimensions));
  return missing && { code: "metric-not-seen", text: `${missing.metricName} not seen in 3 hours` };
}

/** Of desired alarms, the identities of those whose metrics were all seen lately. Reads what the index doesn't cover yet into it. */
export async function seenAlarms(
  session: AwsSession,
  alarms: readonly DesiredAlarm[],
  index: SeriesIndex,
): Promise<ReadonlySet<string>> {
  const specs = alarms.map(({ identity, spec }) => ({ identity, spec }));
  await readSeries(
    session,
    specs.flatMap(({ spec }) => metricsOf(spec)),
    index,
  );
  return new Set(specs.flatMap(({ identity, spec }) => (unseen(index, spec) ? [] : [identity])));
}
