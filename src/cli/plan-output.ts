import type { PreparedPlan } from "../app/plan.ts";
import type { PlanReport } from "../app/plan-report.ts";
import { isPending } from "../plan/combine.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { styleOf, textWidth } from "./style.ts";
import { writeJson } from "./views/json.ts";
import { planLines } from "./views/plan-view.ts";

/** Changes listed for each account and region, when not all are asked for. */
const MOST_LISTED = 100;

/** Shows a plan to people, or as the documented JSON. */
export async function showPlan(
  prepared: PreparedPlan,
  io: Io,
  options: { readonly json?: boolean; readonly all?: boolean },
): Promise<void> {
  if (options.json) {
    await writeJson(io.stdout, planDocument(prepared));
    return;
  }
  const width = textWidth(io.stdout);
  const most = options.all ? Number.POSITIVE_INFINITY : MOST_LISTED;
  const lines = planLines(prepared.plan, prepared.regions, {
    width,
    style: styleOf(io.stdout, io.env),
    most,
  });
  for (const line of lines) await io.stdout.write(`${line}\n`);
  if (prepared.skipped.length > 0) {
    await io.stdout.write(`${prepared.skipped.length} skipped (watchkeeper explain --skipped)\n`);
  }
}

/** A plan as `--json` prints it. `changes` is written item by item. */
export function planDocument({ plan, regions, skipped }: PreparedPlan): Readonly<Record<string, unknown>> {
  const {
    configuration,
    createdAt,
    complete,
    scopes,
    summary,
    calls,
    estimatedSeconds,
    cost,
    notes,
    changes,
  } = plan;
  return {
    version: 1,
    configuration,
    createdAt,
    complete,
    scopes,
    regions,
    summary,
    calls,
    estimatedSeconds,
    cost,
    skipped: skipped.length,
    notes,
    changes: documented(changes),
  };
}

/** Changes without what only apply needs. */
function* documented(changes: PreparedPlan["plan"]["changes"]): Generator<unknown> {
  for (const { beforeHash, ...change } of changes)
    yield { ...change, before: change.before, after: change.after };
}

/** 1 for an incomplete scope or a refusal, 2 for changes where asked, else 0. */
export function verdictOf({ plan }: PlanReport, options: { readonly detailedExitcode?: boolean }): ExitCode {
  if (!plan.complete || plan.notes.some((note) => note.severity === "error")) return 1;
  return options.detailedExitcode && plan.changes.some(isPending) ? 2 : 0;
}
