import type { z } from "zod";
import type { Diagnostic } from "../support/diagnostic.ts";
import { didYouMean } from "../support/suggest.ts";
import type { Aim, Path, YamlSource } from "./yaml-source.ts";

/** Takes diagnostics about places in one YAML file. */
export interface Reporter {
  readonly source: YamlSource;
  readonly diagnostics: Diagnostic[];
  error(code: string, message: string, path: Path, aim?: Aim): void;
  warn(code: string, message: string, path: Path, aim?: Aim): void;
}

/** A reporter that begins with what reading the file had to say. */
export function reporterFor(source: YamlSource): Reporter {
  const diagnostics: Diagnostic[] = [...source.diagnostics];
  const report = (severity: Diagnostic["severity"], code: string, message: string, path: Path, aim?: Aim) => {
    const { file, line, column } = source.position(path, aim);
    diagnostics.push({ severity, code, message, path: file, line, column });
  };
  return {
    source,
    diagnostics,
    error: (code, message, path, aim) => report("error", code, message, path, aim),
    warn: (code, message, path, aim) => report("warning", code, message, path, aim),
  };
}

/** A value as a message shows it: short, in quotes when it is text. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
};

/** Wording of what a schema refuses, as the words behind the key: `must be a number, not "high"`. Pass it as a parse's `error`. */
export function schemaWording(issue: z.core.$ZodRawIssue): string {
  const input = shown(issue.input);
  if (issue.input === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${input}`;
    case "invalid_value":
      return typeof issue.input === "string" && issue.values.length > 1
        ? `can't be ${input}.${didYouMean(issue.input, issue.values.map(String))} It is one of ${issue.values.map(String).join(", ")}`
        : `must be ${issue.values.map(String).join(" or ")}, not ${input}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? "must not be empty"
        : `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}, not ${input}`;
    case "too_big":
      return issue.origin === "string"
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}, not ${input}`;
    default:
      return `can't be ${input}`;
  }
}

/**
 * Reports what a schema found. Strict objects name their known keys as the message of `unrecognized_keys` (see `strict`), so
 * that a misspelt key gets its suggestion. Of a union the branch that was meant speaks.
 */
export function reportIssues(issues: readonly z.core.$ZodIssue[], reporter: Reporter, base: Path = []): void {
  for (const issue of issues) {
    const path: Path = [
      ...base,
      ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)),
    ];
    if (issue.code === "unrecognized_keys") {
      const known = issue.message.split(" ");
      for (const key of issue.keys) reportUnknownKey(key, known, path, reporter);
    } else if (reporter.source.at(path) === null) {
      reporter.error("bad-value", `${labelOf(path)} has no value: give it one, or remove the line`, path);
    } else if (issue.code === "invalid_union") {
      const meant = meantBranch(issue, reporter.source.at(path));
      if (meant) reportIssues(meant, reporter, path);
      else
        reporter.error("bad-value", `${labelOf(path)} ${unionWording(issue.message, path, reporter)}`, path);
    } else if (issue.code === "invalid_key") {
      const message = issue.issues[0]?.message ?? "is no key";
      reporter.error("bad-key", `${JSON.stringify(String(path.at(-1)))} ${message}`, path, "key");
    } else {
      const missing = reporter.source.at(path) === undefined;
      reporter.error(missing ? "missing-key" : "bad-value", `${labelOf(path)} ${issue.message}`, path);
    }
  }
}

/** The branch whose type fits what was written, so that its words are to the point; undefined when none fits. */
function meantBranch(
  issue: z.core.$ZodIssueInvalidUnion,
  written: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const fits = (inner: z.core.$ZodIssue): boolean => {
    if (inner.path.length > 0) return true;
    if (inner.code === "invalid_union") return meantBranch(inner, written) !== undefined;
    // A word was wanted where something else stands: another branch may be meant.
    if (inner.code === "invalid_value") return inner.values.some((value) => typeof value === typeof written);
    return inner.code !== "invalid_type";
  };
  return issue.errors.find((branch) => branch.length > 0 && branch.every(fits));
}

function unionWording(message: string, path: Path, reporter: Reporter): string {
  const text = reporter.source.text(path);
  return text === undefined || message.includes("not ") ? message : `${message}, not ${shown(text)}`;
}

function reportUnknownKey(key: string, known: readonly string[], path: Path, reporter: Reporter): void {
  const parent = path.length === 0 ? "" : ` in ${labelOf(path)}`;
  const guess = didYouMean(key, known);
  const alarmTags = key === "tags" && known.includes("threshold");
  const remedy = alarmTags
    ? "Alarm tags of your own are not supported by this version: remove it"
    : guess === ""
      ? `Known here: ${known.join(", ")}`
      : guess.trim();
  reporter.error(
    "unknown-key",
    `unknown key ${JSON.stringify(key)}${parent}. ${remedy}`,
    [...path, key],
    "key",
  );
}

/** What people call the value at a path: its key, or `regions[1]`. */
export function labelOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the file";
  if (typeof last === "number") return `${labelOf(path.slice(0, -1))}[${last}]`;
  return /^[\w.-]+$/.test(last) ? last : JSON.stringify(last);
}
