import type { Partition } from "../model/partition.ts";
import { type ScopeKey, scopeAddress } from "../model/scope.ts";
import type { Change, FieldChange, PlanNote, Reason } from "../plan/plan.ts";
import { hashOf } from "../support/canonical-json.ts";

/** Where the agent's planners work, and for which configuration. */
export interface AgentPlace {
  /** Name of the configuration. */
  readonly configuration: string;
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
}

/** Configuration types that belong to the agent, in the order in which they are applied. */
export const ROLE_TYPE = "agent.role";
export const PARAMETER_TYPE = "agent.parameter";
export const INSTALL_TYPE = "agent.install";
export const AGENT_TYPES: readonly string[] = [ROLE_TYPE, PARAMETER_TYPE, INSTALL_TYPE];

/** What a decision about the agent consists of. */
export interface AgentDecision {
  readonly changes: readonly Change[];
  readonly notes: readonly PlanNote[];
  /** Things that have all they need. */
  readonly unchanged: number;
}

/** What a change says beside what it is about. `after` is the step that applying takes. */
export interface ChangeParts {
  readonly label?: string | undefined;
  readonly fields?: readonly FieldChange[];
  readonly before?: object | undefined;
  readonly after?: object | undefined;
}

/** A change to something of the agent's. `thing` is unique in its scope. */
export function agentChange(
  place: AgentPlace,
  type: string,
  thing: string,
  name: string,
  action: Change["action"],
  reason: Reason,
  { label, fields = [], before, after }: ChangeParts,
): Change {
  const scope: ScopeKey = { account: place.account, region: place.region, type };
  const identity = `${place.configuration}/${thing}`;
  return {
    address: `${scopeAddress(scope)}/${identity}`,
    scope,
    identity,
    name,
    ...(label === undefined ? {} : { label }),
    action,
    reason,
    fields,
    ...(before === undefined ? {} : { before, beforeHash: hashOf(before, 16) }),
    ...(after === undefined ? {} : { after }),
  };
}
