import type { RunReason } from "../../model/remediation-run.ts";
import type { StepAction } from "../../model/runbook.ts";
import { actCommand, type CommandEnd, type CommandPlan, followCommand, outcomeOf } from "../command-turn.ts";
import { type Filled, fillCommands } from "../fill-texts.ts";
import type { StepInput, StepKind } from "../step-kind.ts";

/** Seconds that an agent has to fetch a command, out of the step's time; the least that Systems Manager takes. */
const DELIVERY = 30;

/** What a step of commands runs, and what its success still needs. */
export interface CommandStep {
  readonly plan: Filled<CommandPlan>;
  /** What is wrong although the command succeeded. */
  readonly objection?: (output: string) => RunReason | undefined;
}

/** A step that runs a command on the instance, once, and judges it by how that ended. */
export function commandKind<Action extends StepAction>(
  stepOf: (input: StepInput<Action>) => CommandStep,
): StepKind<Action> {
  return {
    async advance(input) {
      const { plan, objection } = stepOf(input);
      if ("problem" in plan) return { turn: "end", outcome: { status: "failed", reason: plan.problem } };
      const progress = await followCommand(input, plan.filled);
      if ("turn" in progress) return progress.turn;
      const { outcome, did } = outcomeOf(progress.over);
      const wrong = outcome.status === "ok" ? objection?.(outputOf(progress.over)) : undefined;
      return {
        turn: "end",
        outcome: wrong ? { status: "failed", reason: wrong } : outcome,
        memo: { did },
      };
    },
    async act(input) {
      const { plan } = stepOf(input as StepInput<Action>);
      if ("problem" in plan) return { kind: "refused", reason: plan.problem };
      return actCommand(input, plan.filled);
    },
  };
}

/** Commands with the instance's values in them, and as much time as the step has. */
export function planOf(
  { run, limits }: StepInput,
  commands: readonly string[],
  workingDirectory?: string,
): Filled<CommandPlan> {
  const lines = fillCommands(
    workingDirectory === undefined ? commands : [workingDirectory, ...commands],
    run.instance,
  );
  if ("problem" in lines) return lines;
  const [directory, ...rest] = lines.filled;
  const { timeoutSeconds } = limits;
  return {
    filled: {
      commands: workingDirectory === undefined ? lines.filled : rest,
      ...(workingDirectory === undefined || directory === undefined ? {} : { workingDirectory: directory }),
      delivery: DELIVERY,
      execution: Math.max(1, timeoutSeconds - DELIVERY),
    },
  };
}

function outputOf({ verdict }: CommandEnd): string {
  return verdict.kind === "success" ? verdict.output : "";
}

/** Runs a script of the runbook on the instance. */
export const runCommand = commandKind<Extract<StepAction, { readonly do: "runCommand" }>>((input) => ({
  plan: planOf(input, input.action.commands, input.action.workingDirectory),
}));
