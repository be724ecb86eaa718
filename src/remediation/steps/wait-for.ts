import type { StepAction, WaitGoal } from "../../model/runbook.ts";
import { actCommand, followCommand, judgedCommand } from "../command-turn.ts";
import { isWell, lookAtStatus, statusText } from "../look-at-instance.ts";
import type { StepInput, StepKind, StepTurn } from "../step-kind.ts";

type WaitFor = Extract<StepAction, { readonly do: "waitFor" }>;

/** Seconds between looks. */
const LOOK = 15;
/** Systems Manager answers when a command does: `Online` may be five minutes old. */
const PING = { commands: ["echo here"], delivery: 30, execution: 15, harmless: true } as const;

const REACHED: Readonly<Record<WaitGoal, string>> = {
  running: "it runs",
  statusChecks: "its status checks pass",
  ssm: "Systems Manager answers",
};

/** Waits until the instance runs, its status checks pass, or Systems Manager answers a command. */
export const waitFor: StepKind<WaitFor> = {
  async advance(input) {
    const { until } = input.action;
    const look = await LOOKS[until](input);
    if ("turn" in look) return look.turn;
    if (look.reached)
      return { turn: "end", outcome: { status: "ok", reason: { code: until, text: REACHED[until] } } };
    const { record, limits } = input;
    if (record.spent >= limits.timeoutSeconds * 1000) {
      const text = `waited ${limits.timeoutSeconds} s until ${REACHED[until]}; ${look.instead}`;
      return { turn: "end", outcome: { status: "failed", reason: { code: "not-in-time", text } } };
    }
    return { turn: "wait", seconds: LOOK };
  },
  act(input) {
    return actCommand(input, PING);
  },
};

type Look = { readonly reached: boolean; readonly instead: string } | { readonly turn: StepTurn };

const LOOKS: Readonly<Record<WaitGoal, (input: StepInput) => Promise<Look>>> = {
  running: async ({ instance }) => ({
    reached: instance.state === "running",
    instead: `it is ${instance.state}`,
  }),
  statusChecks: async ({ run, ports }) => {
    const status = await lookAtStatus(ports.session, run.instance.id);
    return { reached: isWell(status), instead: statusText(status) };
  },
  ssm: async (input) => {
    const { memo, spent } = input.record;
    const { rests = 0 } = memo as { readonly rests?: number };
    if (spent < rests) return { reached: false, instead: "it doesn't answer" };
    const progress = await followCommand(input, PING);
    if ("turn" in progress) return progress;
    const { verdict, reason } = progress.over;
    if (verdict.kind === "success") return { reached: true, instead: "" };
    if (spent >= input.limits.timeoutSeconds * 1000) return { reached: false, instead: reason.text };
    const next = { ...judgedCommand(memo), rests: spent + LOOK * 1000 };
    return { turn: { turn: "wait", seconds: LOOK, memo: next } };
  },
};
