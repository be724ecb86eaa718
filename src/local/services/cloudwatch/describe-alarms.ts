import type {
  AlarmType,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
} from "@aws-sdk/client-cloudwatch";
import { BASIC_STATISTICS } from "../../../engine/statistic-name.ts";
import type { AlarmKind, AlarmRecord } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { constrainDimensions, dimensionKey } from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { validationError } from "./errors.ts";
import { pagePosition, pageToken } from "./paging.ts";
import { ALARM_TYPES, isAlarmPeriod, STATES, UNITS } from "./vocabulary.ts";

/** Composite alarms come before metric alarms when both are asked for; each kind by name. */
const ORDER: readonly AlarmKind[] = ["CompositeAlarm", "MetricAlarm"];

/** Where the next page goes on: behind this alarm. */
type Position = readonly [kind: AlarmKind, name: string];

type Show = (record: AlarmRecord) => AlarmRecord["alarm"] | Record<string, unknown>;

/** Alarms by page. Without AlarmTypes metric alarms only, as CloudWatch documents. */
export function describeAlarms(
  store: AlarmStore,
  input: DescribeAlarmsInput,
  now: Date,
): DescribeAlarmsOutput {
  constrain(input);
  const { NextToken, MaxRecords = 50, ...parameters } = input;
  const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = input;
  refuseCombinations(parameters);
  const position = pagePosition<Position>("DescribeAlarms", parameters, NextToken);
  const view = new AlarmView(store, now);
  const limit = MaxRecords;
  if (parent !== undefined) {
    const record = view.get(parent);
    const children = record?.kind === "CompositeAlarm" ? record.children : [];
    return page(found(view, children, ALARM_TYPES, position), limit, parameters, childOnly);
  }
  if (child !== undefined) {
    const parents = store.parentsOf(child).filter((name) => {
      const record = view.get(name);
      return record?.kind === "CompositeAlarm" && record.children.includes(child);
    });
    return page(found(view, parents, ALARM_TYPES, position), limit, parameters, parentOnly);
  }
  const types = input.AlarmTypes?.length ? input.AlarmTypes : (["MetricAlarm"] as const);
  const names = input.AlarmNames?.length ? input.AlarmNames : undefined;
  const candidates = names
    ? found(view, names, types, position)
    : view.scan(types, input.AlarmNamePrefix, position);
  return page(filtered(candidates, input), limit, parameters, (record) => record.alarm);
}

function constrain(input: DescribeAlarmsInput): void {
  const constraints = new Constraints()
    .length("alarmNames", input.AlarmNames, 0, 100)
    .length("alarmNamePrefix", input.AlarmNamePrefix, 1, 255)
    .length("childrenOfAlarmName", input.ChildrenOfAlarmName, 1, 255)
    .length("parentsOfAlarmName", input.ParentsOfAlarmName, 1, 255)
    .oneOf("stateValue", input.StateValue, STATES)
    .length("actionPrefix", input.ActionPrefix, 1, 1024)
    .range("maxRecords", input.MaxRecords, 1, 100);
  input.AlarmTypes?.forEach((type, i) => {
    constraints.oneOf(`alarmTypes.${i + 1}.member`, type, ALARM_TYPES);
  });
  input.AlarmNames?.forEach((name, i) => {
    constraints.length(`alarmNames.${i + 1}.member`, name, 1, 255);
  });
  constraints.check();
}

function refuseCombinations(parameters: DescribeAlarmsInput): void {
  const set = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => name);
  for (const alone of ["ChildrenOfAlarmName", "ParentsOfAlarmName"]) {
    const other = set.find((name) => name !== alone);
    if (set.includes(alone) && other !== undefined)
      throw validationError(`${alone} cannot be specified together with ${other}`);
  }
  if (set.includes("AlarmNames") && set.includes("AlarmNamePrefix"))
    throw validationError("AlarmNames cannot be specified together with AlarmNamePrefix");
}

function* found(
  view: AlarmView,
  names: readonly string[],
  types: readonly AlarmType[],
  after: Position | undefined,
): Generator<AlarmRecord> {
  const sorted = [...new Set(names)].sort();
  for (const kind of kinds(types, after))
    for (const name of sorted) {
      if (after && kind === after[0] && name <= after[1]) continue;
      const record = view.get(name);
      if (record?.kind === kind) yield record;
    }
}

function kinds(types: readonly AlarmType[], after: Position | undefined): readonly AlarmKind[] {
  const wanted = ORDER.filter((kind) => types.includes(kind));
  return after ? wanted.slice(wanted.indexOf(after[0])) : wanted;
}

function* filtered(candidates: Iterable<AlarmRecord>, input: DescribeAlarmsInput): Generator<AlarmRecord> {
  const { StateValue: state, ActionPrefix: prefix } = input;
  for (const record of candidates) {
    const { alarm } = record;
    if (state !== undefined && alarm.StateValue !== state) continue;
    const starts = (action: string): boolean => prefix === undefined || action.startsWith(prefix);
    if (
      prefix !== undefined &&
      !alarm.OKActions.some(starts) &&
      !alarm.AlarmActions.some(starts) &&
      !alarm.InsufficientDataActions.some(starts)
    )
      continue;
    yield record;
  }
}

