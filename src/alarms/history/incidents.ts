import { type Path, readYaml } from "../../config/yaml-source.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { globMatcher } from "../../support/glob.ts";
import { epochSeconds, readTime } from "./text-numbers.ts";

/** Known incidents, and which alarms or files they are about. */
export interface Incidents {
  readonly count: number;
  /** Those of one alarm on one history, in order; undefined when none of the file is about it. */
  about(alarm: string, file: string | undefined): readonly TimeSpan[] | undefined;
}

interface Incident extends TimeSpan {
  readonly concerns: (alarm: string, file: string | undefined) => boolean;
}

/**
 * Reads labelled incidents, YAML or JSON. Either a list (also under `incidents:`) of `start`, `end` and optionally `alarm`, a pattern of
 * alarm names, or `file`, a pattern of file names; or a mapping from alarm name or end of a file's path to lists of [start, end].
 */
export function readIncidents(
  content: string | Uint8Array,
  file: string,
): { readonly incidents: Incidents | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const source = readYaml(content, file);
  const diagnostics: Diagnostic[] = [...source.diagnostics];
  if (hasErrors(diagnostics)) return { incidents: undefined, diagnostics };
  const wrong = (path: Path, message: string): void => {
    const { line, column } = source.position(path);
    diagnostics.push({ severity: "error", code: "incidents", message, path: file, line, column });
  };
  const spanAt = (path: Path, from: readonly unknown[]): TimeSpan | undefined => {
    const [start, end] = from.map(momentOf);
    if (start === undefined || end === undefined)
      wrong(
        path,
        `an incident has a start and an end, as in 2026-01-05T12:00:00Z, not ${JSON.stringify(from).slice(0, 80)}`,
      );
    else if (end < start) wrong(path, "the incident ends before it starts");
    else return { start, end: Math.max(end, start + 1) };
    return undefined;
  };

  const found: Incident[] = [];
  const value = source.value;
  const listed = Array.isArray(value)
    ? value
    : (value as Readonly<Record<string, unknown>> | undefined)?.["incidents"];
  const named = new Set<string>();
  if (Array.isArray(listed)) {
    const base: Path = Array.isArray(value) ? [] : ["incidents"];
    listed.forEach((item, i) => {
      const { start, end, alarm, file: about } = (item ?? {}) as Readonly<Record<string, unknown>>;
      const span = Array.isArray(item) ? spanAt([...base, i], item) : spanAt([...base, i], [start, end]);
      if (span) found.push({ ...span, concerns: concerning(patternOf(alarm), patternOf(about)) });
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, windows] of Object.entries(value)) {
      named.add(key);
      if (!Array.isArray(windows)) {
        wrong([key], "is no list of [start, end]");
        continue;
      }
      windows.forEach((window, i) => {
        const span = spanAt([key, i], Array.isArray(window) ? window : []);
        if (span) found.push({ ...span, concerns: (alarm, path) => isNamed(key, alarm, path) });
      });
    }
  } else wrong([], "holds no incidents: a list of start and end, or lists of [start, end] by alarm or file");
  if (hasErrors(diagnostics)) return { incidents: undefined, diagnostics };
  found.sort((a, b) => a.start - b.start);
  return {
    diagnostics,
    incidents: {
      count: found.length,
      about(alarm, path) {
        const mine = found.filter(({ concerns }) => concerns(alarm, path));
        const known = mine.length > 0 || [...named].some((key) => isNamed(key, alarm, path));
        return known || named.size === 0 ? mine.map(({ start, end }) => ({ start, end })) : undefined;
      },
    },
  };
}

function momentOf(value: unknown): number | undefined {
  if (typeof value === "number") {
    const seconds = epochSeconds(value);
    return Number.isNaN(seconds) ? undefined : seconds;
  }
  return typeof value === "string" ? readTime(value)?.seconds : undefined;
}

function patternOf(value: unknown): ((text: string) => boolean) | undefined {
  return typeof value === "string" ? globMatcher(value) : undefined;
}

function concerning(
  alarm: ((text: string) => boolean) | undefined,
  file: ((text: string) => boolean) | undefined,
): Incident["concerns"] {
  return (name, path) =>
    (!alarm || alarm(name)) && (!file || (path !== undefined && (file(path) || file(baseOf(path)))));
}

/** By the alarm's name, or the end of a file's path: whole names only. */
function isNamed(key: string, alarm: string, path: string | undefined): boolean {
  if (key === alarm) return true;
  if (path === undefined) return false;
  const normal = path.replaceAll("\\", "/");
  return normal === key || normal.endsWith(`/${key}`);
}

function baseOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
