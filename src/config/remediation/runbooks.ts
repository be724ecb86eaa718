import type { Matcher } from "../../model/alert.ts";
import { parseDuration } from "../../model/duration.ts";
import { parseMatchers } from "../../model/matcher.ts";
import type { Runbook } from "../../model/runbook.ts";
import { compact, type Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";
import { runbookSchema } from "./remediation-schema.ts";
import { checksAt, ladderAt } from "./runbook-steps.ts";
import { checkTexts, type RunbookSettings } from "./runbook-texts.ts";

/** What one place says of a runbook: a file of the package, or an entry of a configuration that may use one of these. */
export interface RunbookDraft {
  readonly description?: string;
  readonly trigger?: Runbook["trigger"];
  readonly when?: Runbook["when"];
  readonly settings: RunbookSettings;
  readonly evidence?: Partial<Runbook["evidence"]>;
  readonly ladder?: Runbook["ladder"];
  readonly checks?: Runbook["checks"];
  readonly settleSeconds?: number;
}

/** What is written of a runbook at a path, as far as its parts are sound. */
export function draftAt(path: Path, reading: Reading): RunbookDraft {
  const { shape } = runbookSchema;
  const place = (key: keyof typeof shape): Path => [...path, key];
  const has = (key: keyof typeof shape): boolean => reading.raw(place(key)) !== undefined;
  checkTexts(place("evidence"), reading);
  checkTexts(place("with"), reading);
  const evidence = reading.pick(shape.evidence, place("evidence"));
  const settle = reading.pick(shape.settle, place("settle"));
  const names = reading.pick(shape.with, place("with")) === undefined ? [] : reading.keys(place("with"));
  return {
    settings: Object.fromEntries(names.map((name) => [name, reading.text([...place("with"), name])])),
    ...compact({
      description: reading.pick(shape.description, place("description")),
      trigger: has("trigger") ? triggerAt(place("trigger"), reading) : undefined,
      when: whenAt(place("when"), reading),
      evidence:
        evidence &&
        compact({
          commands:
            evidence.commands === undefined ? undefined : reading.texts([...place("evidence"), "commands"]),
          timeoutSeconds: evidence.timeout === undefined ? undefined : parseDuration(evidence.timeout),
        }),
      ladder: has("ladder") ? ladderAt(place("ladder"), reading) : undefined,
      checks: has("checks") ? checksAt(place("checks"), reading) : undefined,
      settleSeconds: settle === undefined ? undefined : parseDuration(settle),
    }),
  };
}

function whenAt(path: Path, reading: Reading): Runbook["when"] | undefined {
  const when = reading.pick(runbookSchema.shape.when, path);
  return when && compact(when);
}

/** Each text one list of matchers. */
function triggerAt(path: Path, reading: Reading): Runbook["trigger"] {
  if (reading.pick(runbookSchema.shape.trigger, path) === undefined) return [];
  const lists: (readonly Matcher[])[] = [];
  for (const [index, written] of reading.texts(path).entries()) {
    const found = parseMatchers(written);
    if (typeof found !== "string") lists.push(found);
    else
      reading.error(
        "bad-matcher",
        `this trigger ${found}`.replace(/^this trigger (?=")/, ""),
        Array.isArray(reading.raw(path)) ? [...path, index] : path,
      );
  }
  return lists;
}
