import type { MetricDataQuery, PutMetricAlarmInput, Tag } from "@aws-sdk/client-cloudwatch";
import { checkActions } from "./alarm-actions.ts";
import {
  initialState,
  type MetricAlarmRecord,
  type StatePart,
  type StoredMetricAlarm,
  statePartOf,
} from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { given } from "./common-shapes.ts";
import { validationError } from "./errors.ts";
import { noteConfiguration } from "./history-data.ts";
import { checkMetricAlarm } from "./metric-alarm-validation.ts";

/**
 * Creates or wholly overwrites a metric alarm. An update keeps the state and the tags; tags given with it are ignored.
 * Fails with `ValidationException` and CloudWatch's messages.
 */
export function putMetricAlarm(store: AlarmStore, input: PutMetricAlarmInput, now: Date): void {
  checkMetricAlarm(input);
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  checkActions(
    { OKActions, AlarmActions, InsufficientDataActions },
    {
      dimensions: input.Metrics ? undefined : (input.Dimensions ?? []),
      scales: input.ThresholdMetricId === undefined,
      composite: false,
    },
    store,
  );
  seedAlarm(store, input, now);
}

/** Stores a metric alarm without validating it: for tests and scenarios with many thousands of alarms. */
export function seedAlarm(store: AlarmStore, input: PutMetricAlarmInput, now: Date): MetricAlarmRecord {
  const name = input.AlarmName as string;
  const existing = store.get(name);
  if (existing?.kind === "CompositeAlarm")
    throw validationError(
      `A composite alarm named ${name} already exists; alarm names are unique in a Region`,
    );
  if (existing) {
    const previous = existing.alarm;
    store.replace(existing, stored(store, input, now, statePartOf(previous)));
    noteConfiguration(store, existing, now, { type: "Update", previous });
    return existing;
  }
  const alarm = stored(store, input, now, initialState(now));
  const record: MetricAlarmRecord = { kind: "MetricAlarm", name, alarm, tags: tagMap(input.Tags) };
  store.add(record);
  noteConfiguration(store, record, now, { type: "Create" });
  return record;
}

const NO_TAGS: ReadonlyMap<string, string> = new Map();

/** Tags as the store keeps them. */
export function tagMap(tags: readonly Tag[] | undefined): ReadonlyMap<string, string> {
  if (!tags || tags.length === 0) return NO_TAGS;
  return new Map(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

function stored(
  store: AlarmStore,
  input: PutMetricAlarmInput,
  now: Date,
  state: StatePart<StoredMetricAlarm>,
): StoredMetricAlarm {
  const { Tags: _, AlarmName, ...settings } = input;
  return given({
    ...settings,
    ...state,
    AlarmName: AlarmName as string,
    AlarmArn: store.arnOf(AlarmName as string),
    AlarmConfigurationUpdatedTimestamp: now,
    ActionsEnabled: input.ActionsEnabled ?? true,
    OKActions: input.OKActions ?? [],
    AlarmActions: input.AlarmActions ?? [],
    InsufficientDataActions: input.InsufficientDataActions ?? [],
    Dimensions: input.Dimensions ?? [],
    ...(input.Metrics && { Metrics: input.Metrics.map(completed) }),
  });
}

/** A query as DescribeAlarms gives it back: with the defaults that PutMetricAlarm assumed. */
function completed(query: MetricDataQuery): MetricDataQuery {
  const { MetricStat } = query;
  return {
    ...query,
    ...(MetricStat && {
      MetricStat: {
        ...MetricStat,
        Metric: { ...MetricStat.Metric, Dimensions: MetricStat.Metric?.Dimensions ?? [] },
      },
    }),
    ReturnData: query.ReturnData ?? true,
  };
}
