import type { AgentConfiguration } from "../fleet/agent-configuration.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type GuestProfile, LATEST_CLOUDWATCH_AGENT } from "../fleet/guest-profile.ts";
import type { AgentState } from "../fleet/guest-state.ts";
import type { Instance } from "../fleet/instance.ts";
import { close, covers, open } from "../fleet/intervals.ts";

/** The agent as it is when a machine is first looked at. */
export function newAgent(instance: Instance, profile: GuestProfile): AgentState {
  const publishes = instance.launch.metrics.agents.length > 0;
  const version = profile.agent?.version ?? (publishes ? LATEST_CLOUDWATCH_AGENT : undefined);
  return {
    version,
    installedAt: version === undefined ? undefined : instance.createdAt,
    configuration: undefined,
    phases: [],
  };
}

/** Whether what a scenario gave the instance publishes at a time. */
function presetRuns({ launch, agentDeaths }: Instance, now: number): boolean {
  return (
    launch.metrics.agents.some(({ since, until }) => now >= since && (until === undefined || now < until)) &&
    !covers(agentDeaths, now)
  );
}

/** Whether the agent runs, and whether it has a configuration. */
export function agentStatus(
  instance: Instance,
  agent: AgentState,
  now: number,
): { readonly running: boolean; readonly configured: boolean; readonly since: number | undefined } {
  const phase = agent.phases.at(-1);
  const own = phase !== undefined && phase.until === undefined;
  const preset = presetRuns(instance, now);
  return {
    running: agent.version !== undefined && (own || preset),
    configured: agent.configuration !== undefined || preset,
    since: own ? phase.from : preset ? instance.createdAt : undefined,
  };
}

/** Installs a version, in the place of another one if there is: it stops and keeps its configuration. */
export function installAgent(instance: Instance, agent: AgentState, version: string, now: number): void {
  stopAgent(instance, agent, now);
  agent.version = version;
  agent.installedAt = now;
}

export function uninstallAgent(instance: Instance, agent: AgentState, now: number): void {
  stopAgent(instance, agent, now);
  agent.version = undefined;
  agent.installedAt = undefined;
  agent.configuration = undefined;
}

/** Takes on a configuration, starting the agent with it when asked to. */
export function configureAgent(
  fleet: Fleet,
  instance: Instance,
  agent: AgentState,
  configuration: AgentConfiguration,
  restart: boolean,
  now: number,
): void {
  agent.configuration = configuration;
  fleet.configuredAgents.add(instance);
  if (!restart) return;
  stopAgent(instance, agent, now);
  startAgent(instance, agent, now);
}

/** Takes the agent's configuration away: it has nothing left to do, and stops. */
export function unconfigureAgent(instance: Instance, agent: AgentState, now: number): void {
  stopAgent(instance, agent, now);
  agent.configuration = undefined;
}

/** Starts the agent with the configuration it has; one that runs goes on. */
export function startAgent(instance: Instance, agent: AgentState, now: number): void {
  if (agent.configuration === undefined) {
    close(instance.agentDeaths, now);
    return;
  }
  const last = agent.phases.at(-1);
  if (agent.version === undefined || (last && last.until === undefined)) return;
  agent.phases.push({ from: now, until: undefined, configuration: agent.configuration });
}

export function stopAgent(instance: Instance, agent: AgentState, now: number): void {
  open(instance.agentDeaths, now);
  const last = agent.phases.at(-1);
  if (last && last.until === undefined) last.until = now;
}
