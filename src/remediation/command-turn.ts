import type { Verdict } from "../commands/command.ts";
import { reasonOf, type Withdrawal } from "../commands/judge-invocation.ts";
import { cancelOne, findOne, lookAtOne, sendOne } from "../commands/one-command.ts";
import { refusalOf } from "../commands/send-command.ts";
import type { RunReason, StepOutcome } from "../model/remediation-run.ts";
import { hashOf } from "../support/canonical-json.ts";
import { ask } from "./ask.ts";
import type { Acting, Memo, StepInput, StepTurn } from "./step-kind.ts";

/** A command that a step wants run on the instance. */
export interface CommandPlan {
  readonly commands: readonly string[];
  readonly workingDirectory?: string;
  /** Seconds that the agent has to fetch it, and that it may run then. */
  readonly delivery: number;
  readonly execution: number;
  /** What takes too long is left alone rather than called off: it only looks, and does no harm later. */
  readonly harmless?: boolean;
}

/** What a step remembers of its command. Times in ms; `…Spent` by the record's own time. */
export interface CommandMemo {
  /** Tells the command from all others, also after a crash. */
  readonly comment: string;
  /** The how manieth of the try, from 1. */
  readonly number: number;
  /** How often it was intended: more than once only after it was looked for in vain. */
  readonly sends: number;
  readonly intendedAt: number;
  readonly commandId?: string;
  /** When it was taken, by AWS's clock and by ours. */
  readonly requestedAt?: number;
  readonly sentAt?: number;
  readonly sentSpent?: number;
  readonly polls: number;
  /** How often it was looked for. */
  readonly looks: number;
  readonly withdrawn?: Withdrawal;
  readonly withdrawnSpent?: number;
  /** It was judged: the step's next command is another one. */
  readonly judged?: boolean;
}

/** What became of a command. */
export interface CommandEnd {
  readonly verdict: Verdict;
  readonly reason: RunReason;
  readonly command: CommandMemo;
}

/** Where a command stands: it is over, or this is the turn to take. */
export type CommandProgress = { readonly over: CommandEnd } | { readonly turn: StepTurn };

/** The names of the effects in a memo. */
const SEND = "command";
const WITHDRAW = "withdraw";
/** How often, and with how many seconds in between, a command that may have been sent is looked for before that counts as not sent. */
const LOOKS_AFTER = [3, 5, 10, 15] as const;
/** Sends of one command, those counted that turned out to have had no effect. */
const MOST_SENDS = 3;
/** Seconds between polls: at first, and at most. */
const FIRST_POLL = 2;
const LONGEST_POLL = 15;
/** Seconds that a command has to confirm that it was called off. */
const CANCELLING = 60;
/** Shortest time that agents can be given. Source: API reference, SendCommand, `TimeoutSeconds`. */
const LEAST_DELIVERY = 30;

/** The command in a step's memo. */
export function commandIn(memo: Memo): CommandMemo | undefined {
  return memo["command"] as CommandMemo | undefined;
}

/** Whether a memo's effect is one of a command, so that `actCommand` asks for it. */
export function isCommandEffect(memo: Memo): boolean {
  return memo["effect"] === SEND || memo["effect"] === WITHDRAW;
}

/** What a step remembers once it has judged its command, so that the next look sends another one. */
export function judgedCommand(memo: Memo): Memo {
  const command = commandIn(memo);
  return command ? { command: { ...command, judged: true } } : {};
}

/** The turn that sends the step's next command. */
export function intendCommand({ run, record, now }: StepInput): StepTurn {
  const number = (commandIn(record.memo)?.number ?? 0) + 1;
  const { account, region, instance, id, runbook } = run;
  const { rung, step, kind, attempt } = record;
  const token = hashOf([account, region, instance.id, id, rung, step, kind, attempt, number], 16);
  const command: CommandMemo = {
    comment: `Watchkeeper ${plain(runbook.name).slice(0, 40)}: ${kind} [${token}]`,
    number,
    sends: 1,
    intendedAt: now,
    polls: 0,
    looks: 0,
  };
  return { turn: "intend", memo: { effect: SEND, command } };
}

/** Sends the command that the memo names, or calls it off. */
export function actCommand(input: StepInput, plan: CommandPlan): Promise<Acting> {
  const { record, run, now, ports } = input;
  const command = commandIn(record.memo) as CommandMemo;
  const { session } = ports;
  if (record.memo["effect"] === WITHDRAW)
    return ask(async () => {
      await cancelOne(session, command.commandId ?? "", run.instance.id);
      return {};
    });
  return ask(async () => {
    const { commandId, requestedAt } = await sendOne(
      session,
      requestOf(run.instance.platform, plan),
      run.instance.id,
      command.comment,
    );
    return { command: taken(command, { commandId, requestedAt }, now, record.spent) };
  });
}

