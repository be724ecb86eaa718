// Machines as the control interface shows and changes them: for demonstrations and tests from outside.
import { parseDuration } from "../../model/duration.ts";
import type { Cloud } from "../cloud.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { REBOOT_KINDS, type RebootKind } from "../fleet/guest-profile.ts";
import type { Instance } from "../fleet/instance.ts";
import { covers } from "../fleet/intervals.ts";
import { stateAt } from "../fleet/lifecycle.ts";
import { agentStatus, startAgent, stopAgent } from "../guest/agent-state.ts";
import { freeze, guestOf, rebootGuest, setBusy, setSsmAgent, thaw } from "../guest/guest.ts";
import { isRunning, startService, stopService } from "../guest/services.ts";
import { bootedAt, bootId, isFrozen, isUp } from "../guest/times.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { nodeOf } from "../services/ssm/nodes.ts";
import { choice, flag, wrong } from "./change-values.ts";
import { type Change, describeSurroundings, INSTANCE_CHANGES } from "./instance-changes.ts";

/** The state of an instance's machine. Throws RangeError when there is no such instance. */
export function describeGuest(cloud: Cloud, instanceId: string): unknown {
  const { fleet, instance } = find(cloud, instanceId);
  const now = cloud.clock.time();
  const guest = guestOf(instance);
  const booted = bootedAt(instance, now);
  const agent = agentStatus(instance, guest.agent, now);
  return {
    instanceId,
    account: fleet.account,
    region: fleet.region,
    state: stateAt(instance.phase, now),
    ...describeSurroundings(instance, { cloud, fleet }, now),
    up: isUp(instance, now),
    frozen: isFrozen(instance, now),
    busy: covers(guest.busy, now),
    bootedAt: booted === undefined ? null : new Date(booted).toISOString(),
    bootId: booted === undefined ? null : bootId(instance, booted),
    reboot: guest.reboot,
    rebootHelps: guest.rebootHelps,
    clockSkewMs: guest.clockSkew,
    disk: guest.diskFull ? "full" : "ok",
    cpu: guest.troubledCpu,
    httpHealthy: guest.healthy,
    ssmAgent: {
      version: guest.ssm.version ?? null,
      running: guest.ssm.version !== undefined && !covers(guest.ssm.stops, now),
      online: nodeOf(instance, now)?.online ?? false,
    },
    agent: {
      version: guest.agent.version ?? null,
      running: agent.running,
      configured: agent.configured,
      configuration: guest.agent.configuration?.source ?? null,
    },
    services: Object.fromEntries(
      [...guest.services.values()].map((service) => [
        service.spec.name,
        runningText(isRunning(instance, service, now)),
      ]),
    ),
  };
}

/** Changes a machine: what the body names, the rest stays. Throws RangeError naming what can't be. */
export function changeGuest(cloud: Cloud, instanceId: string, body: object): unknown {
  const { fleet, instance } = find(cloud, instanceId);
  const now = cloud.clock.time();
  const changes = Object.entries(body).map(([key, value]) => {
    const change = Object.hasOwn(CHANGES, key) ? CHANGES[key] : undefined;
    if (!change)
      throw new RangeError(
        `a machine has no "${key}" to change; there are ${Object.keys(CHANGES).join(", ")}`,
      );
    return change(instance, value, { cloud, fleet });
  });
  // All were understood: nothing is half done.
  for (const change of changes) change(now);
  cloud.touch();
  return describeGuest(cloud, instanceId);
}

/** What can be changed, by the name it has in the body. */
export const CHANGES: Readonly<Record<string, Change>> = {
  frozen: (instance, value) => {
    const frozen = flag("frozen", value);
    return (now) => (frozen ? freeze : thaw)(instance, now);
  },
  busy: (instance, value) => {
    const busy = flag("busy", value);
    return (now) => setBusy(instance, busy, now);
  },
  reboot: (instance, value) => {
    const kind = choice("reboot", value, [...REBOOT_KINDS, "now"]);
    return (now) => {
      if (kind === "now") rebootGuest(instance, now);
      else guestOf(instance).reboot = kind as RebootKind;
    };
  },
  rebootHelps: (instance, value) => {
    const helps = flag("rebootHelps", value);
    return () => {
      guestOf(instance).rebootHelps = helps;
    };
  },
  clockSkew: (instance, value) => {
    const text = String(value);
    const seconds = parseDuration(text.replace(/^[+-]/, ""));
    if (seconds === undefined) throw wrong("clockSkew", value, "a duration such as 1h or -90s");
    return () => {
      guestOf(instance).clockSkew = seconds * (text.startsWith("-") ? -1000 : 1000);
    };
  },
  disk: (instance, value) => {
    const disk = choice("disk", value, ["ok", "full"]);
    return () => {
      guestOf(instance).diskFull = disk === "full";
    };
  },
  cpu: (instance, value) => {
    if (typeof value !== "number" || value < 0 || value > 100)
      throw wrong("cpu", value, "a number from 0 to 100");
    return () => {
      guestOf(instance).troubledCpu = value;
    };
  },
  httpHealthy: (instance, value) => {
    const healthy = flag("httpHealthy", value);
    return () => {
      guestOf(instance).healthy = healthy;
    };
  },
  ssmAgent: (instance, value) => {
    const running = choice("ssmAgent", value, ["running", "stopped"]) === "running";
    return (now) => setSsmAgent(instance, running, now);
  },
  agent: (instance, value) => {
    const running = choice("agent", value, ["running", "stopped"]) === "running";
    return (now) => (running ? startAgent : stopAgent)(instance, guestOf(instance).agent, now);
  },
  services: (instance, value) => {
    if (typeof value !== "object" || value === null) throw wrong("services", value, "states by name");
    const changes = Object.entries(value).map(([name, state]) => {
      const service = guestOf(instance).services.get(name);
      if (!service)
        throw new RangeError(
          `there is no service "${name}"; there are ${[...guestOf(instance).services.keys()].join(", ") || "none"}`,
        );
      return { service, running: choice(`services.${name}`, state, ["running", "stopped"]) === "running" };
    });
    return (now) => {
      for (const { service, running } of changes)
        if (running) startService(service, now);
        else stopService(service, now);
    };
  },
  ...INSTANCE_CHANGES,
};

function find(cloud: Cloud, id: string): { readonly fleet: Fleet; readonly instance: Instance } {
  const now = cloud.clock.time();
  for (const { state: fleet } of cloud.everywhere(fleetKey)) {
    const instance = fleet.instance(id, now);
    if (instance) return { fleet, instance };
  }
  throw new RangeError(`there is no instance ${id}`);
}

function runningText(running: boolean): "running" | "stopped" {
  return running ? "running" : "stopped";
}
