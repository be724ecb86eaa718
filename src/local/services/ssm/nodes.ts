// Managed nodes: instances whose SSM agent runs and whose role lets it in. Worked out from times, like everything of a machine.

import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { covers, delayed, intersect, lastBegun, push } from "../../fleet/intervals.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import { permitted } from "../../guest/credentials.ts";
import { guestOf, ssmAgentIntervals } from "../../guest/guest.ts";

/** An instance as Systems Manager knows it. Times in milliseconds. */
export interface ManagedNode {
  readonly instance: Instance;
  readonly registeredAt: number;
  readonly lastPing: number;
  readonly online: boolean;
  /** The agent's version when it last pinged. */
  readonly agentVersion: string;
}

/** After a start the agent needs this long to register. */
const REGISTERS_AFTER = 10_000;
/**
 * An agent that was refused tries again after some minutes only ("will not process requests" until it has new credentials; a restart
 * speeds it up: Systems Manager user guide, "Configure instance permissions").
 */
const ROLE_NOTICED_AFTER = 300_000;
/** The agent pings so often; without a ping for longer than this and a little it counts as lost. */
const PINGS_EVERY = 300_000;
const LOST_AFTER = PINGS_EVERY + 60_000;

const ASKS = ["ssm:UpdateInstanceInformation", "ec2messages:GetMessages"];

/** The node of an instance; undefined when it isn't one: never let in, no agent, stopped. */
export function nodeOf(instance: Instance, now: number): ManagedNode | undefined {
  const state = stateAt(instance.phase, now);
  // An instance that has no profile never was a node: most needn't have their machine made to see that.
  if ((state !== "running" && state !== "stopping") || instance.profiles.length === 0) return undefined;
  const connected = connectedIntervals(instance);
  const current = lastBegun(connected, now);
  const started = lastBegun(instance.runs, now)?.start ?? 0;
  // What was before the last start doesn't count: stopped nodes vanish from the list.
  if (!current || current.start < started) return undefined;
  const alive = Math.min(now, current.end - 1);
  const lastPing = current.start + Math.floor((alive - current.start) / PINGS_EVERY) * PINGS_EVERY;
  return {
    instance,
    registeredAt: connected[0] ?? current.start,
    lastPing,
    online: now - lastPing < LOST_AFTER,
    agentVersion: guestOf(instance).ssm.version ?? "",
  };
}

/** Whether a node would take a command right now, whatever its ping status says. */
export function isConnected(instance: Instance, now: number): boolean {
  return covers(connectedIntervals(instance), now);
}

/** Every node of a region, by instance id. */
export function nodesOf(fleet: Fleet, now: number): ManagedNode[] {
  const nodes: ManagedNode[] = [];
  for (const instance of fleet.visibleInstances(now)) {
    const node = nodeOf(instance, now);
    if (node) nodes.push(node);
  }
  return nodes.sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
}

function connectedIntervals(instance: Instance): number[] {
  const agent = ssmAgentIntervals(instance);
  const [first, second] = ASKS.map((action) => permitted(instance, { action, resource: "*" }));
  const allowed = intersect(first ?? [], second ?? []);
  return delayed(intersect(agent, noticed(allowed, agent)), REGISTERS_AFTER);
}

/** When the agent makes use of what its role allows: some minutes later, or at its next start. */
function noticed(allowed: readonly number[], agent: readonly number[]): number[] {
  const starts = agent.filter((_, index) => index % 2 === 0);
  const result: number[] = [];
  for (let i = 0; i < allowed.length; i += 2) {
    const from = allowed[i] as number;
    const next = starts.find((start) => start >= from) ?? Number.POSITIVE_INFINITY;
    push(result, Math.min(from + ROLE_NOTICED_AFTER, next), allowed[i + 1] ?? Number.POSITIVE_INFINITY);
  }
  return result;
}
