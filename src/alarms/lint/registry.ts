import type { LintFact, LintRule } from "./lint-rule.ts";
import { actionsDisabled } from "./rules/actions-disabled.ts";
import { alwaysBreaching } from "./rules/always-breaching.ts";
import { childGone } from "./rules/child-gone.ts";
import { dataFlapping } from "./rules/data-flapping.ts";
import { duplicateAlarm } from "./rules/duplicate-alarm.ts";
import { encryptedTopic } from "./rules/encrypted-topic.ts";
import { failedActions } from "./rules/failed-actions.ts";
import { flapping } from "./rules/flapping.ts";
import { hidesDeath } from "./rules/hides-death.ts";
import { impossibleThreshold } from "./rules/impossible-threshold.ts";
import { lowSamplePercentile } from "./rules/low-sample-percentile.ts";
import { missingTopic } from "./rules/missing-topic.ts";
import { neverPublished } from "./rules/never-published.ts";
import { nightPage } from "./rules/night-page.ts";
import { noAction } from "./rules/no-action.ts";
import { noSuchMetric } from "./rules/no-such-metric.ts";
import { pagesEveryStop } from "./rules/pages-every-stop.ts";
import { resourceGone } from "./rules/resource-gone.ts";
import { silentHeartbeat } from "./rules/silent-heartbeat.ts";
import { singleDatapoint } from "./rules/single-datapoint.ts";
import { stuckInAlarm, stuckWithoutData } from "./rules/stuck.ts";
import { unguardedRatio } from "./rules/unguarded-ratio.ts";
import {
  counterStatistic,
  doubtful,
  fillSticks,
  refused,
  shortPeriod,
  sparseMetric,
  unstableFunction,
} from "./rules/validation.ts";
import { wrongUnit } from "./rules/wrong-unit.ts";

/** Every rule there is, by the name that findings, `--rule` and `lint: { ignore: ... }` call it. Documentation is made from this. */
export const LINT_RULES = {
  "impossible-threshold": impossibleThreshold,
  "never-published": neverPublished,
  "no-such-metric": noSuchMetric,
  "wrong-unit": wrongUnit,
  "silent-heartbeat": silentHeartbeat,
  "short-period": shortPeriod,
  "fill-sticks": fillSticks,
  "counter-statistic": counterStatistic,
  "child-gone": childGone,
  "stuck-without-data": stuckWithoutData,
  refused,
  "always-breaching": alwaysBreaching,
  flapping,
  "data-flapping": dataFlapping,
  "single-datapoint": singleDatapoint,
  "unguarded-ratio": unguardedRatio,
  "low-sample-percentile": lowSamplePercentile,
  "unstable-function": unstableFunction,
  "night-page": nightPage,
  "stuck-in-alarm": stuckInAlarm,
  "missing-topic": missingTopic,
  "encrypted-topic": encryptedTopic,
  "failed-actions": failedActions,
  "no-action": noAction,
  "actions-disabled": actionsDisabled,
  "hides-death": hidesDeath,
  "pages-every-stop": pagesEveryStop,
  "sparse-metric": sparseMetric,
  "resource-gone": resourceGone,
  "duplicate-alarm": duplicateAlarm,
  doubtful,
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintRuleName = keyof typeof LINT_RULES;

/** The names, in the registry's order. */
export const LINT_RULE_NAMES = Object.keys(LINT_RULES) as readonly LintRuleName[];

/** A rule by its name. */
export function lintRule(name: LintRuleName): LintRule {
  return LINT_RULES[name];
}

/** Whether a text names a rule. */
export function isLintRule(name: string): name is LintRuleName {
  return Object.hasOwn(LINT_RULES, name);
}

/** Facts that some of these rules need. */
export function factsFor(rules: readonly LintRuleName[]): ReadonlySet<LintFact> {
  return new Set(rules.flatMap((name) => lintRule(name).needs ?? []));
}
