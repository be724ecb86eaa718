import { INSTANCE_EXPRESSION, INSTANCE_FIELDS } from "../../model/instance-template.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";

/** Settings of a runbook, by the name that texts use: `$with.directory`. */
export type RunbookSettings = Readonly<Record<string, string>>;

const SETTING = /\$(?:\{with\.([^}]*)\}|with\.([A-Za-z0-9_-]*))/g;

/** What is wrong with a text's expressions about the instance, as sentences. */
export function templateProblems(template: string): readonly string[] {
  const known = new Set<number>();
  const problems: string[] = [];
  for (const match of template.matchAll(INSTANCE_EXPRESSION)) {
    const [whole, , quotedField, , field] = match;
    known.add(match.index);
    const name = quotedField ?? field;
    if (name === undefined || INSTANCE_FIELDS.some((each) => each === name)) continue;
    const hint = didYouMean(name, [...INSTANCE_FIELDS, "tags"]);
    problems.push(
      `"${whole}" is no expression; there are $resource.${INSTANCE_FIELDS.join(", $resource.")} and $resource.tags.KEY.${hint}`,
    );
  }
  for (const match of template.matchAll(/\$(\{resource\b|resource\.)/g))
    if (!known.has(match.index))
      problems.push(
        `"${template.slice(match.index)}" is no complete expression; write $resource.id or \${resource.tags.KEY}`,
      );
  return problems;
}

/** Reports expressions about the instance that don't exist, in every text at a path or below it. */
export function checkTexts(path: Path, reading: Reading): void {
  const value = reading.raw(path);
  if (typeof value === "string")
    for (const problem of templateProblems(value)) reading.error("unknown-expression", problem, path);
  if (typeof value !== "object" || value === null) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value))
    checkTexts([...path, key], reading);
}

/** A value with its settings filled into every text in it. Names that aren't there are given to `unknown`. */
export function fillSettings<Value>(
  value: Value,
  settings: RunbookSettings,
  unknown: (name: string) => void,
): Value {
  const fill = (part: unknown): unknown => {
    if (typeof part === "string")
      return part.replace(SETTING, (whole, braced?: string, plain?: string) => {
        const name = braced ?? plain ?? "";
        if (Object.hasOwn(settings, name)) return settings[name] ?? "";
        unknown(name);
        return whole;
      });
    if (Array.isArray(part)) return part.map(fill);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, fill(inner)]));
  };
  return fill(value) as Value;
}

/** A text with a number in place of every expression, which may be a port or a part of a name, to see whether it has the right form. */
export function withoutExpressions(text: string): string {
  return text.replace(INSTANCE_EXPRESSION, "1").replace(SETTING, "1");
}
