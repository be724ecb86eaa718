import type { RawCompositeAlarm, RawMetricAlarm } from "../../aws/describe-alarms.ts";
import type { InputOf } from "../../aws/session.ts";
import type { AlarmSpec, Dimension, MetricDataQuery } from "../../model/alarm-spec.ts";
import { hashOf } from "../../support/canonical-json.ts";
import { type CanonicalAlarm, canonicalAlarm } from "./canonical-alarm.ts";
import { type MarkReading, readMark, withMark } from "./mark.ts";
import type { AwsTag } from "./tags.ts";

type PutMetricAlarm = InputOf<"cloudwatch", "PutMetricAlarm">;
type PutCompositeAlarm = InputOf<"cloudwatch", "PutCompositeAlarm">;

/** Settings that the configuration can't express. They are carried over as they are when the alarm is written. */
interface CarriedSettings {
  readonly EvaluationWindow?: RawMetricAlarm["EvaluationWindow"];
  readonly WarmUpConfiguration?: RawMetricAlarm["WarmUpConfiguration"];
  readonly ActionConfiguration?: RawMetricAlarm["ActionConfiguration"];
}

/** An alarm's whole state as plans show it: canonical settings, our mark, and what is carried over. */
export interface AlarmState extends CanonicalAlarm {
  readonly mark?: string | undefined;
  readonly carried?: CarriedSettings | undefined;
  /** Its tags must be written as well: it becomes ours, or somebody else to us. */
  readonly retag?: true | undefined;
}

/** An alarm as it stands in the account. */
export interface LiveAlarm {
  readonly state: AlarmState;
  readonly reading: MarkReading;
  readonly stateValue: string;
  /** When its configuration was last written (`AlarmConfigurationUpdatedTimestamp`). */
  readonly updatedAt: Date | undefined;
  /** It is of a kind that we can't write (a PromQL alarm): which. */
  readonly foreignKind?: string;
  /** It has members that the SDK's model doesn't know: writing it would lose them. */
  readonly unknownFields?: readonly string[];
}

/** Reads a metric alarm. */
export function readMetricAlarm(raw: RawMetricAlarm): LiveAlarm {
  const reading = readMark(raw.AlarmDescription ?? "");
  const canonical = canonicalAlarm({
    kind: "metric",
    ...commonSettings(raw, reading),
    ...present("namespace", raw.Namespace),
    ...present("metricName", raw.MetricName),
    dimensions: dimensionsOf(raw.Dimensions),
    ...present("statistic", raw.Statistic),
    ...present("extendedStatistic", raw.ExtendedStatistic),
    ...present("period", raw.Period),
    ...present("unit", raw.Unit),
    ...(raw.Metrics === undefined ? {} : { metrics: raw.Metrics.map(metricQuery) }),
    ...present("thresholdMetricId", raw.ThresholdMetricId),
    evaluationPeriods: raw.EvaluationPeriods ?? 1,
    ...present("datapointsToAlarm", raw.DatapointsToAlarm),
    ...present("threshold", raw.Threshold),
    ...present("comparisonOperator", raw.ComparisonOperator),
    ...present("treatMissingData", raw.TreatMissingData),
    ...present("evaluateLowSampleCountPercentile", raw.EvaluateLowSampleCountPercentile),
  });
  return live(canonical, raw, reading, raw.EvaluationCriteria === undefined ? undefined : "PromQL alarm");
}

/** Reads a composite alarm. */
export function readCompositeAlarm(raw: RawCompositeAlarm): LiveAlarm {
  const reading = readMark(raw.AlarmDescription ?? "");
  const canonical = canonicalAlarm({
    kind: "composite",
    ...commonSettings(raw, reading),
    alarmRule: raw.AlarmRule ?? "",
    ...present("actionsSuppressor", raw.ActionsSuppressor || undefined),
    ...present("actionsSuppressorWaitPeriod", raw.ActionsSuppressorWaitPeriod),
    ...present("actionsSuppressorExtensionPeriod", raw.ActionsSuppressorExtensionPeriod),
  });
  return live(canonical, raw, reading, undefined);
}

/** A canonical alarm where a spec is asked for; a percentile stands in `statistic`. */
export function asSpec(alarm: CanonicalAlarm): AlarmSpec {
  return alarm as unknown as AlarmSpec;
}

/** Hash of everything we could overwrite; apply refuses a change when it is no longer the planned one. */
export function stateHash(state: AlarmState): string {
  return hashOf({ ...state, retag: undefined }, 16);
}

/** The call that gives a metric alarm this state. Tags are only heeded when it is created. */
export function putMetricAlarm(state: AlarmState, tags?: readonly AwsTag[]): PutMetricAlarm {
  const percentile = state.statistic !== undefined && !PLAIN_STATISTICS.has(state.statistic);
  const input = {
    ...commonInput(state, tags),
    Namespace: state.namespace,
    MetricName: state.metricName,
    Dimensions: state.dimensions === undefined ? undefined : rawDimensions(state.dimensions),
    Statistic: percentile ? undefined : state.statistic,
    ExtendedStatistic: percentile ? state.statistic : undefined,
    Period: state.period,
    Unit: state.unit,
    Metrics: state.metrics?.map(rawQuery),
    ThresholdMetricId: state.thresholdMetricId,
    EvaluationPeriods: state.evaluationPeriods,
    DatapointsToAlarm: state.datapointsToAlarm,
    Threshold: state.threshold,
    ComparisonOperator: state.comparisonOperator,
    TreatMissingData: state.treatMissingData,
    EvaluateLowSampleCountPercentile: state.evaluateLowSampleCountPercentile,
    ...state.carried,
  };
  // The words come from a checked configuration or from AWS itself; the SDK types them as unions of literals.
  return withoutUndefined(input) as unknown as PutMetricAlarm;
}

