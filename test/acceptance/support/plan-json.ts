import type { Scope } from "../../../src/model/scope.ts";
import type { CallCounts, Change, PlanNote, Summary } from "../../../src/plan/plan.ts";
import type { Stage } from "./stage.ts";

/** What `plan --json` prints, as far as tests look at it. */
export interface PlanJson {
  readonly version: number;
  readonly complete: boolean;
  readonly scopes: readonly Scope[];
  readonly summary: Summary;
  readonly calls: { readonly made: CallCounts; readonly toMake: CallCounts };
  readonly notes: readonly PlanNote[];
  readonly changes: readonly Change[];
}

/** Plans, in this process. Rejects unless the exit code is the expected one. */
export async function planJson(stage: Stage, args: readonly string[] = [], expected = 0): Promise<PlanJson> {
  return (await stage.json(["plan", ...args], expected)) as unknown as PlanJson;
}
