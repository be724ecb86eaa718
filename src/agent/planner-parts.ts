import type { AwsSession } from "../aws/session.ts";
import type { Scope } from "../model/scope.ts";
import type { CallCounts, Change, Reason } from "../plan/plan.ts";
import type { Outcome, PlannedChanges } from "../plan/planner.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import type { AgentDecision } from "./agent-place.ts";

export const NOTHING: AgentDecision = { changes: [], notes: [], unchanged: 0 };
export const UNKNOWN = { code: "listing-failed", message: "the instances could not be listed" };

/** A decision as a part of a plan; with an error, the scope that could not be read. `what`: for people, `roles`. */
export function plannedPart(
  { account, region }: Pick<AwsSession, "account" | "region">,
  type: string,
  what: string,
  { changes, notes, unchanged }: AgentDecision,
  callsToMake: CallCounts,
  error?: Scope["error"],
): PlannedChanges {
  const scope = { account, region, type, complete: error === undefined };
  const message = `${what} of ${account} ${region} can't be planned: ${error?.message}`;
  return {
    scopes: [error === undefined ? scope : { ...scope, error }],
    changes,
    unchanged,
    notes: error === undefined ? notes : [...notes, { severity: "error", code: `${what}-unknown`, message }],
    cost: { before: 0, after: 0 },
    callsToMake,
  };
}

/** What went wrong, for a scope; throws what isn't about AWS, and that the run was stopped. */
export function scopeError(error: unknown): NonNullable<Scope["error"]> {
  if (!isWatchkeeperError(error) || error.code === "Aborted") throw error;
  return { code: error.code, message: error.message };
}

/** What went wrong, for an outcome. */
export function toldOf(error: unknown): NonNullable<Outcome["error"]> {
  const known = isWatchkeeperError(error) ? error : undefined;
  const remedy = known?.remedy === undefined ? {} : { remedy: known.remedy };
  return { code: known?.code ?? "unexpected", message: messageOf(error), ...remedy };
}

/** What people call the instance of a change: `web-1 (i-0a1b)`. */
export function instanceName({ label, name }: Pick<Change, "label" | "name">): string {
  return label === undefined || label === name ? name : `${label} (${name})`;
}

/** Why nothing was begun on an instance: what made the waves stop. */
export function notBegun({ code, text }: Reason): Reason {
  return { code: code === "stopped" ? "not-begun" : code, text: `not begun: ${text}` };
}

/** Makes one change by a step that answers why it was refused, and says what became of it. Never rejects. */
export async function outcomeOf(
  { address, name }: Change,
  step: () => Promise<Outcome["error"]>,
): Promise<Outcome> {
  try {
    const refused = await step();
    return refused === undefined
      ? { address, name, status: "applied" }
      : { address, name, status: "refused", error: refused };
  } catch (error) {
    if (isWatchkeeperError(error) && error.code === "Aborted") return { address, name, status: "pending" };
    return { address, name, status: "failed", error: toldOf(error) };
  }
}

/** Counts calls by `service:Operation`. */
export class CallTally {
  readonly #counts: Record<string, number> = {};

  add(call: string, count = 1): void {
    if (count > 0) this.#counts[call] = (this.#counts[call] ?? 0) + count;
  }

  get counts(): CallCounts {
    return this.#counts;
  }
}
