import { isLintRule, LINT_RULE_NAMES, type LintRuleName } from "../alarms/lint/registry.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Diagnostic } from "../support/diagnostic.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { didYouMean } from "../support/suggest.ts";
import { InvalidConfiguration } from "./read-configuration.ts";

/** What to judge by. */
export interface LintOptions {
  /** Only these rules; default all. */
  readonly rules?: readonly string[] | undefined;
  /** Not these. */
  readonly ignore?: readonly string[] | undefined;
  /** Days of history to look at; default 14. */
  readonly days?: number | undefined;
}

/** The rules that were asked for, in the registry's order. Throws for names that no rule has. */
export function chosenRules({ rules, ignore = [] }: LintOptions): readonly LintRuleName[] {
  for (const name of [...(rules ?? []), ...ignore])
    if (!isLintRule(name))
      throw new WatchkeeperError(
        "unknown-rule",
        `there is no rule "${name}".${didYouMean(name, LINT_RULE_NAMES)}`,
        {
          remedy: `there are ${LINT_RULE_NAMES.join(", ")}`,
        },
      );
  const chosen = LINT_RULE_NAMES.filter(
    (name) => (rules ?? LINT_RULE_NAMES).includes(name) && !ignore.includes(name),
  );
  if (chosen.length === 0)
    throw new WatchkeeperError("no-rules", "--rule and --ignore together leave no rule to judge by");
  return chosen;
}

/** Rules that alarms name in `lint: { ignore: ... }` must exist: a misspelt one would hide nothing. */
export function checkIgnored(configuration: Configuration): void {
  const diagnostics: Diagnostic[] = [];
  for (const { alarms, overrides } of configuration.policies) {
    const written = [
      ...alarms.map(({ lint, position }) => ({ lint, position })),
      ...overrides.flatMap((override) =>
        Object.values(override.alarms).map(({ lint }) => ({ lint, position: undefined })),
      ),
    ];
    for (const { lint, position } of written)
      for (const name of lint?.ignore ?? [])
        if (!isLintRule(name))
          diagnostics.push({
            severity: "error",
            code: "unknown-rule",
            message: `lint: ignore names rule "${name}", which doesn't exist.${didYouMean(name, LINT_RULE_NAMES)}`,
            path: position?.file ?? configuration.file,
            ...(position ? { line: position.line, column: position.column } : {}),
          });
  }
  if (diagnostics.length > 0) throw new InvalidConfiguration(diagnostics);
}
