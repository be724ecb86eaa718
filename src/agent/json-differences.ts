import type { FieldChange } from "../plan/plan.ts";
import { canonicalJson } from "../support/canonical-json.ts";

/** Differences that are told one by one before the rest is counted. */
const MOST = 6;

/** Where two JSON values differ, as fields for a plan: `metrics.metrics_collected.disk.resources`, and what stands there. */
export function jsonDifferences(
  live: unknown,
  desired: unknown,
  verdict: FieldChange["verdict"],
  lastAsked: FieldChange["lastAsked"],
): readonly FieldChange[] {
  const found = [...differences(live, desired, "")].map(
    ([path, a, b]): FieldChange => ({
      field: path === "" ? "configuration" : path,
      ...(a === undefined ? {} : { live: a }),
      ...(b === undefined ? {} : { desired: b }),
      verdict,
      lastAsked,
    }),
  );
  if (found.length <= MOST) return found;
  const more = found.length - MOST + 1;
  return [
    ...found.slice(0, MOST - 1),
    { field: `and ${more} more`, live: "…", desired: "…", verdict, lastAsked },
  ];
}

function* differences(a: unknown, b: unknown, path: string): Generator<readonly [string, unknown, unknown]> {
  if (canonicalJson(a) === canonicalJson(b)) return;
  if (!isMapping(a) || !isMapping(b)) {
    yield [path, shown(a), shown(b)];
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
    yield* differences(a[key], b[key], path === "" ? key : `${path}.${key}`);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Long values are told by their beginning. */
function shown(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === undefined || text.length <= 80 ? value : `${text.slice(0, 79)}…`;
}
