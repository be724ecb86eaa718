import type { AgentPolicy } from "../model/agent-policy.ts";
import { mergeField } from "../plan/merge.ts";
import type { Change, PlanNote, Reason } from "../plan/plan.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { hasErrors } from "../support/diagnostic.ts";
import { type AgentParameter, configurationHash, parameterDescription } from "./agent-parameter.ts";
import { type AgentDecision, type AgentPlace, agentChange, PARAMETER_TYPE } from "./agent-place.ts";
import { checkAgentConfiguration } from "./check-configuration.ts";
import { checkHeartbeat } from "./check-heartbeat.ts";
import { jsonDifferences } from "./json-differences.ts";
import { jsonOf, type StoredParameter } from "./read-parameters.ts";

/** What applying a change to a parameter does, as data that a saved plan keeps. */
export type ParameterStep =
  | {
      readonly do: "store";
      readonly name: string;
      readonly value: string;
      readonly tier: AgentParameter["tier"];
      readonly description: string;
    }
  | { readonly do: "delete"; readonly name: string };

/** A parameter before the change; null: there is none. */
export interface ParameterState {
  readonly value: string;
  readonly asked: string | null;
}

/** What instances will find in a parameter once the plan is applied. */
export type Offered =
  | { readonly hash: string; readonly name: string }
  /** Nothing that they could take, and why. */
  | { readonly refused: Reason };

export interface ParameterDecision extends AgentDecision {
  /** By name. */
  readonly offered: ReadonlyMap<string, Offered>;
}

/**
 * What becomes of the parameters: new ones are created, those that hold what the configuration last asked for follow it, and those
 * that somebody edited stay, if the agent would take them, unless the configuration says `merge: config`. One of our name that isn't ours is a conflict.
 */
export function decideParameters(
  place: AgentPlace,
  wanted: readonly AgentParameter[],
  stored: ReadonlyMap<string, StoredParameter>,
  merge: AgentPolicy["merge"],
): ParameterDecision {
  const changes: Change[] = [];
  const notes: PlanNote[] = [];
  const offered = new Map<string, Offered>();
  for (const parameter of wanted) {
    const { change, offers } = decideOne(place, parameter, stored.get(parameter.name), merge);
    offered.set(parameter.name, offers);
    if (change) changes.push(change);
    if (parameter.tier === "Advanced" && change?.action === "create")
      notes.push({
        severity: "info",
        code: "advanced-parameter",
        address: change.address,
        message: `${parameter.name} is larger than 4096 bytes: as an advanced parameter it costs $0.05 a month`,
      });
  }
  return { changes, notes, unchanged: wanted.length - changes.length, offered };
}

interface One {
  readonly change?: Change;
  readonly offers: Offered;
}

function decideOne(
  place: AgentPlace,
  parameter: AgentParameter,
  live: StoredParameter | undefined,
  merge: AgentPolicy["merge"],
): One {
  const { name, value, tier, hash, configuration } = parameter;
  const step: ParameterStep = {
    do: "store",
    name,
    value,
    tier,
    description: parameterDescription(place.configuration, parameter),
  };
  const change = (action: Change["action"], reason: Reason, parts: Parameters<typeof agentChange>[6] = {}) =>
    agentChange(place, PARAMETER_TYPE, `parameter/${name}`, name, action, reason, {
      label: parameter.profile,
      ...(live ? { before: stateOf(live) } : {}),
      ...parts,
    });
  if (!live)
    return {
      change: change(
        "create",
        { code: "new", text: `what the agent collects on ${parameter.platform}` },
        { after: step },
      ),
      offers: { hash, name },
    };
  const foreign = notOurs(live);
  if (foreign) return { change: change("conflict", foreign), offers: { refused: foreign } };
  const there = jsonOf(live.value);
  const merged = mergeField(
    {
      field: "value",
      rule: merge === "config" ? "fixed" : "tunable",
      live: there,
      desired: configuration,
      askedHash: live.asked,
    },
    { policy: merge, equal: same, hash: configurationHash, maxActions: 0 },
  );
  const { verdict, lastAsked = "unknown" } = merged.change ?? {};
  if (verdict === undefined) return { offers: { hash, name } };
  const fields = verdict === "mark" ? [] : jsonDifferences(there, configuration, verdict, lastAsked);
  if (verdict === "mark") return { change: change("mark", MARKED, { after: step }), offers: { hash, name } };
  if (verdict === "update" || verdict === "restore") {
    const reason = verdict === "update" ? CHANGED : RESTORED;
    return { change: change("update", reason, { fields, after: step }), offers: { hash, name } };
  }
  const action = verdict === "keep" ? "keep" : "conflict";
  const kept = keptReason(live, verdict === "keep");
  return { change: change(action, kept, { fields }), offers: offerOf(there, live.value, parameter) };
}

/** What somebody's edit offers to instances: only what the agent takes, and whose working can be seen. */
function offerOf(there: unknown, text: string, { name, platform }: AgentParameter): Offered {
  const problems =
    there === text
      ? [{ severity: "error" as const, code: "no-json", message: "it is no JSON" }]
      : [...checkAgentConfiguration(there, platform)];
  if (!hasErrors(problems))
    problems.push(...checkHeartbeat(there as AgentParameter["configuration"], platform));
  const wrong = problems.find(({ severity }) => severity === "error");
  if (!wrong) return { hash: configurationHash(there), name };
  const said = `parameter ${name} was edited by hand, and the agent would not do with it: ${wrong.message}`;
  return { refused: { code: "edited-badly", text: said } };
}

function notOurs({ name, ours, type }: StoredParameter): Reason | undefined {
  if (!ours)
    return {
      code: "not-ours",
      text: `there is a parameter ${name} that isn't ours: delete it, or give the profile another name`,
    };
  if (type !== "String")
    return { code: "wrong-type", text: `it is a ${type} now: delete it, and the next plan makes it again` };
  return undefined;
}

function keptReason({ modified }: StoredParameter, isKept: boolean): Reason {
  const when = modified === undefined ? "" : ` ${modified.toISOString().slice(0, 10)}`;
  return isKept
    ? { code: "edited-by-hand", text: `edited by hand${when}; agent.merge: config takes it back` }
    : {
        code: "edited-and-changed",
        text: `edited by hand${when}, and the configuration changed as well: agent.merge: config takes the configuration's`,
      };
}

const CHANGED: Reason = { code: "configuration-changed", text: "the configuration changed" };
const RESTORED: Reason = { code: "restored", text: "edited by hand: it is put back" };
const MARKED: Reason = { code: "mark", text: "it holds what is wanted; its mark is brought up to date" };

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A parameter as a plan keeps it. */
export function stateOf({ value, asked }: StoredParameter): ParameterState {
  return { value, asked: asked ?? null };
}
