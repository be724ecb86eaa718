import type { Resource } from "../model/resource.ts";
import type { Change, Reason } from "../plan/plan.ts";
import { parameterName } from "./agent-parameter.ts";
import { type AgentDecision, type AgentPlace, agentChange, INSTALL_TYPE } from "./agent-place.ts";
import { type AgentTags, agentTags } from "./agent-state.ts";
import { platformOf } from "./assign-targets.ts";
import type { InstallState, InstallStep } from "./install-change.ts";
import type { Ping } from "./read-signs.ts";

export interface AgentUndo extends AgentDecision {
  /** Instances whose agent can't be taken back now: they keep their role, so that it can be later. */
  readonly held: ReadonlySet<string>;
  /** Parameters that those keep, and why, by name. */
  readonly inUse: ReadonlyMap<string, string>;
}

/** Instances that this configuration did something to the agent of: those whose pings undoing needs. */
export function touchedInstances(configuration: string, all: readonly Resource[]): readonly Resource[] {
  return all.filter((resource) => {
    const { mark, before } = agentTags(configuration, resource);
    return resource.state !== "terminated" && (mark !== undefined || before?.agent !== undefined);
  });
}

/**
 * The way back for agents: what we installed is uninstalled, what was there without a configuration loses ours and gets its version
 * back. Where somebody else's configuration was replaced, nobody knows it any more: that agent goes on with ours, and only our tags go.
 */
export function decideAgentUndo(
  place: AgentPlace,
  touched: readonly Resource[],
  pings: ReadonlyMap<string, Ping>,
): AgentUndo {
  const changes: Change[] = [];
  const held = new Set<string>();
  const inUse = new Map<string, string>();
  for (const resource of touched) {
    const tags = agentTags(place.configuration, resource);
    const step = stepFor(place, resource, tags);
    if (!step) continue;
    const hindered = step.do === "release" ? undefined : whyNot(resource, pings.get(resource.id));
    const before: InstallState = {
      agent: tags.mark?.hash === undefined ? "unfinished" : "current",
      configuration: tags.mark?.hash ?? null,
    };
    const change = (action: Change["action"], reason: Reason, after?: InstallStep): Change =>
      agentChange(place, INSTALL_TYPE, `instance/${resource.id}`, resource.id, action, reason, {
        label: resource.name,
        before,
        after,
      });
    if (hindered) {
      held.add(resource.id);
      if (tags.mark)
        inUse.set(
          parameterName(place.configuration, tags.mark.profile, platformOf(resource)),
          `${resource.name} still works with it`,
        );
      changes.push(change("keep", hindered));
    } else changes.push(change(ACTIONS[step.do], reasonFor(step, tags), step));
  }
  return { changes, notes: [], unchanged: 0, held, inUse };
}

const ACTIONS: Readonly<Record<Exclude<InstallStep["do"], "install">, Change["action"]>> = {
  uninstall: "delete",
  unconfigure: "update",
  release: "mark",
};

type UndoStep = Exclude<InstallStep, { readonly do: "install" }>;

function stepFor(place: AgentPlace, resource: Resource, { mark, before }: AgentTags): UndoStep | undefined {
  const common = { instance: resource.id, platform: platformOf(resource) };
  const agent = before?.agent;
  if (agent?.was === "absent") return { do: "uninstall", ...common };
  if (agent?.was === "idle") {
    const parameter = parameterName(place.configuration, mark?.profile ?? "default", common.platform);
    return { do: "unconfigure", ...common, parameter, version: agent.version };
  }
  return mark ? { do: "release", ...common } : undefined;
}

function reasonFor(step: UndoStep, { before }: AgentTags): Reason {
  switch (step.do) {
    case "uninstall":
      return { code: "undo", text: "there was no agent: it is uninstalled" };
    case "unconfigure":
      return {
        code: "undo",
        text: `an agent ${step.version} was there, without a configuration: it is again`,
      };
    case "release":
      return before?.agent === undefined
        ? {
            code: "before-unknown",
            text: "what was there before isn't known: its agent stays, without our tag",
          }
        : {
            code: "before-unknown",
            text: "the configuration that was there isn't known: its agent goes on with ours, without our tag",
          };
  }
}

function whyNot({ state }: Resource, ping: Ping | undefined): Reason | undefined {
  if (state !== "running")
    return { code: "not-running", text: `it is ${state}: start it and undo again, or terminate it` };
  if (ping?.status === "online") return undefined;
  return {
    code: "offline",
    text: "Systems Manager doesn't reach it, so that its agent and role stay: undo again when it does",
  };
}
