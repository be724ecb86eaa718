import type { AwsSession } from "../aws/session.ts";
import type { AgentPolicy } from "../model/agent-policy.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome, PlannedChanges } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import type { AgentParameter } from "./agent-parameter.ts";
import { type AgentPlace, agentChange, PARAMETER_TYPE } from "./agent-place.ts";
import { applyParameterStep } from "./apply-parameters.ts";
import { decideParameters, type Offered, type ParameterStep, stateOf } from "./decide-parameters.ts";
import { CallTally, NOTHING, outcomeOf, plannedPart, scopeError } from "./planner-parts.ts";
import { readOwnParameters, readParameters } from "./read-parameters.ts";

export interface PlannedParameters extends PlannedChanges {
  /** What instances will find, by the parameter's name. */
  readonly offered: ReadonlyMap<string, Offered>;
}

/** Plans the parameters that hold agents' configurations. One listing, and a call for ten values. */
export async function planParameters(
  session: AwsSession,
  place: AgentPlace,
  wanted: readonly AgentParameter[],
  merge: AgentPolicy["merge"],
): Promise<PlannedParameters> {
  try {
    const names = wanted.map(({ name }) => name);
    const stored = await readParameters(session, place.configuration, names);
    const decision = decideParameters(place, wanted, stored, merge);
    const part = plannedPart(session, PARAMETER_TYPE, "parameters", decision, callsOf(decision.changes));
    return { ...part, offered: decision.offered };
  } catch (error) {
    const part = plannedPart(session, PARAMETER_TYPE, "parameters", NOTHING, {}, scopeError(error));
    const refused = { code: "parameters-unknown", text: "the stored configurations could not be read" };
    return { ...part, offered: new Map(wanted.map(({ name }) => [name, { refused }])) };
  }
}

/**
 * Plans that our parameters go. `inUse`: names of those that instances keep, and why they do.
 */
export async function planParameterRemoval(
  session: AwsSession,
  place: AgentPlace,
  inUse: ReadonlyMap<string, string>,
): Promise<PlannedChanges> {
  try {
    const stored = await readOwnParameters(session, place.configuration);
    const changes = stored.map((parameter): Change => {
      const { name } = parameter;
      const user = inUse.get(name);
      const before = stateOf(parameter);
      const thing = `parameter/${name}`;
      if (user !== undefined)
        return agentChange(
          place,
          PARAMETER_TYPE,
          thing,
          name,
          "keep",
          { code: "in-use", text: user },
          { before },
        );
      const step: ParameterStep = { do: "delete", name };
      const reason = { code: "undo", text: "ours, and no instance needs it any more" };
      return agentChange(place, PARAMETER_TYPE, thing, name, "delete", reason, { before, after: step });
    });
    return plannedPart(session, PARAMETER_TYPE, "parameters", { ...NOTHING, changes }, callsOf(changes));
  } catch (error) {
    return plannedPart(session, PARAMETER_TYPE, "parameters", NOTHING, {}, scopeError(error));
  }
}

/** Stores and deletes parameters, each read again at once before. `report` hears every outcome once. */
export async function applyParameters(
  changes: readonly Change[],
  apply: { readonly session: AwsSession; readonly context: Context; readonly configuration: string },
  report: (outcome: Outcome) => void,
): Promise<void> {
  const { session, context, configuration } = apply;
  for (const change of changes) {
    const { address, name } = change;
    if (context.signal.aborted) report({ address, name, status: "pending" });
    else report(await outcomeOf(change, () => applyParameterStep(session, configuration, change)));
  }
}

function callsOf(changes: readonly Change[]) {
  const tally = new CallTally();
  for (const { after } of changes) {
    if (after === undefined) continue;
    tally.add("ssm:GetParameter");
    tally.add((after as ParameterStep).do === "store" ? "ssm:PutParameter" : "ssm:DeleteParameter");
  }
  return tally.counts;
}
