import { describeAlarms } from "../aws/describe-alarms.ts";
import type { RunReason } from "../model/remediation-run.ts";
import type { RunbookCheck } from "../model/runbook.ts";
import { actCommand, type CommandPlan, followCommand, outcomeOf } from "./command-turn.ts";
import { type Filled, fillCommands, fillDeep } from "./fill-texts.ts";
import { isWell, lookAtStatus, statusText } from "./look-at-instance.ts";
import type { Acting, StepInput, StepTurn } from "./step-kind.ts";

/** What a check says, or the turn to take before it can. `unasked`: it couldn't even be asked, and asking again won't help. */
export type CheckProgress =
  | { readonly passed: boolean; readonly reason: RunReason; readonly unasked?: true }
  | { readonly turn: StepTurn };

/** Seconds that an agent has to fetch a command that checks, and that it may run. */
const COMMAND = { delivery: 30, execution: 60, harmless: true } as const;

/** Asks one check: an endpoint from here, a command there, or the alarm; EC2's own checks where no alarm began the run. */
export async function runCheck(input: StepInput, check: RunbookCheck): Promise<CheckProgress> {
  const { run, ports } = input;
  switch (check.kind) {
    case "command": {
      const plan = commandPlan(input, check);
      if ("problem" in plan) return { passed: false, reason: plan.problem, unasked: true };
      const progress = await followCommand(input, plan.filled);
      if ("turn" in progress) return progress;
      const { outcome } = outcomeOf(progress.over);
      // Our own right to send is missing, or the like: that says nothing about the instance.
      if (progress.over.verdict.kind === "not-sent") {
        const { code, text } = outcome.reason;
        return {
          passed: false,
          reason: { code, text: `the check ${nameOf(check)} can't be asked: ${text}` },
          unasked: true,
        };
      }
      const text = `the check ${nameOf(check)} ${outcome.status === "ok" ? "passes" : `fails: ${outcome.reason.text}`}`;
      return { passed: outcome.status === "ok", reason: { code: outcome.reason.code, text } };
    }
    case "alarm":
      return run.trigger.kind === "alarm"
        ? alarmCheck(input, run.trigger.alarmArn, run.trigger.alarmName)
        : statusCheck(input);
    default: {
      const spec = fillDeep(check, run.instance);
      if ("problem" in spec) return { passed: false, reason: spec.problem, unasked: true };
      const { success, reason } = await ports.check(spec.filled);
      return { passed: success, reason };
    }
  }
}

/** Sends the command of a check. */
export async function actCheck(input: StepInput, check: RunbookCheck): Promise<Acting> {
  if (check.kind !== "command") throw new Error(`a check of kind ${check.kind} has no effect`);
  const plan = commandPlan(input, check);
  if ("problem" in plan) return { kind: "refused", reason: plan.problem };
  return actCommand(input, plan.filled);
}

/** How people know a check. */
export function nameOf(check: RunbookCheck): string {
  switch (check.kind) {
    case "command":
      return `"${check.commands.at(-1) ?? ""}"`;
    case "alarm":
      return "alarm";
    case "http":
      return check.url;
    case "dns":
      return `DNS ${check.name}`;
    default:
      return `${check.host}:${check.port}`;
  }
}

function commandPlan(
  { run }: StepInput,
  { commands, workingDirectory }: Extract<RunbookCheck, { readonly kind: "command" }>,
): Filled<CommandPlan> {
  const lines = fillCommands([workingDirectory ?? "/", ...commands], run.instance);
  if ("problem" in lines) return lines;
  const [directory = "/", ...rest] = lines.filled;
  return {
    filled: {
      commands: rest,
      ...(workingDirectory === undefined ? {} : { workingDirectory: directory }),
      ...COMMAND,
    },
  };
}

async function alarmCheck({ ports, run }: StepInput, arn: string, name: string): Promise<CheckProgress> {
  const region = arn.split(":")[3] || run.region;
  const session = region === run.region ? ports.session : ports.session.inRegion(region);
  for await (const { metricAlarms, compositeAlarms } of describeAlarms(session, [name])) {
    const found = [...metricAlarms, ...compositeAlarms].find(({ AlarmName }) => AlarmName === name);
    if (!found) continue;
    const state = found.StateValue ?? "unknown";
    return { passed: state === "OK", reason: { code: `alarm-${state.toLowerCase()}`, text: `alarm ${name} is ${state}` } }; // biome-ignore format: one sentence
  }
  return {
    passed: false,
    reason: {
      code: "alarm-gone",
      text: `alarm ${name} isn't there any more: nothing tells whether all is well`,
    },
  };
}

async function statusCheck({ ports, run }: StepInput): Promise<CheckProgress> {
  const status = await lookAtStatus(ports.session, run.instance.id);
  const passed = isWell(status);
  return {
    passed,
    reason: { code: passed ? "status-ok" : "status-checks", text: `status checks: ${statusText(status)}` },
  };
}
