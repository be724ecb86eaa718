import type { AwsSession } from "../aws/session.ts";
import type { AgentRollout } from "../model/agent-policy.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { configurationHash } from "./agent-parameter.ts";
import { storedValue } from "./apply-parameters.ts";
import type { Installation, InstallStep } from "./install-change.ts";
import { instanceName, notBegun, toldOf } from "./planner-parts.ts";
import { jsonOf } from "./read-parameters.ts";
import { rollOut } from "./roll-out.ts";
import type { RolloutResult } from "./rollout-result.ts";
import { waitForRegistration } from "./wait-for-registration.ts";

/** What a rollout tells while it goes on. */
export type AgentEvent =
  | { readonly kind: "registration"; readonly waiting: number }
  | { readonly kind: "wave"; readonly wave: number; readonly waves: number; readonly instances: number }
  | { readonly kind: "stopped"; readonly reason: string };

export interface InstallApply {
  readonly session: AwsSession;
  readonly context: Context;
  /** Name of the configuration. */
  readonly configuration: string;
  readonly rollout: AgentRollout;
  readonly tell: (event: AgentEvent) => void;
}

/** Seconds that instances have to register with Systems Manager once they got their role. */
const REGISTRATION = 600;

/**
 * Brings the agent to instances, in waves. Parameters must hold what the plan offered; instances that only get their role now are waited
 * for first. `report` hears every outcome once: `waiting` where it is up to the instance.
 */
export async function applyInstalls(
  changes: readonly Change[],
  apply: InstallApply,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const { session, context, configuration, rollout, tell } = apply;
  const byId = new Map(changes.map((change) => [stepOf(change).instance, change]));
  const end = (id: string, rest: Omit<Outcome, "address" | "name">): void => {
    const change = byId.get(id);
    if (change) report({ address: change.address, name: instanceName(change), ...rest });
    byId.delete(id);
  };
  for (const [id, error] of await staleParameters(session, [...byId.values()].map(stepOf)))
    end(id, { status: error.code === "stale" ? "refused" : "failed", error });
  const waits = [...byId.values()].map(stepOf).filter((step) => step.waits);
  try {
    const missing = await waitForRegistration(
      session,
      waits.map(({ instance }) => instance),
      rollout.registrationSeconds ?? REGISTRATION,
      context,
      (waiting) => tell({ kind: "registration", waiting }),
    );
    if (!context.signal.aborted)
      for (const id of missing) end(id, { status: "waiting", reason: UNREGISTERED });
  } catch (error) {
    for (const { instance } of waits) end(instance, { status: "failed", error: toldOf(error) });
  }
  const targets = [...byId.values()].map(stepOf);
  const { stopped, untried } = await rollOut(
    session,
    targets,
    {
      ...rollout,
      configuration,
      onWave: (wave, waves, instances) => tell({ kind: "wave", wave, waves, instances }),
    },
    context,
    (result) => end(result.instanceId, outcomeOf(result)),
  );
  if (stopped && stopped.code !== "stopped") tell({ kind: "stopped", reason: stopped.text });
  for (const id of untried)
    end(id, {
      status: "pending",
      ...(stopped ? { reason: notBegun(stopped) } : {}),
    });
}

function outcomeOf({ state, step, reason }: RolloutResult): Omit<Outcome, "address" | "name"> {
  switch (state) {
    case "done":
      return { status: "applied" };
    case "pending":
      // Stopped by us, it is half done; else it is up to the instance.
      return { status: reason.code === "stopped" ? "pending" : "waiting", reason };
    default: {
      const message = `${STEPS[step]}: ${reason.text}`;
      return { status: state, error: { code: reason.code, message } };
    }
  }
}

const STEPS: Readonly<Record<RolloutResult["step"], string>> = {
  look: "looking at its agent",
  install: "installing",
  configure: "configuring",
  datapoint: "waiting for a datapoint",
  tag: "writing its tags",
};

const UNREGISTERED = {
  code: "not-registered",
  text: "it has its role, and Systems Manager doesn't reach it yet: the next apply goes on",
};

function stepOf({ after }: Change): Installation {
  return after as Extract<InstallStep, { do: "install" }>;
}

/** Instances whose parameter doesn't hold what the plan offered them, and why. */
async function staleParameters(
  session: AwsSession,
  steps: readonly Installation[],
): Promise<ReadonlyMap<string, NonNullable<Outcome["error"]>>> {
  const found = new Map<string, NonNullable<Outcome["error"]>>();
  const hashes = new Map<string, string | NonNullable<Outcome["error"]>>();
  for (const { instance, parameter, hash } of steps) {
    if (!hashes.has(parameter)) {
      try {
        const value = await storedValue(session, parameter);
        hashes.set(parameter, value === undefined ? "none" : configurationHash(jsonOf(value)));
      } catch (error) {
        hashes.set(parameter, toldOf(error));
      }
    }
    const there = hashes.get(parameter);
    if (typeof there === "object") found.set(instance, there);
    else if (there !== hash)
      found.set(instance, {
        code: "stale",
        message: `parameter ${parameter} doesn't hold what the plan saw`,
        remedy: "plan again",
      });
  }
  return found;
}
