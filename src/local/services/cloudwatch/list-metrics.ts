import type {
  DimensionFilter,
  ListMetricsInput,
  ListMetricsOutput,
  Metric,
} from "@aws-sdk/client-cloudwatch";
import type { StateKey } from "../../cloud.ts";
import { hasData } from "../../metrics/metric-reader.ts";
import { metricStoreKey } from "../../metrics/metric-store-key.ts";
import type { ListedMetric, StoredMetrics } from "../../metrics/stored-metrics.ts";
import { duplicateDimension } from "./common-shapes.ts";
import { invalidValue, missingParameter } from "./errors.ts";
import { pagePosition, pageToken } from "./paging.ts";

const PAGE = 500;
const MAX_FILTERS = 30;
/** `RecentlyActive=PT3H`, in seconds. CloudWatch may show metrics up to 50 minutes older; here it is exact. */
const RECENT = 3 * 3600;
/** Metrics silent for longer are not listed, in seconds. */
const VISIBLE = 14 * 86_400;
/** Listings that wait for their next page. */
const MAX_PAUSED = 16;

/** A listing at the place where its page ended. */
interface Paused {
  readonly rest: Generator<ListedMetric>;
  /** Metrics taken from it so far; `next` is the last of them. */
  readonly taken: number;
  readonly next: ListedMetric;
}

/** Listings by page. A token holds the place itself; the paused listing behind it only saves the way there. */
export class MetricListings {
  readonly #metrics: StoredMetrics;
  readonly #paused = new Map<string, Paused>();

  constructor(metrics: StoredMetrics) {
    this.#metrics = metrics;
  }

  /** Metrics with data in the last two weeks (or three hours), 500 a page. `lag`: how far listings lag behind writes, ms. */
  list(
    input: ListMetricsInput,
    place: { readonly account: string; readonly now: Date; readonly lag: number },
  ): ListMetricsOutput {
    check(input);
    const { NextToken, ...parameters } = input;
    const found: Metric[] = [];
    const answer = (): ListMetricsOutput => ({
      Metrics: found,
      ...(input.IncludeLinkedAccounts && { OwningAccounts: found.map(() => place.account) }),
    });
    const position = pagePosition<number>("ListMetrics", parameters, NextToken);
    if (input.OwningAccount !== undefined && input.OwningAccount !== place.account) return answer();
    const visible = visibility(input, place);
    let { rest, taken, next } = this.#resume(input, NextToken, position ?? 0);
    for (; next; next = rest.next().value, taken += 1) {
      if (!visible(next)) continue;
      if (found.length === PAGE) {
        const token = pageToken("ListMetrics", parameters, taken);
        this.#pause(token, { rest, taken, next });
        return { ...answer(), NextToken: token };
      }
      found.push(shown(next));
    }
    return answer();
  }

  #resume(
    input: ListMetricsInput,
    token: string | undefined,
    position: number,
  ): { rest: Generator<ListedMetric>; taken: number; next: ListedMetric | undefined } {
    const paused = token === undefined ? undefined : this.#paused.get(token);
    if (paused && token !== undefined) {
      this.#paused.delete(token);
      return paused;
    }
    const rest = this.#metrics.list({
      ...(input.Namespace !== undefined && { namespace: input.Namespace }),
      ...(input.MetricName !== undefined && { metricName: input.MetricName }),
    });
    let next = rest.next().value;
    let taken = 0;
    for (; next && taken < position; taken += 1) next = rest.next().value;
    return { rest, taken, next };
  }

  #pause(token: string, paused: Paused): void {
    this.#paused.set(token, paused);
    if (this.#paused.size <= MAX_PAUSED) return;
    const [oldest] = this.#paused.keys();
    this.#paused.delete(oldest as string);
  }
}

/** Listings of the metrics of an account and region. */
export const metricListingsKey: StateKey<MetricListings> = {
  name: "cloudwatch-metric-listings",
  create: (account, region, cloud) => new MetricListings(cloud.state(metricStoreKey, account, region)),
};

function check(input: ListMetricsInput): void {
  if (input.RecentlyActive !== undefined && input.RecentlyActive !== "PT3H")
    throw invalidValue(
      `The value ${input.RecentlyActive} for parameter RecentlyActive is invalid. Only PT3H is valid.`,
    );
  const filters = input.Dimensions ?? [];
  if (filters.length > MAX_FILTERS)
    throw invalidValue(`The collection Dimensions must not have a size greater than ${MAX_FILTERS}.`);
  filters.forEach(({ Name }, i) => {
    if (Name === undefined || Name === "") throw missingParameter(`Dimensions.member.${i + 1}.Name`);
  });
  const twice = duplicateDimension(filters.map(({ Name }) => ({ Name, Value: "" })));
  if (twice !== undefined) throw invalidValue(`The dimension ${twice} is given more than once.`);
}

function visibility(
  input: ListMetricsInput,
  place: { readonly now: Date; readonly lag: number },
): (metric: ListedMetric) => boolean {
  const now = place.now.getTime() / 1000;
  const since = now - (input.RecentlyActive === "PT3H" ? RECENT : VISIBLE);
  const newest = place.lag > 0 ? place.now.getTime() - place.lag : Number.POSITIVE_INFINITY;
  const filters = input.Dimensions ?? [];
  return ({ id, createdAt, reader }) =>
    filters.every((filter) => matchesDimension(id.dimensions, filter)) &&
    (createdAt === undefined || createdAt <= newest) &&
    hasData(reader, since, now);
}

function matchesDimension(dimensions: Readonly<Record<string, string>>, filter: DimensionFilter): boolean {
  const value = dimensions[filter.Name ?? ""];
  return value !== undefined && (filter.Value === undefined || filter.Value === value);
}

function shown({ id }: ListedMetric): Metric {
  return {
    Namespace: id.namespace,
    MetricName: id.metricName,
    Dimensions: Object.entries(id.dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
}