/** Looks after the step's command: sends it when there is none yet, finds it when it may have been sent, polls it when it was. */
export async function followCommand(input: StepInput, plan: CommandPlan): Promise<CommandProgress> {
  const { record, run, ports, now } = input;
  const { memo, phase, spent } = record;
  const command = commandIn(memo);
  const refused = memo["refused"] as RunReason | undefined;
  if (!command || command.judged) return { turn: intendCommand(input) };
  if (phase === "begun") {
    if (!refused) return { turn: { turn: "intend", memo: { command: { ...command, intendedAt: now } } } };
    if (memo["effect"] === WITHDRAW) return { over: unknown(command, refused.code, refused.text) };
    const kind = refusalOf(refused.code);
    const verdict: Verdict = kind ? { kind } : { kind: "not-sent", code: refused.code, retryable: false };
    const { code, text } = reasonOf(verdict);
    return { over: { verdict, reason: { code, text: kind ? text : `${text}: ${refused.text}` }, command } };
  }
  if (command.commandId === undefined) {
    const found = await findOne(ports.session, run.instance.id, command.comment, command.intendedAt);
    if (found) return { turn: { turn: "seen", memo: { command: taken(command, found, undefined, spent) } } };
    const seconds = LOOKS_AFTER[command.looks];
    if (seconds !== undefined)
      return {
        turn: { turn: "wait", seconds, memo: { command: { ...command, looks: command.looks + 1 } } },
      };
    if (command.sends < MOST_SENDS) {
      const again: CommandMemo = { ...command, sends: command.sends + 1, looks: 0, intendedAt: now };
      return { turn: { turn: "intend", memo: { command: again } } };
    }
    return { over: unknown(command, "no-answer", "Systems Manager doesn't answer whether it was sent") };
  }
  const { result, fetched } = await lookAtOne(
    ports.session,
    command.commandId,
    run.instance.id,
    command.withdrawn,
  );
  if (result) return { over: { verdict: result.verdict, reason: result.reason, command } };
  const tooLate = late(command, plan, fetched, spent);
  if (tooLate) return tooLate;
  // Calling off what is called off changes nothing.
  if (memo["effect"] === WITHDRAW && phase === "intended") return { turn: { turn: "intend", memo: {} } };
  return { turn: polled(command) };
}

/** What a command's end means for a step that wanted it to succeed, and whether it did anything. */
export function outcomeOf({ verdict, reason }: CommandEnd): {
  readonly outcome: StepOutcome;
  readonly did: boolean;
} {
  switch (verdict.kind) {
    case "success":
      return { outcome: { status: "ok", reason }, did: true };
    case "failed":
    case "cancelled":
      return { outcome: { status: "failed", reason }, did: true };
    case "timed-out":
      return { outcome: { status: "failed", reason }, did: verdict.phase === "execution" };
    case "unknown":
      return { outcome: { status: "unknown", reason }, did: true };
    default:
      return { outcome: { status: "failed", reason }, did: false };
  }
}

/** What to do about a command that takes too long; undefined while it may take longer. */
function late(
  command: CommandMemo,
  { delivery, execution, harmless }: CommandPlan,
  fetched: boolean,
  spent: number,
): CommandProgress | undefined {
  const { sentSpent = spent, withdrawn, withdrawnSpent } = command;
  const passed = (spent - sentSpent) / 1000;
  const why: Withdrawal | undefined =
    passed >= delivery + execution ? "execution" : passed >= delivery && !fetched ? "delivery" : undefined;
  if (withdrawn !== undefined) {
    if (spent - (withdrawnSpent ?? spent) < CANCELLING * 1000) return undefined;
    return { over: unknown(command, "not-over", "it was called off, and the instance didn't confirm it") };
  }
  if (why === undefined) return undefined;
  if (harmless) return { over: unknown(command, "no-answer", "the instance didn't answer in time") };
  const next: CommandMemo = { ...command, withdrawn: why, withdrawnSpent: spent, polls: 0 };
  return { turn: { turn: "intend", memo: { effect: WITHDRAW, command: next } } };
}

/** A name as it comes back from Systems Manager unchanged. */
function plain(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?");
}

function polled(command: CommandMemo): StepTurn {
  const seconds = Math.min(LONGEST_POLL, FIRST_POLL * 1.5 ** command.polls);
  return { turn: "wait", seconds, memo: { command: { ...command, polls: command.polls + 1 } } };
}

function taken(
  command: CommandMemo,
  { commandId, requestedAt }: { readonly commandId: string; readonly requestedAt: number | undefined },
  sentAt: number | undefined,
  sentSpent: number,
): CommandMemo {
  return {
    ...command,
    commandId,
    sentSpent,
    polls: 0,
    ...(requestedAt === undefined ? {} : { requestedAt }),
    ...(sentAt === undefined ? {} : { sentAt }),
  };
}

function unknown(command: CommandMemo, code: string, why: string): CommandEnd {
  const verdict: Verdict = { kind: "unknown", code };
  return { verdict, reason: { code, text: `${reasonOf(verdict).text}: ${why}` }, command };
}

function requestOf(platform: "linux" | "windows", plan: CommandPlan) {
  const { commands, workingDirectory, delivery, execution } = plan;
  return {
    document: platform === "windows" ? "AWS-RunPowerShellScript" : "AWS-RunShellScript",
    parameters: {
      commands,
      ...(workingDirectory === undefined ? {} : { workingDirectory: [workingDirectory] }),
    },
    timeoutSeconds: Math.max(LEAST_DELIVERY, Math.ceil(delivery)),
    executionSeconds: Math.max(1, Math.ceil(execution)),
  };
}
