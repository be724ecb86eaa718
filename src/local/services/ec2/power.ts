// What can be done to an instance; also by alarms and runbooks, not only by requests.

import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { failingSince, mend } from "../../fleet/impairments.ts";
import type { Instance } from "../../fleet/instance.ts";
import { close, open } from "../../fleet/intervals.ts";
import { type StateName, stateAt, towards } from "../../fleet/lifecycle.ts";
import { startAgent, stopAgent } from "../../guest/agent-state.ts";
import { powerOff, rebootGuest, resetGuest } from "../../guest/guest.ts";
import { releaseVolumes } from "./attachments.ts";
import { incorrectInstanceState } from "./errors.ts";

/** The state before and after: what the answers of start, stop and terminate tell. */
export interface Transition {
  readonly instance: Instance;
  readonly previous: StateName;
  readonly current: StateName;
}

/** Throws when an instance can't be stopped: IncorrectInstanceState, OperationNotPermitted. */
export function checkStop(instance: Instance, now: number): void {
  const state = stateAt(instance.phase, now);
  if (state === "terminated" || state === "shutting-down")
    throw incorrectInstanceState(instance.id, "stopped");
  if ((state === "running" || state === "pending") && instance.stopProtected)
    throw protectedFrom(instance.id, "stopped", "disableApiStop");
}

/** Throws when an instance can't be started: IncorrectInstanceState. */
export function checkStart(instance: Instance, now: number): void {
  const state = stateAt(instance.phase, now);
  if (state !== "stopped" && state !== "running" && state !== "pending")
    throw incorrectInstanceState(instance.id, "started");
}

/** Throws when an instance can't be terminated: OperationNotPermitted. */
export function checkTerminate(instance: Instance): void {
  if (instance.terminationProtected) throw protectedFrom(instance.id, "terminated", "disableApiTermination");
}

/** Throws when an instance can't be rebooted: IncorrectInstanceState. */
export function checkReboot(instance: Instance, now: number): void {
  const state = stateAt(instance.phase, now);
  if (state !== "running" && state !== "pending") throw incorrectInstanceState(instance.id, "rebooted");
}

/** Stops a running instance; one that is stopped or stopping stays so. Throws IncorrectInstanceState and OperationNotPermitted. */
export function stopInstance(instance: Instance, now: number): Transition {
  checkStop(instance, now);
  const previous = stateAt(instance.phase, now);
  if (previous === "pending" || previous === "running") {
    instance.phase = towards("stopped", now);
    instance.stateReason = "user";
    close(instance.runs, now);
    powerOff(instance, now);
  }
  return { instance, previous, current: stateAt(instance.phase, now) };
}

/** Starts a stopped instance; one that runs stays so. Throws IncorrectInstanceState. */
export function startInstance(instance: Instance, now: number): Transition {
  checkStart(instance, now);
  const previous = stateAt(instance.phase, now);
  if (previous === "stopped") {
    instance.phase = towards("running", now);
    instance.stateReason = "none";
    instance.startedAt = now;
    open(instance.runs, instance.phase.settles);
    // A start places the instance on another host: what was wrong with the old one stays behind.
    mend(instance, now);
  }
  return { instance, previous, current: stateAt(instance.phase, now) };
}

/** Ends an instance and, once it is gone, its volumes that are to go with it. Throws OperationNotPermitted. */
export function terminateInstance(fleet: Fleet, instance: Instance, now: number): Transition {
  checkTerminate(instance);
  return endInstance(fleet, instance, now);
}

/** Ends an instance whether it is protected or not: what Auto Scaling does. */
export function endInstance(fleet: Fleet, instance: Instance, now: number): Transition {
  const previous = stateAt(instance.phase, now);
  if (previous !== "terminated" && previous !== "shutting-down") {
    instance.phase = towards("terminated", now);
    instance.stateReason = "user";
    close(instance.runs, now);
    powerOff(instance, now);
    releaseVolumes(fleet, instance, instance.phase.settles);
  }
  return { instance, previous, current: stateAt(instance.phase, now) };
}

/** Asks a running instance to reboot: once its machine has, what was wrong with its operating system is mended. Throws IncorrectInstanceState. */
export function rebootInstance(instance: Instance, now: number): void {
  checkReboot(instance, now);
  rebootGuest(instance, now);
}

/** Moves an instance whose host fails to sound hardware: it restarts there, with its id, addresses and volumes. Sound ones stay. */
export function recoverInstance(instance: Instance, now: number): void {
  checkReboot(instance, now);
  if (failingSince(instance, "system", now) === undefined) return;
  mend(instance, now, ["system"]);
  resetGuest(instance, now);
}

/** Kills the CloudWatch agents of an instance, or brings them back. */
export function setAgentAlive(instance: Instance, alive: boolean, now: number): void {
  const agent = instance.guest?.agent;
  if (agent) (alive ? startAgent : stopAgent)(instance, agent, now);
  else if (alive) close(instance.agentDeaths, now);
  else open(instance.agentDeaths, now);
}

function protectedFrom(id: string, what: string, attribute: string): AwsError {
  return new AwsError(
    "OperationNotPermitted",
    `The instance '${id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
    400,
  );
}
