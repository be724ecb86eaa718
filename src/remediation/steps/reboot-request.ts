import type { RunReason } from "../../model/remediation-run.ts";
import type { CommandEnd, CommandMemo } from "../command-turn.ts";
import { BOOT_COMMANDS, type BootReading, readBoot } from "../judge-reboot.ts";
import type { Memo, StepInput, StepTurn } from "../step-kind.ts";

/** When AWS took a command, by its clock, and its clock less ours, ms. */
export interface ClockPair {
  readonly at: number;
  readonly offset: number;
}

/** What the step remembers. Times by our clock in ms, `…Spent` by the record's own time. */
export interface RebootMemo {
  readonly stage?: "baseline" | "reboot" | "proof" | "settle";
  readonly effect?: string;
  /** Seconds that the guest has to tell of the boot it is in. */
  readonly patience?: number;
  readonly baseline?: BootReading;
  /** AWS's clock beside ours, before the request and after it. */
  readonly before?: ClockPair;
  readonly after?: ClockPair;
  /** Hash of what was on the console before; empty: nothing that could be compared. */
  readonly console?: string;
  /** How often it was asked for: more than once only after proof that it had come to nothing. */
  readonly asked?: number;
  readonly requestedAt?: number;
  readonly requestedSpent?: number;
  /** Nobody knows whether the request reached EC2. */
  readonly uncertain?: boolean;
  /** A question is under way; the next one is due then. */
  readonly probing?: boolean;
  readonly probeSpent?: number;
  readonly first?: BootReading;
  readonly latest?: BootReading;
  /** Why the latest question wasn't answered. */
  readonly silence?: string;
  /** In every look since the request the instance's check failed. */
  readonly impaired?: boolean;
  readonly bootedAt?: number;
  readonly refused?: RunReason;
}

/** What the verdict goes by. */
interface Effects {
  readonly did?: boolean;
  readonly rebooted?: boolean;
  readonly neverRebooted?: boolean;
}

/** A question that only looks; seconds. */
const PROBE = { delivery: 30, execution: 20, harmless: true } as const;

/** The turn that asks EC2 for the reboot, with what must be known afterwards. */
export function request({ record, now }: StepInput, memo: RebootMemo, more: RebootMemo): StepTurn {
  const { asked = 0 } = memo;
  // What was refused or not even sent wasn't asked for.
  const again = memo.stage === "reboot" && record.phase === "begun";
  return {
    turn: "intend",
    memo: memoOf({
      ...memo,
      ...more,
      stage: "reboot",
      effect: "reboot",
      asked: again ? asked : asked + 1,
      requestedAt: now,
      requestedSpent: record.spent,
    }),
  };
}

/** What a guest answered, with the time when it did by AWS's clock; undefined when it didn't. */
export function readingOf(
  { verdict, command }: CommandEnd,
  platform: "linux" | "windows",
  now: number,
): BootReading | undefined {
  if (verdict.kind !== "success") return undefined;
  const sentAt = command.sentAt ?? command.intendedAt;
  const askedAt = command.requestedAt ?? sentAt;
  // Our clock may have jumped back since.
  const answeredAt = askedAt + Math.max(0, now - sentAt);
  return readBoot(platform, verdict.output, { askedAt, answeredAt });
}

/** AWS's clock beside ours, by when it says that it took a command. */
export function clocksOf(command: CommandMemo | undefined): ClockPair | undefined {
  if (command?.requestedAt === undefined) return undefined;
  const at = command.requestedAt;
  return { at, offset: at - (command.sentAt ?? command.intendedAt) };
}

/** The question about its boot. */
export function probeOf({ run }: StepInput) {
  return { commands: BOOT_COMMANDS[run.instance.platform], ...PROBE };
}

/** A turn that remembers more. */
export function withMemo(turn: StepTurn, memo: RebootMemo): StepTurn {
  return { ...turn, memo: { ...memoOf(memo), ...turn.memo } };
}

/** What the journal keeps. */
export function memoOf(memo: RebootMemo & Effects): Memo {
  return { ...memo };
}