/** The call that gives a composite alarm this state. */
export function putCompositeAlarm(state: AlarmState, tags?: readonly AwsTag[]): PutCompositeAlarm {
  const input = {
    ...commonInput(state, tags),
    AlarmRule: state.alarmRule,
    ActionsSuppressor: state.actionsSuppressor,
    ActionsSuppressorWaitPeriod: state.actionsSuppressorWaitPeriod,
    ActionsSuppressorExtensionPeriod: state.actionsSuppressorExtensionPeriod,
    ...(state.carried?.ActionConfiguration === undefined
      ? {}
      : { ActionConfiguration: state.carried.ActionConfiguration }),
  };
  return withoutUndefined(input) as unknown as PutCompositeAlarm;
}

const PLAIN_STATISTICS: ReadonlySet<string> = new Set([
  "SampleCount",
  "Average",
  "Sum",
  "Minimum",
  "Maximum",
]);

function live(
  canonical: CanonicalAlarm,
  raw: RawMetricAlarm & RawCompositeAlarm,
  reading: MarkReading,
  foreignKind: string | undefined,
): LiveAlarm {
  const mark = markText(raw.AlarmDescription ?? "", reading);
  const carried = carriedSettings(raw);
  return {
    state: {
      ...canonical,
      ...(mark === undefined ? {} : { mark }),
      ...(carried === undefined ? {} : { carried }),
    },
    reading,
    stateValue: raw.StateValue ?? "INSUFFICIENT_DATA",
    updatedAt: raw.AlarmConfigurationUpdatedTimestamp,
    ...(foreignKind === undefined ? {} : { foreignKind }),
  };
}

function markText(description: string, reading: MarkReading): string | undefined {
  if (reading.kind === "none") return undefined;
  const start = description.lastIndexOf("[wk");
  return description.slice(start, description.indexOf("]", start) + 1);
}

function carriedSettings(raw: RawMetricAlarm): CarriedSettings | undefined {
  const { EvaluationWindow, WarmUpConfiguration, ActionConfiguration } = raw;
  // A sliding window is the default, whether it is written out or not.
  const window =
    EvaluationWindow !== undefined && Object.keys(EvaluationWindow).some((key) => key !== "SlidingWindow")
      ? EvaluationWindow
      : undefined;
  if (window === undefined && WarmUpConfiguration === undefined && ActionConfiguration === undefined)
    return undefined;
  return {
    ...present("EvaluationWindow", window),
    ...present("WarmUpConfiguration", WarmUpConfiguration),
    ...present("ActionConfiguration", ActionConfiguration),
  };
}

function commonSettings(
  raw: Pick<
    RawMetricAlarm,
    "AlarmName" | "ActionsEnabled" | "OKActions" | "AlarmActions" | "InsufficientDataActions"
  >,
  reading: MarkReading,
) {
  return {
    alarmName: raw.AlarmName ?? "",
    alarmDescription: reading.text,
    actionsEnabled: raw.ActionsEnabled ?? true,
    okActions: raw.OKActions ?? [],
    alarmActions: raw.AlarmActions ?? [],
    insufficientDataActions: raw.InsufficientDataActions ?? [],
  };
}

function commonInput(state: AlarmState, tags: readonly AwsTag[] | undefined) {
  return {
    AlarmName: state.alarmName,
    AlarmDescription:
      state.mark === undefined ? state.alarmDescription : withMark(state.alarmDescription, state.mark),
    ActionsEnabled: state.actionsEnabled,
    OKActions: [...state.okActions],
    AlarmActions: [...state.alarmActions],
    InsufficientDataActions: [...state.insufficientDataActions],
    Tags: tags?.map((tag) => ({ ...tag })),
  };
}

function metricQuery(raw: NonNullable<RawMetricAlarm["Metrics"]>[number]): MetricDataQuery {
  const stat = raw.MetricStat;
  return {
    id: raw.Id ?? "",
    ...(stat === undefined
      ? {}
      : {
          metricStat: {
            namespace: stat.Metric?.Namespace ?? "",
            metricName: stat.Metric?.MetricName ?? "",
            dimensions: dimensionsOf(stat.Metric?.Dimensions),
            period: stat.Period ?? 0,
            stat: stat.Stat ?? "",
            ...present("unit", stat.Unit),
          },
        }),
    ...present("expression", raw.Expression || undefined),
    ...present("label", raw.Label),
    ...present("returnData", raw.ReturnData),
    ...present("period", raw.Period),
    ...present("accountId", raw.AccountId),
  };
}

function rawQuery(query: MetricDataQuery) {
  const stat = query.metricStat;
  return withoutUndefined({
    Id: query.id,
    MetricStat:
      stat === undefined
        ? undefined
        : withoutUndefined({
            Metric: {
              Namespace: stat.namespace,
              MetricName: stat.metricName,
              Dimensions: rawDimensions(stat.dimensions),
            },
            Period: stat.period,
            Stat: stat.stat,
            Unit: stat.unit,
          }),
    Expression: query.expression,
    Label: query.label,
    ReturnData: query.returnData,
    Period: query.period,
    AccountId: query.accountId,
  });
}

function dimensionsOf(raw: RawMetricAlarm["Dimensions"]): readonly Dimension[] {
  return (raw ?? []).map(({ Name, Value }) => ({ name: Name ?? "", value: Value ?? "" }));
}

function rawDimensions(dimensions: readonly Dimension[]) {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }));
}

function present<K extends string, V>(key: K, value: V | undefined | null): { readonly [P in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
