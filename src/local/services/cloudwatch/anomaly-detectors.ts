import type {
  AnomalyDetector,
  AnomalyDetectorStateValue,
  DeleteAnomalyDetectorInput,
  DescribeAnomalyDetectorsInput,
  DescribeAnomalyDetectorsOutput,
  MetricDataQuery,
  PutAnomalyDetectorInput,
  PutAnomalyDetectorOutput,
  SingleMetricAnomalyDetector,
} from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../aws-error.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import { constrainDimensions, dimensionKey, given } from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { checkQueries, constrainMetrics } from "./metric-alarm-metrics.ts";
import { pagePosition, pageToken } from "./paging.ts";
import { isStatistic } from "./vocabulary.ts";

/** Models in one Region of an account. */
const MAX_DETECTORS = 500;
const MAX_EXCLUDED = 10;

/** What a model is trained on: one metric with a statistic, or a metric math expression. */
type Subject =
  | { readonly type: "SINGLE_METRIC"; readonly single: SingleMetricAnomalyDetector }
  | { readonly type: "METRIC_MATH"; readonly queries: readonly MetricDataQuery[] };

interface Stored {
  readonly subject: Subject;
  readonly id: string;
  readonly detector: AnomalyDetector;
}

type SubjectInput = Pick<
  DeleteAnomalyDetectorInput,
  | "Namespace"
  | "MetricName"
  | "Dimensions"
  | "Stat"
  | "SingleMetricAnomalyDetector"
  | "MetricMathAnomalyDetector"
>;

/** The anomaly detection models of an account and region, in the order in which they were made. */
export class AnomalyDetectors {
  readonly #detectors = new Map<string, Stored>();
  readonly #random: () => number;

  constructor(cloud: Cloud) {
    this.#random = cloud.random;
  }

  get size(): number {
    return this.#detectors.size;
  }

