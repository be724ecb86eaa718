import type { Alert, Labels } from "../model/alert.ts";
import { labelOf, matchesAll } from "../model/matcher.ts";
import type { InhibitRule } from "../model/notification-policy.ts";

/** What mutes an alert: the rule's place in the list, and a firing alert that makes it apply. */
export interface Inhibition {
  readonly rule: number;
  readonly source: Alert;
}

/** Knows the firing alerts that mute others. Made once for a flush of many groups. */
export interface Inhibitor {
  inhibitionOf(alert: Alert): Inhibition | undefined;
}

/** Whether any rule could use this alert as a source: only those must be kept at hand. */
export function isInhibitionSource(rules: readonly InhibitRule[], alert: Alert): boolean {
  return (
    alert.status === "firing" &&
    alert.kind === "alarm" &&
    rules.some((rule) => matchesAll(rule.source, alert.labels))
  );
}

/**
 * An inhibitor over these alerts; those that don't fire are left out. An alert that meets both sides of a rule isn't muted by
 * others that do too, so nothing mutes itself. Labels of `equal` that both lack count as equal.
 */
export function createInhibitor(rules: readonly InhibitRule[], alerts: Iterable<Alert>): Inhibitor {
  const indexes = rules.map(() => new Map<string, Alert[]>());
  for (const alert of rules.length === 0 ? [] : alerts) {
    if (alert.status !== "firing" || alert.kind !== "alarm") continue;
    for (const [at, rule] of rules.entries()) {
      if (!matchesAll(rule.source, alert.labels)) continue;
      const key = equalKey(rule, alert.labels);
      const sources = indexes[at]?.get(key);
      if (sources) sources.push(alert);
      else indexes[at]?.set(key, [alert]);
    }
  }
  return {
    inhibitionOf(alert) {
      for (const [at, rule] of rules.entries()) {
        if (!matchesAll(rule.target, alert.labels)) continue;
        const bothSides = matchesAll(rule.source, alert.labels);
        const source = indexes[at]
          ?.get(equalKey(rule, alert.labels))
          ?.find((candidate) => !(bothSides && matchesAll(rule.target, candidate.labels)));
        if (source) return { rule: at, source };
      }
      return undefined;
    },
  };
}

function equalKey(rule: InhibitRule, labels: Labels): string {
  return JSON.stringify(rule.equal.map((name) => labelOf(labels, name)));
}
