import type { Resource } from "../../model/resource.ts";
import type { Reason } from "../../plan/plan.ts";
import { AlarmResolver, type DesiredInput } from "./alarm-resolver.ts";
import type { DesiredEntry } from "./desired-entry.ts";
import { metricsOf, unseen } from "./series/series.ts";

/** One alarm of a policy for one resource: wanted, or why not. */
export interface ExplainedAlarm {
  readonly policy: string;
  readonly alarm: string;
  readonly desired?: DesiredEntry;
  /** Why there is none; beside `desired`: why it waits to be created. */
  readonly reason?: Reason;
}

/** What the configuration makes of one resource: policies that don't mean it say why, the others tell every alarm. */
export interface ExplainedResource {
  readonly alarms: readonly ExplainedAlarm[];
  readonly notSelected: readonly { readonly policy: string; readonly reason: Reason }[];
}

/**
 * Everything about one live resource of the input, alarm by alarm. Metrics that `input.series` covers are also judged for
 * whether they were seen.
 */
export function explainResource(input: DesiredInput, resource: Resource): ExplainedResource {
  const resolver = new AlarmResolver(input);
  const alarms: ExplainedAlarm[] = [];
  const notSelected: { policy: string; reason: Reason }[] = [];
  for (const view of resolver.views.values()) {
    const policy = view.policy.name;
    const selection = view.judge(resource);
    const listed = selection?.verdict !== "out" || selection.reason.code === "auto-scaling-member";
    if (selection && !listed) notSelected.push({ policy, reason: selection.reason });
    const outcomes = [
      ...(selection && listed ? resolver.resolve(view, resource) : []),
      ...resolver.resolve(view, undefined),
    ];
    for (const { blueprint, entries, reasons } of outcomes) {
      const alarm = blueprint.definition.key;
      const own = entries.filter((entry) => entry.resource?.id === resource.id);
      for (const desired of own) {
        const reason = waiting(input, desired);
        alarms.push({ policy, alarm, desired, ...(reason && { reason }) });
      }
      if (blueprint.types || own.length > 0)
        for (const reason of reasons) alarms.push({ policy, alarm, reason });
    }
  }
  return { alarms, notSelected };
}

function waiting(input: DesiredInput, desired: DesiredEntry): Reason | undefined {
  if (!desired.createOnlyIfSeen) return undefined;
  const { spec } = desired;
  return metricsOf(spec).every((metric) => input.series.covers(metric))
    ? unseen(input.series, spec)
    : undefined;
}
