import { fillTemplate, type InstanceValues } from "../model/instance-template.ts";
import type { RunReason } from "../model/remediation-run.ts";

/** Texts with the instance's values in them, or why they can't be had. */
export type Filled<T> = { readonly filled: T } | { readonly problem: RunReason };

/** Values that mean the same to every shell, within quotes or without. */
const PLAIN = /^[\p{L}\p{N}][\p{L}\p{N}._:/@%+=,-]*$/u;

/**
 * Lines of a command. Names and tags are written by whoever may tag the instance, and no quoting is safe wherever a line may hold
 * its expression: values that a shell could take for more than text are refused.
 */
export function fillCommands(lines: readonly string[], instance: InstanceValues): Filled<readonly string[]> {
  let unsafe: string | undefined;
  const filled: string[] = [];
  for (const line of lines) {
    const result = fillTemplate(line, instance, (value) => {
      if (!PLAIN.test(value)) unsafe ??= value;
      return value;
    });
    if ("lacks" in result) return { problem: lacking(instance, result.lacks) };
    filled.push(result.text);
  }
  if (unsafe === undefined) return { filled };
  return {
    problem: {
      code: "unsafe-value",
      text: `${JSON.stringify(unsafe)} of ${instance.id} can't be part of a command: it may hold letters, digits and . _ : / @ % + = , - only`,
    },
  };
}

/** A value whose texts are all filled, however deep they are; in URLs what is filled in is escaped. */
export function fillDeep<T>(value: T, instance: InstanceValues): Filled<T> {
  let lacks: string | undefined;
  const fill = (part: unknown, key: string): unknown => {
    if (typeof part === "string") {
      const result = fillTemplate(part, instance, key === "url" ? encodeURIComponent : undefined);
      if ("text" in result) return result.text;
      lacks ??= result.lacks;
      return part;
    }
    if (Array.isArray(part)) return part.map((item) => fill(item, key));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, fill(item, name)]));
  };
  const filled = fill(value, "") as T;
  return lacks === undefined ? { filled } : { problem: lacking(instance, lacks) };
}

function lacking({ id }: InstanceValues, lacks: string): RunReason {
  return { code: "value-missing", text: `${id} ${lacks}, which the runbook uses` };
}