function page(
  records: Iterable<AlarmRecord>,
  limit: number,
  parameters: DescribeAlarmsInput,
  show: Show,
): DescribeAlarmsOutput {
  const metric: unknown[] = [];
  const composite: unknown[] = [];
  const output = { CompositeAlarms: composite, MetricAlarms: metric } as DescribeAlarmsOutput;
  let last: AlarmRecord | undefined;
  for (const record of records) {
    if (last && metric.length + composite.length === limit)
      return { ...output, NextToken: pageToken("DescribeAlarms", parameters, [last.kind, last.name]) };
    (record.kind === "MetricAlarm" ? metric : composite).push(show(record));
    last = record;
  }
  return output;
}

const childOnly: Show = ({ alarm }) => ({
  AlarmName: alarm.AlarmName,
  AlarmArn: alarm.AlarmArn,
  StateValue: alarm.StateValue,
  StateUpdatedTimestamp: alarm.StateUpdatedTimestamp,
});

const parentOnly: Show = ({ alarm }) => ({ AlarmName: alarm.AlarmName, AlarmArn: alarm.AlarmArn });

/** The alarms as a listing shows them: as they are, or as they were while listings lag behind writes. */
class AlarmView {
  readonly #store: AlarmStore;
  readonly #stale: ReadonlyMap<string, AlarmRecord | undefined> | undefined;

  constructor(store: AlarmStore, now: Date) {
    this.#store = store;
    this.#stale = store.stale(now.getTime());
  }

  get(name: string): AlarmRecord | undefined {
    return this.#stale?.has(name) ? this.#stale.get(name) : this.#store.get(name);
  }

  /** Alarms of some types in order, behind a position, with names of a prefix. */
  *scan(
    types: readonly AlarmType[],
    prefix = "",
    after: Position | undefined = undefined,
  ): Generator<AlarmRecord> {
    for (const kind of kinds(types, after)) {
      const from = after && kind === after[0] ? after[1] : undefined;
      const names = this.#stale ? this.#merged(kind) : this.#store.names(kind);
      let index = names.indexOf(from === undefined || from < prefix ? prefix : from);
      for (let name = names.at(index); name?.startsWith(prefix); name = names.at(++index)) {
        if (name === from) continue;
        const record = this.get(name);
        if (record?.kind === kind) yield record;
      }
    }
  }

  #merged(kind: AlarmKind): { at(index: number): string | undefined; indexOf(name: string): number } {
    const names = new Set<string>();
    const live = this.#store.names(kind);
    for (let i = 0; i < live.size; i += 1) names.add(live.at(i) as string);
    for (const [name, record] of this.#stale ?? []) if (record?.kind === kind) names.add(name);
    const sorted = [...names].sort();
    return {
      at: (index) => sorted[index],
      indexOf: (name) => {
        const index = sorted.findIndex((each) => each >= name);
        return index < 0 ? sorted.length : index;
      },
    };
  }
}

/** Every metric alarm that watches exactly this metric; all in one answer. */
export function describeAlarmsForMetric(
  store: AlarmStore,
  input: DescribeAlarmsForMetricInput,
  now: Date,
): DescribeAlarmsForMetricOutput {
  const constraints = new Constraints()
    .required("metricName", input.MetricName)
    .length("metricName", input.MetricName, 1, 255)
    .required("namespace", input.Namespace)
    .length("namespace", input.Namespace, 1, 255)
    .oneOf("statistic", input.Statistic, BASIC_STATISTICS)
    .range("period", input.Period, 1)
    .oneOf("unit", input.Unit, UNITS);
  constrainDimensions(constraints, "dimensions", input.Dimensions);
  constraints.check();
  if (input.Period !== undefined && !isAlarmPeriod(input.Period))
    throw validationError("Period must be 10, 20, 30 or a multiple of 60");
  const wanted = dimensionKey(input.Dimensions);
  const same = (name: "Statistic" | "ExtendedStatistic" | "Period" | "Unit", alarm: AlarmRecord["alarm"]) =>
    input[name] === undefined || (alarm as DescribeAlarmsForMetricInput)[name] === input[name];
  const alarms = [...new AlarmView(store, now).scan(["MetricAlarm"])]
    .map(({ alarm }) => alarm)
    .filter(
      (alarm) =>
        "MetricName" in alarm &&
        alarm.MetricName === input.MetricName &&
        alarm.Namespace === input.Namespace &&
        dimensionKey(alarm.Dimensions) === wanted &&
        same("Statistic", alarm) &&
        same("ExtendedStatistic", alarm) &&
        same("Period", alarm) &&
        same("Unit", alarm),
    );
  return { MetricAlarms: alarms };
}