  /** Creates or overwrites the model of a metric and statistic, or of an expression. */
  put(input: PutAnomalyDetectorInput): PutAnomalyDetectorOutput {
    const subject = subjectOf(input);
    checkConfiguration(input);
    const key = keyOf(subject);
    const existing = this.#detectors.get(key);
    if (!existing && this.#detectors.size >= MAX_DETECTORS)
      throw new AwsError(
        "LimitExceededException",
        `There are ${MAX_DETECTORS} anomaly detectors in this Region already, the quota of the account.`,
      );
    const id = existing?.id ?? this.#newId();
    const { Configuration, MetricCharacteristics } = input;
    this.#detectors.set(key, {
      subject,
      id,
      detector: given({
        AnomalyDetectorId: id,
        ...shown(subject),
        Configuration: { ...Configuration, ExcludedTimeRanges: Configuration?.ExcludedTimeRanges ?? [] },
        MetricCharacteristics,
        StateValue: existing?.detector.StateValue ?? ("PENDING_TRAINING" as const),
      }),
    });
    return { AnomalyDetectorId: id };
  }

  describe(input: DescribeAnomalyDetectorsInput): DescribeAnomalyDetectorsOutput {
    const { NextToken, MaxResults = 100, ...parameters } = input;
    checkDescribe(input);
    const start = pagePosition<number>("DescribeAnomalyDetectors", parameters, NextToken) ?? 0;
    const all = [...this.#detectors.values()].filter((stored) => matches(stored, input));
    const end = start + MaxResults;
    return {
      AnomalyDetectors: all.slice(start, end).map(({ detector }) => detector),
      ...(end < all.length && { NextToken: pageToken("DescribeAnomalyDetectors", parameters, end) }),
    };
  }

  /** Deletes a model; `ResourceNotFoundException` when there is none. */
  delete(input: DeleteAnomalyDetectorInput): void {
    const { AnomalyDetectorId: id } = input;
    const key =
      id === undefined
        ? keyOf(subjectOf(input))
        : [...this.#detectors].find(([, stored]) => stored.id === id)?.[0];
    if (key === undefined || !this.#detectors.delete(key))
      throw new AwsError(
        "ResourceNotFoundException",
        "No anomaly detector exists for this metric.",
        undefined,
        {
          ResourceType: "AnomalyDetector",
          ResourceId: id ?? key ?? "",
        },
      );
  }

  /** The model of a metric and statistic, made when there is none: what evaluating a band does. Undefined when the Region is full. */
  obtain(single: SingleMetricAnomalyDetector): AnomalyDetector | undefined {
    const key = keyOf({ type: "SINGLE_METRIC", single });
    if (!this.#detectors.has(key) && this.#detectors.size < MAX_DETECTORS)
      this.put({ SingleMetricAnomalyDetector: single });
    return this.#detectors.get(key)?.detector;
  }

  /** Notes how far the training of a metric's model has come. */
  setState(single: SingleMetricAnomalyDetector, StateValue: AnomalyDetectorStateValue): void {
    const key = keyOf({ type: "SINGLE_METRIC", single });
    const stored = this.#detectors.get(key);
    if (stored && stored.detector.StateValue !== StateValue)
      this.#detectors.set(key, { ...stored, detector: { ...stored.detector, StateValue } });
  }

  #newId(): string {
    const hex = (length: number): string =>
      Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join("");
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  }
}

/** The anomaly detectors of an account and region. */
export const anomalyDetectorsKey: StateKey<AnomalyDetectors> = {
  name: "cloudwatch-anomaly-detectors",
  create: (_account, _region, cloud) => new AnomalyDetectors(cloud),
};

function subjectOf(input: SubjectInput): Subject {
  const { Namespace, MetricName, Dimensions, Stat, SingleMetricAnomalyDetector, MetricMathAnomalyDetector } =
    input;
  const flat = { Namespace, MetricName, Dimensions, Stat };
  const isFlat = Object.values(flat).some(
    (value) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  const forms = [isFlat, SingleMetricAnomalyDetector !== undefined, MetricMathAnomalyDetector !== undefined];
  if (forms.filter(Boolean).length > 1)
    throw invalidCombination(
      "SingleMetricAnomalyDetector, MetricMathAnomalyDetector and Namespace, MetricName, Dimensions and Stat are mutually exclusive",
    );
  if (MetricMathAnomalyDetector) return mathSubject(MetricMathAnomalyDetector.MetricDataQueries);
  const single = SingleMetricAnomalyDetector ?? flat;
  const constraints = new Constraints()
    .length("namespace", single.Namespace, 1, 255)
    .length("metricName", single.MetricName, 1, 255);
  constrainDimensions(constraints, "dimensions", single.Dimensions);
  constraints.check();
  for (const name of ["Namespace", "MetricName", "Stat"] as const)
    if (single[name] === undefined) throw missingParameter(name);
  if (!isStatistic(single.Stat as string))
    throw invalidValue(`The value ${single.Stat} for parameter Stat is not supported.`);
  return { type: "SINGLE_METRIC", single: { ...single, Dimensions: single.Dimensions ?? [] } };
}

function mathSubject(queries: readonly MetricDataQuery[] | undefined): Subject {
  if (!queries || queries.length === 0) throw missingParameter("MetricMathAnomalyDetector.MetricDataQueries");
  const constraints = new Constraints();
  constrainMetrics(constraints, queries, "metricMathAnomalyDetector.metricDataQueries");
  constraints.check();
  checkQueries(queries, "MetricMathAnomalyDetector.MetricDataQueries");
  return { type: "METRIC_MATH", queries };
}

function checkConfiguration({ Configuration }: PutAnomalyDetectorInput): void {
  const { ExcludedTimeRanges = [], MetricTimezone } = Configuration ?? {};
  if (ExcludedTimeRanges.length > MAX_EXCLUDED)
    throw invalidValue(
      `The collection Configuration.ExcludedTimeRanges must not have a size greater than ${MAX_EXCLUDED}.`,
    );
  ExcludedTimeRanges.forEach(({ StartTime, EndTime }, i) => {
    const path = `Configuration.ExcludedTimeRanges.member.${i + 1}`;
    if (!StartTime) throw missingParameter(`${path}.StartTime`);
    if (!EndTime) throw missingParameter(`${path}.EndTime`);
    if (StartTime >= EndTime)
      throw invalidValue(`The parameter ${path}.StartTime must be less than ${path}.EndTime.`);
  });
  if (
    MetricTimezone !== undefined &&
    (MetricTimezone.length > 50 || !/^[A-Za-z0-9/+:_-]+$/.test(MetricTimezone))
  )
    throw invalidValue(`The value ${MetricTimezone} for parameter Configuration.MetricTimezone is invalid.`);
}

function checkDescribe(input: DescribeAnomalyDetectorsInput): void {
  const { MaxResults, AnomalyDetectorIds } = input;
  if (MaxResults !== undefined && !(MaxResults >= 1 && MaxResults <= 100))
    throw invalidValue(
      `The value ${MaxResults} for parameter MaxResults is invalid. It must be from 1 to 100.`,
    );
  if (!AnomalyDetectorIds) return;
  if (AnomalyDetectorIds.length > 50)
    throw invalidValue("The collection AnomalyDetectorIds must not have a size greater than 50.");
  for (const name of ["Namespace", "MetricName", "Dimensions", "AnomalyDetectorTypes"] as const)
    if (input[name] !== undefined)
      throw invalidCombination(`The parameters AnomalyDetectorIds and ${name} are mutually exclusive.`);
}

function matches({ subject, id }: Stored, input: DescribeAnomalyDetectorsInput): boolean {
  if (input.AnomalyDetectorIds) return input.AnomalyDetectorIds.includes(id);
  const types: readonly string[] = input.AnomalyDetectorTypes?.length
    ? input.AnomalyDetectorTypes
    : ["SINGLE_METRIC"];
  if (!types.includes(subject.type)) return false;
  const metrics =
    subject.type === "SINGLE_METRIC"
      ? [subject.single]
      : subject.queries.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
  const wanted = input.Dimensions && dimensionKey(input.Dimensions);
  return metrics.some(
    (metric) =>
      (input.Namespace === undefined || metric.Namespace === input.Namespace) &&
      (input.MetricName === undefined || metric.MetricName === input.MetricName) &&
      (wanted === undefined || dimensionKey(metric.Dimensions) === wanted),
  );
}

function shown(subject: Subject): Partial<AnomalyDetector> {
  if (subject.type === "METRIC_MATH")
    return { MetricMathAnomalyDetector: { MetricDataQueries: [...subject.queries] } };
  // CloudWatch repeats a single metric's members at the top, where they were before there were other kinds.
  return { ...subject.single, SingleMetricAnomalyDetector: subject.single };
}

function keyOf(subject: Subject): string {
  if (subject.type === "METRIC_MATH") return JSON.stringify(["math", subject.queries]);
  const { Namespace, MetricName, Stat, AccountId, Dimensions } = subject.single;
  return JSON.stringify([Namespace, MetricName, Stat, AccountId ?? "", dimensionKey(Dimensions)]);
}
