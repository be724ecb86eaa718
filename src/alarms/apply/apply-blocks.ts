import type { Quota } from "../../aws/session.ts";
import type { CallCounts, Change } from "../../plan/plan.ts";
import type { AlarmState } from "../spec/cloudwatch-alarm.ts";

/** DescribeAlarms, DeleteAlarms and EnableAlarmActions take this many names. */
export const NAMES_A_CALL = 100;

/** Milliseconds that a reading may be old when the alarm is written. */
export const MAX_READING_AGE_MS = 5000;

/** Share of that age that a block is planned for; the rest is latency and a rate that drops. */
const PLANNED_AGE_S = 3.5;

/** Changes of alarms by how they are applied, in order. */
interface ApplySteps {
  /** PutMetricAlarm: the new names of renamed alarms first, so that what people tuned is safe before anything else changes. */
  readonly metric: readonly Change[];
  /** PutCompositeAlarm, children first. */
  readonly composite: readonly Change[];
  /** Nothing but switching on actions: a hundred a call. */
  readonly enable: readonly Change[];
  /** Composites, parents first, one a call: a call may hold one only, and it must go before its children. */
  readonly deleteComposite: readonly Change[];
  readonly deleteMetric: readonly Change[];
}

/** Sorts changes into steps. Changes that nothing is done about are left out. */
export function applySteps(changes: readonly Change[]): ApplySteps {
  const puts = changes.filter(
    ({ action }) => action === "create" || action === "update" || action === "mark",
  );
  const deletes = changes.filter(({ action }) => action === "delete");
  const written = puts.filter((change) => !isOnlySwitchedOn(change));
  const isComposite = (state: unknown) => (state as AlarmState).kind === "composite";
  const renamed = (change: Change) =>
    change.action === "create" && change.reason.code === "renamed" ? 0 : 1;
  return {
    metric: written.filter(({ after }) => !isComposite(after)).sort((a, b) => renamed(a) - renamed(b)),
    composite: childrenFirst(
      written.filter(({ after }) => isComposite(after)),
      ({ after }) => after as AlarmState,
    ),
    enable: puts.filter(isOnlySwitchedOn),
    deleteComposite: childrenFirst(
      deletes.filter(({ before }) => isComposite(before)),
      ({ before }) => before as AlarmState,
    ).reverse(),
    deleteMetric: deletes.filter(({ before }) => !isComposite(before)),
  };
}

/** Whether the whole change is that actions are switched on: then one call does it for a hundred alarms. */
function isOnlySwitchedOn({ action, before, after, fields }: Change): boolean {
  if (action !== "update") return false;
  const [from, to] = [before as AlarmState, after as AlarmState];
  const written = fields.filter(({ verdict }) => verdict === "update" || verdict === "restore");
  return (
    written.length === 1 &&
    written[0]?.field === "actionsEnabled" &&
    !from.actionsEnabled &&
    to.actionsEnabled &&
    from.mark === to.mark &&
    to.retag === undefined
  );
}

/** How many alarms are read at once and then written at this rate, so that no reading is older than `MAX_READING_AGE_MS`. */
export function blockSize(quota: Quota): number {
  return Math.max(1, Math.min(NAMES_A_CALL, Math.floor(quota.ratePerSecond * PLANNED_AGE_S)));
}

/** Calls that applying these changes takes when nothing fails. `quotaOf` tells the rate of a CloudWatch operation. */
export function callsToApply(
  changes: readonly Change[],
  quotaOf: (operation: "PutMetricAlarm" | "PutCompositeAlarm") => Quota,
): CallCounts {
  const { metric, composite, enable, deleteComposite, deleteMetric } = applySteps(changes);
  const quiet = [...metric, ...composite].filter(isQuietCreation).length;
  const inHundreds = (count: number) => Math.ceil(count / NAMES_A_CALL);
  const readings =
    Math.ceil(metric.length / blockSize(quotaOf("PutMetricAlarm"))) +
    Math.ceil(composite.length / blockSize(quotaOf("PutCompositeAlarm"))) +
    inHundreds(enable.length) +
    deleteComposite.length +
    inHundreds(deleteMetric.length) +
    inHundreds(quiet);
  const counts: Record<string, number> = {
    "cloudwatch:PutMetricAlarm": metric.length,
    "cloudwatch:PutCompositeAlarm": composite.length,
    "cloudwatch:TagResource": [...metric, ...composite].filter(({ after }) => (after as AlarmState).retag)
      .length,
    "cloudwatch:EnableAlarmActions": inHundreds(enable.length) + inHundreds(quiet),
    "cloudwatch:DeleteAlarms": deleteComposite.length + inHundreds(deleteMetric.length),
    "cloudwatch:DescribeAlarms": readings,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** Whether the change creates an alarm with its actions off, to be switched on once it has settled. */
export function isQuietCreation({ action, after }: Change): boolean {
  return action === "create" && !(after as AlarmState).actionsEnabled;
}

/** Composites so that each stands behind those that its rule or suppressor names. Cycles stay in their order. */
function childrenFirst(changes: readonly Change[], stateOf: (change: Change) => AlarmState): Change[] {
  if (changes.length < 2) return [...changes];
  const byName = new Map(changes.map((change) => [change.name, change]));
  const ordered = new Set<Change>();
  const begun = new Set<Change>();
  const visit = (change: Change): void => {
    if (begun.has(change)) return;
    begun.add(change);
    const { alarmRule = "", actionsSuppressor } = stateOf(change);
    for (const name of [...namesIn(alarmRule), actionsSuppressor ?? ""]) {
      const child = byName.get(name);
      if (child) visit(child);
    }
    ordered.add(change);
  };
  for (const change of changes) visit(change);
  return [...ordered];
}

/** Names in a canonical rule; words that are none match no alarm. */
function namesIn(rule: string): string[] {
  return [...rule.matchAll(/"((?:\\"|[^"])*)"|[^\s(),]+/g)].map(([word, quoted]) =>
    quoted === undefined ? word : quoted.replaceAll('\\"', '"'),
  );
}
