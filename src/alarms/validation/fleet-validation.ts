import { COMPOSITE_LIMITS, findCompositeCycles } from "../../engine/composite-graph.ts";
import {
  alarmNameOf,
  type CompositeRule,
  parseCompositeRule,
  referencedAlarms,
} from "../../engine/composite-rule.ts";
import { SourceError } from "../../engine/source-error.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import { canonicalJson } from "../../support/canonical-json.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { readMath } from "../spec/math-references.ts";

/** Anomaly detection models of an account in a region (user guide, CloudWatch service quotas). */
const MAX_MODELS = 500;

/** What of a desired alarm the fleet's limits look at. The spec is only read where it may matter. */
export interface FleetAlarm {
  readonly spec: AlarmSpec;
  readonly definition: {
    readonly band?: number;
    readonly metrics?: readonly unknown[];
    readonly alarmRule?: string;
  };
}

/** Limits that alarms of one account and region meet together: anomaly models, parents of an alarm, composite cycles. */
export function validateFleet(alarms: Iterable<FleetAlarm>): Diagnostic[] {
  const models = new Set<string>();
  const rules = new Map<string, CompositeRule>();
  for (const alarm of alarms) {
    const { band, metrics, alarmRule } = alarm.definition;
    // Most alarms watch one metric by a threshold and meet none of these limits.
    if (band === undefined && metrics === undefined && alarmRule === undefined) continue;
    const { spec } = alarm;
    if (spec.kind === "composite") noteRule(spec.alarmName, spec.alarmRule, rules);
    else for (const model of modelsOf(spec)) models.add(model);
  }
  const diagnostics: Diagnostic[] = [];
  if (models.size > MAX_MODELS)
    diagnostics.push(
      error(
        "too-many-models",
        `${models.size} anomaly bands need more models than the ${MAX_MODELS} an account has in a region; select fewer resources for alarms with band`,
      ),
    );
  for (const cycle of findCompositeCycles(rules))
    diagnostics.push(
      error(
        "composite-cycle",
        `composite alarms refer to each other in a circle: ${[...cycle, cycle[0]].join(" -> ")}`,
      ),
    );
  const parents = new Map<string, number>();
  for (const rule of rules.values())
    for (const child of new Set(referencedAlarms(rule).map(alarmNameOf)))
      parents.set(child, (parents.get(child) ?? 0) + 1);
  for (const [child, count] of parents)
    if (count > COMPOSITE_LIMITS.parentsOfAlarm)
      diagnostics.push(
        error(
          "too-many-parents",
          `alarm "${child}" is in the rules of ${count} composite alarms; CloudWatch takes ${COMPOSITE_LIMITS.parentsOfAlarm}`,
        ),
      );
  return diagnostics;
}

function noteRule(name: string, text: string, rules: Map<string, CompositeRule>): void {
  try {
    rules.set(name, parseCompositeRule(text));
  } catch (problem) {
    // A rule that can't be read is told per alarm; it takes part in nothing here.
    if (!(problem instanceof SourceError)) throw problem;
  }
}

/** One model per metric and statistic, or per math expression, whatever its width and however many alarms use it. */
function modelsOf(spec: AlarmSpec & { readonly kind: "metric" }): string[] {
  const queries = spec.metrics ?? [];
  return queries.flatMap(({ expression = "" }) => {
    const { functions, ids } = readMath(expression);
    if (!functions.has("ANOMALY_DETECTION_BAND")) return [];
    const around = queries.filter(({ id }) => ids.has(id));
    return [canonicalJson(around.map(({ metricStat, expression: inner }) => metricStat ?? [inner, queries]))];
  });
}

function error(code: string, message: string): Diagnostic {
  return { severity: "error", code, message };
}
