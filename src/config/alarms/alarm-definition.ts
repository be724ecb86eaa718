import type {
  AlarmDefinition,
  AlarmNotes,
  DimensionValue,
  FactCondition,
  MetricQueryDefinition,
  SeriesSource,
} from "../../model/alarm-policy.ts";
import { BAND_OPERATORS } from "../../model/alarm-spec.ts";
import { parseDuration } from "../../model/duration.ts";
import { compact, type Reading } from "../reading.ts";
import { asList } from "../schema-parts.ts";
import { selectorAt } from "../selector.ts";
import type { Path } from "../yaml-source.ts";
import type { ActionsInput, AlarmInput, DimensionInput } from "./alarm-schema.ts";

/** Fields of an alarm as they stand in a definition or an override: only those that were written. */
export type AlarmFields = Partial<Omit<AlarmDefinition, "key" | "position">>;

/** A definition out of what was written, defaults filled in. `resourceTypes` stays empty unless `appliesTo` is given. */
export function definitionFrom(
  key: string,
  input: AlarmInput,
  path: Path,
  reading: Reading,
  knownTypes: readonly string[],
): AlarmDefinition {
  const fields = fieldsFrom(input, path, reading, knownTypes);
  return {
    enabled: true,
    severity: "warning",
    about: { notes: [] },
    resourceTypes: [],
    when: {},
    requireSeen: false,
    ...(input.band === undefined ? {} : { comparisonOperator: BAND_OPERATORS[0] }),
    ...(input.actionsSuppressor === undefined
      ? {}
      : { actionsSuppressorWaitPeriod: 60, actionsSuppressorExtensionPeriod: 60 }),
    ...fields,
    key,
    position: reading.position(path),
  };
}

/**
 * The fields that were written, in the model's terms. With a `base` (an override), notes and series are completed from it;
 * everything else replaces the base's field whole.
 */
export function fieldsFrom(
  input: AlarmInput,
  path: Path,
  reading: Reading,
  knownTypes: readonly string[],
  base?: AlarmDefinition,
): AlarmFields {
  const {
    intent: _intent,
    justification: _justification,
    runbook: _runbook,
    notes: _notes,
    appliesTo,
    when,
    series,
    dimensions,
    period,
    metrics,
    actionsSuppressorWaitPeriod,
    actionsSuppressorExtensionPeriod,
    actions,
    lint,
    ...same
  } = input;
  return compact({
    ...same,
    about: aboutFrom(input, base),
    resourceTypes: appliesTo === undefined ? undefined : asList(appliesTo),
    when: when === undefined ? undefined : conditionsFrom(when),
    series: series === undefined ? undefined : seriesFrom(series, path, reading, base),
    dimensions:
      dimensions === undefined
        ? undefined
        : dimensionsFrom(dimensions, [...path, "dimensions"], reading, knownTypes),
    period: seconds(period),
    metrics: metrics?.map((query, index) => {
      const place = [...path, "metrics", index];
      return compact({
        ...query,
        period: seconds(query.period),
        dimensions:
          query.dimensions === undefined
            ? undefined
            : dimensionsFrom(query.dimensions, [...place, "dimensions"], reading, knownTypes),
      }) as MetricQueryDefinition;
    }),
    actionsSuppressorWaitPeriod: seconds(actionsSuppressorWaitPeriod),
    actionsSuppressorExtensionPeriod: seconds(actionsSuppressorExtensionPeriod),
    actions: actions === undefined ? undefined : actionListsAt([...path, "actions"], actions, reading),
    lint: lint === undefined ? undefined : { ignore: asList(lint.ignore) },
  }) as AlarmFields;
}

/** The lists of a severity's or an alarm's actions that were written. */
export function actionListsAt(path: Path, input: ActionsInput, reading: Reading) {
  const list = (state: keyof ActionsInput) =>
    input[state] === undefined ? undefined : reading.texts([...path, state]);
  return compact({ alarm: list("alarm"), ok: list("ok"), insufficientData: list("insufficientData") });
}

function seconds(value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value);
}

function aboutFrom(input: AlarmInput, base: AlarmDefinition | undefined): AlarmNotes | undefined {
  const { intent, justification, runbook, notes } = input;
  if ([intent, justification, runbook, notes].every((value) => value === undefined)) return undefined;
  return {
    ...base?.about,
    ...compact({ intent, justification, runbook }),
    notes: notes === undefined ? (base?.about.notes ?? []) : asList(notes),
  };
}

function conditionsFrom(when: NonNullable<AlarmInput["when"]>): Record<string, FactCondition> {
  return Object.fromEntries(
    Object.entries(when).map(([fact, condition]) => [
      fact,
      typeof condition === "object" && !Array.isArray(condition)
        ? (compact(condition) as FactCondition)
        : condition,
    ]),
  );
}

function seriesFrom(
  series: NonNullable<AlarmInput["series"]>,
  path: Path,
  reading: Reading,
  base: AlarmDefinition | undefined,
): SeriesSource {
  const exclude = Object.keys(series.exclude ?? {}).map((dimension) => [
    dimension,
    reading.texts([...path, "series", "exclude", dimension]),
  ]);
  return {
    each: series.each === undefined ? (base?.series?.each ?? []) : asList(series.each),
    exclude: { ...base?.series?.exclude, ...Object.fromEntries(exclude) },
  };
}

function dimensionsFrom(
  dimensions: Readonly<Record<string, DimensionInput>>,
  path: Path,
  reading: Reading,
  knownTypes: readonly string[],
): Record<string, DimensionValue> {
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, value]): [string, DimensionValue] => {
      const place = [...path, name];
      if (Array.isArray(value)) return [name, reading.texts(place)];
      if (typeof value !== "object") return [name, reading.text(place)];
      return [
        name,
        { select: selectorAt([...place, "select"], reading, knownTypes) ?? {}, value: value.value },
      ];
    }),
  );
}
