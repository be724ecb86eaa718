import type { MergePolicy } from "../../model/alarm-policy.ts";
import { mergeField } from "../../plan/merge.ts";
import type { FieldChange } from "../../plan/plan.ts";
import {
  type AlarmField,
  type CanonicalAlarm,
  FIELD_RULES,
  fieldsOf,
  isPercentile,
  sameValue,
} from "../spec/canonical-alarm.ts";
import { HASH_LENGTH } from "../spec/mark.ts";
import { type FieldHasher, hashIn } from "./field-hasher.ts";

export interface AlarmMergeOptions {
  readonly policy: MergePolicy;
  readonly hasher: FieldHasher;
  /** Fields that take the configuration's value whatever people did: `reset`. */
  readonly reset?: "all" | readonly AlarmField[] | undefined;
  /** It becomes ours now: what differs is an update, not something that was silenced. */
  readonly adopting?: boolean;
}

/** What an alarm becomes: its settings, the hashes to record as last asked for, and the fields to tell of. */
interface AlarmMerge {
  readonly after: CanonicalAlarm;
  readonly hashes: string;
  readonly fields: readonly FieldChange[];
}

/** CloudWatch's most actions a state. */
const MAX_ACTIONS = 5;

/** What a threshold, statistic or period means only together: they change hands whole when an alarm changes between one metric and math. */
const SHAPE_FIELDS: readonly AlarmField[] = [
  "namespace",
  "metricName",
  "dimensions",
  "statistic",
  "period",
  "unit",
  "metrics",
  "thresholdMetricId",
  "threshold",
  "comparisonOperator",
];

/** Fields whose values must fit each other: M of N within the longest window. */
const WINDOW_FIELDS: readonly AlarmField[] = ["evaluationPeriods", "datapointsToAlarm", "period"];

/** The three-way merge of a whole alarm. `asked` holds the mark's hashes; undefined when the mark is lost. Kinds must be equal. */
export function mergeAlarm(
  live: CanonicalAlarm,
  desired: CanonicalAlarm,
  asked: string | undefined,
  options: AlarmMergeOptions,
): AlarmMerge {
  const shape = reshaped(live, desired);
  const merged = mergeFields(live, desired, asked, options, shape);
  if (!windowProblem(merged.after)) return merged;
  if (options.policy !== "config") {
    const kept = keepWindow(live, desired, asked, merged, options);
    if (!windowProblem(kept.after)) return kept;
  }
  return mergeFields(live, desired, asked, options, [...shape, ...WINDOW_FIELDS, "metrics"]);
}

/** Why the evaluation window is none that CloudWatch accepts: M over N, or longer than a day (a week for periods from an hour up). */
function windowProblem(alarm: CanonicalAlarm): string | undefined {
  if (alarm.kind === "composite") return undefined;
  const { evaluationPeriods = 1, datapointsToAlarm = evaluationPeriods } = alarm;
  if (datapointsToAlarm > evaluationPeriods)
    return `${datapointsToAlarm} of ${evaluationPeriods} datapoints can never be reached`;
  const periods = (alarm.metrics ?? []).map((query) => query.metricStat?.period ?? query.period ?? 0);
  const period = Math.max(alarm.period ?? 0, ...periods);
  const longest = period >= 3600 ? 604_800 : 86_400;
  return period * evaluationPeriods > longest
    ? `${evaluationPeriods} periods of ${period} s are longer than ${longest} s`
    : undefined;
}

function mergeFields(
  live: CanonicalAlarm,
  desired: CanonicalAlarm,
  asked: string | undefined,
  options: AlarmMergeOptions,
  taken: readonly AlarmField[],
): AlarmMerge {
  const { hasher, policy, reset } = options;
  const values: Partial<Record<AlarmField, unknown>> = {};
  const fields: FieldChange[] = [];
  let hashes = "";
  for (const field of fieldsOf(desired.kind)) {
    // Only percentiles have it, so a statistic that is kept decides whether it applies.
    if (field === "evaluateLowSampleCountPercentile" && !isPercentile(values.statistic)) {
      hashes += hasher.of(desired[field]);
      continue;
    }
    const askedHash = asked === undefined ? undefined : hashIn(asked, desired.kind, field);
    const merge = mergeField(
      { field, rule: FIELD_RULES[field], live: live[field], desired: desired[field], askedHash },
      { policy, equal: sameValue, hash: (value) => hasher.of(value), maxActions: MAX_ACTIONS },
    );
    const resetting = reset === "all" || (reset?.includes(field) ?? false);
    const take = !sameValue(live[field], desired[field]) && (resetting || taken.includes(field));
    values[field] = take ? desired[field] : merge.value;
    hashes += take ? hasher.of(desired[field]) : merge.askedHash;
    if (merge.change === undefined) continue;
    const { verdict } = merge.change;
    const updated = verdict === "restore" ? resetting || options.adopting === true : take;
    fields.push(updated ? { ...merge.change, verdict: "update" } : merge.change);
  }
  // Every value is the live or the desired one of its field, or a list of actions.
  const after = { kind: desired.kind, alarmName: live.alarmName, ...values } as CanonicalAlarm;
  return { after, hashes, fields };
}

/** Window fields as they are live, as conflicts where the configuration asked for something else; its record stays. */
function keepWindow(
  live: CanonicalAlarm,
  desired: CanonicalAlarm,
  asked: string | undefined,
  merged: AlarmMerge,
  { hasher }: AlarmMergeOptions,
): AlarmMerge {
  const kept = WINDOW_FIELDS.filter((field) => !sameValue(merged.after[field], live[field]));
  const order = fieldsOf(desired.kind);
  let { hashes } = merged;
  for (const field of kept) {
    const at = order.indexOf(field) * HASH_LENGTH;
    const before =
      (asked === undefined ? undefined : hashIn(asked, desired.kind, field)) ?? hasher.of(live[field]);
    hashes = `${hashes.slice(0, at)}${before}${hashes.slice(at + HASH_LENGTH)}`;
  }
  return {
    after: { ...merged.after, ...Object.fromEntries(kept.map((field) => [field, live[field]])) },
    hashes,
    fields: merged.fields.map((change) =>
      kept.some((field) => field === change.field) ? { ...change, verdict: "conflict" } : change,
    ),
  };
}

function reshaped(live: CanonicalAlarm, desired: CanonicalAlarm): readonly AlarmField[] {
  const same =
    (live.metrics === undefined) === (desired.metrics === undefined) &&
    (live.thresholdMetricId === undefined) === (desired.thresholdMetricId === undefined);
  return same ? [] : SHAPE_FIELDS;
}
