// Sends commands to machines and follows each to its end, on the virtual clock: delivered when the agent takes it, run as long as it
// runs, ended when its time is up.
import type { Cloud } from "../../cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import { isPermitted } from "../../guest/credentials.ts";
import { type Machine, machineOf, type Output, type Program } from "../../guest/machine.ts";
import { bootedAt, isAwake } from "../../guest/times.ts";
import { directoryOf } from "../../identities/directory.ts";
import {
  allowedOf,
  COUNTED_ERRORS,
  type CommandRecord,
  INVOCATION_STATUSES,
  type Invocation,
  type InvocationDetails,
} from "./command-store.ts";
import { documentProgram } from "./document-programs.ts";
import { isConnected } from "./nodes.ts";
import { latestOf, parameterArn, parametersKey } from "./parameter-store.ts";

/** How long a command is on its way to an agent that is there, and how often one that isn't is tried again; milliseconds. */
const DELIVERY = 500;
const TRIES_EVERY = 10_000;
/** How often a machine that doesn't answer is looked at again. */
const LOOKS_EVERY = 5_000;

/** Begins to send a command: as many at a time as it allows, and no more once too many have failed. */
export function startCommand(cloud: Cloud, fleet: Fleet, command: CommandRecord): void {
  new Dispatch(cloud, fleet, command).next();
}

/** A document that runs on a machine. Times in milliseconds. */
interface Run {
  readonly program: Program;
  /** When the machine had booted: it doesn't outlive that. */
  readonly booted: number | undefined;
  readonly deadline: number;
  /** Until when it waits by itself. */
  resumes: number;
}

class Dispatch {
  readonly #cloud: Cloud;
  readonly #fleet: Fleet;
  readonly #command: CommandRecord;
  readonly #queue: Invocation[];
  readonly #width: number;
  readonly #tolerated: number;
  #underway = 0;
  #errors = 0;

  constructor(cloud: Cloud, fleet: Fleet, command: CommandRecord) {
    this.#cloud = cloud;
    this.#fleet = fleet;
    this.#command = command;
    this.#queue = [...command.invocations.values()];
    // A share of few instances is at least one of them.
    this.#width = Math.max(1, allowedOf(command.maxConcurrency, this.#queue.length));
    this.#tolerated = allowedOf(command.maxErrors, this.#queue.length);
  }

  next(): void {
    while (this.#queue.length > 0 && this.#underway < this.#width) {
      const invocation = this.#queue.shift() as Invocation;
      if (isFinal(invocation)) continue;
      if (this.#errors > this.#tolerated) {
        this.#set(invocation, "Terminated");
        continue;
      }
      this.#underway += 1;
      this.#at(DELIVERY, () => this.#deliver(invocation));
    }
  }

  #deliver(invocation: Invocation): void {
    const { instance } = invocation;
    const now = this.#cloud.clock.time();
    const refusal = this.#refusal(invocation, now);
    if (isFinal(invocation)) this.#ended();
    else if (refusal) this.#finish(invocation, refusal);
    else if (!isConnected(instance, now)) this.#at(TRIES_EVERY, () => this.#deliver(invocation));
    else {
      invocation.details = "InProgress";
      invocation.startedAt = now;
      const reader = parameterReader(this.#cloud, this.#fleet, instance);
      const machine = machineOf(this.#fleet, instance, () => this.#cloud.clock.time(), reader);
      this.#step(invocation, {
        program: documentProgram(machine, this.#command),
        booted: bootedAt(instance, now),
        deadline: now + this.#command.executionTimeout * 1000,
        resumes: now,
      });
    }
  }

  /** Why a command never gets to an instance; undefined while it may. */
  #refusal({ instance }: Invocation, now: number): InvocationDetails | undefined {
    const { timeout, executionTimeout, requestedAt, document } = this.#command;
    const { account, region } = this.#fleet;
    const input = { InstanceId: instance.id };
    const call = { service: "ssm", operation: "DeliverCommand", account, region, input };
    if (this.#cloud.faults.ruled(call) === "accessDenied") return "AccessDenied";
    if (stateAt(instance.phase, now) !== "running") return "Undeliverable";
    const platform = instance.launch.platform.windows ? "Windows" : "Linux";
    if (!document.platforms.includes(platform)) return "InvalidPlatform";
    // An agent that doesn't fetch the command in both its times together never gets it.
    return now >= requestedAt + (timeout + executionTimeout) * 1000 ? "DeliveryTimedOut" : undefined;
  }

  /** Runs a document on, to its end or as far as the machine lets it. */
  #step(invocation: Invocation, run: Run): void {
    const { instance } = invocation;
    const now = this.#cloud.clock.time();
    this.#cloud.touch();
    const again = (delay: number) => this.#at(delay, () => this.#step(invocation, run));
    if (isFinal(invocation)) this.#ended();
    else if (invocation.details === "Cancelling") this.#finish(invocation, "Cancelled");
    else if (now >= run.deadline) this.#finish(invocation, "ExecutionTimedOut");
    else if (bootedAt(instance, now) !== run.booted) {
      // It was running when the machine went down: the agent tells so once it is back.
      if (isConnected(instance, now)) this.#finish(invocation, "Failed", INTERRUPTED);
      else again(LOOKS_EVERY);
    } else if (!isAwake(instance, now)) again(LOOKS_EVERY);
    // A long wait is looked at now and then: the machine may go down, the command be cancelled.
    else if (now < run.resumes) again(Math.min(run.resumes - now, LOOKS_EVERY, run.deadline - now));
    else {
      const { done, value } = run.program.next();
      if (done) this.#finish(invocation, value.code === 0 ? "Success" : "Failed", value);
      else {
        run.resumes = now + value;
        again(Math.min(value, LOOKS_EVERY, run.deadline - now));
      }
    }
  }

  #finish(invocation: Invocation, details: InvocationDetails, output?: Output): void {
    invocation.output = output;
    this.#set(invocation, details);
    if (COUNTED_ERRORS.includes(details)) this.#errors += 1;
    this.#ended();
  }

  #set(invocation: Invocation, details: InvocationDetails): void {
    invocation.details = details;
    invocation.finishedAt = this.#cloud.clock.time();
    this.#cloud.touch();
  }

  #ended(): void {
    this.#underway -= 1;
    this.next();
  }

  #at(delay: number, work: () => void): void {
    this.#cloud.clock.at(this.#cloud.clock.time() + delay, work);
  }
}

const INTERRUPTED: Output = {
  out: "",
  err: "document process failed unexpectedly: document worker timed out, check [ssm-document-worker]/[ssm-session-worker] log for crash reason",
  code: -1,
};

/** Whether nothing more becomes of an invocation. */
export function isFinal({ details }: Invocation): boolean {
  return INVOCATION_STATUSES[details].final;
}

/** How the machine of an instance reads parameters: as its role lets it. */
function parameterReader(cloud: Cloud, fleet: Fleet, instance: Instance): Machine["parameter"] {
  return (name) => {
    const { account, region } = fleet;
    const { partition } = directoryOf(cloud, account);
    const resource = parameterArn({ partition, region, account }, name);
    if (!isPermitted(instance, { action: "ssm:GetParameter", resource }, cloud.clock.time()))
      return {
        refused: `AccessDeniedException: the role of ${instance.id} is not authorized to perform: ssm:GetParameter on resource: ${resource}`,
      };
    const parameter = cloud.state(parametersKey, account, region).get(name);
    return parameter ? { value: latestOf(parameter).value } : { refused: "ParameterNotFound: " };
  };
}
