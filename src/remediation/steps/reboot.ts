import { formatDuration } from "../../model/duration.ts";
import type { RunReason } from "../../model/remediation-run.ts";
import { hashOf } from "../../support/canonical-json.ts";
import { ask } from "../ask.ts";
import {
  actCommand,
  type CommandEnd,
  type CommandMemo,
  commandIn,
  followCommand,
  intendCommand,
  isCommandEffect,
} from "../command-turn.ts";
import { BOOT_COMMANDS, type BootReading, judgeReboot, readBoot, requestedBetween } from "../judge-reboot.ts";
import { isWell, lookAtPing, lookAtStatus, readConsole, statusText } from "../look-at-instance.ts";
import type { Memo, StepInput, StepKind, StepTurn } from "../step-kind.ts";

/** When AWS took a command, by its clock, and its clock less ours, ms. */
interface ClockPair {
  readonly at: number;
  readonly offset: number;
}

/** What the step remembers. Times by our clock in ms, `…Spent` by the record's own time. */
interface RebootMemo {
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

/** Seconds that a guest has to answer: one that Systems Manager hears, and one that it doesn't. */
const PATIENCE = { online: 30, silent: 10 } as const;
/** A question that only looks; seconds. */
const PROBE = { delivery: 30, execution: 20, harmless: true } as const;
/** After the request, and between questions; seconds. */
const FIRST_PROBE = 10;
const NEXT_PROBE = 20;
const NEXT_LOOK = 15;
/**
 * A request of which nobody knows whether it was made, to a guest that answers nothing: after this long (seconds) with a failing check
 * in every look and nothing new on the console, where a boot writes pages, it is taken as not made. A hard reset takes about four minutes.
 */
const SILENT_GRACE = 600;
/** Requests in all. */
const MOST_ASKED = 2;

/**
 * Reboots, once, and proves it: by what the guest says of its boot before and after, never by its ping. A request whose answer was
 * lost isn't repeated before it is proved that it came to nothing.
 */
export const reboot: StepKind<{ readonly do: "reboot" }> = {
  async advance(input) {
    const { record, instance } = input;
    const memo = record.memo as RebootMemo;
    if (memo.stage === undefined) return beginning(input);
    if (memo.stage === "baseline") return baseline(input, memo);
    if (memo.stage === "reboot" && record.phase === "begun") {
      if (memo.refused) return { turn: "end", outcome: { status: "failed", reason: memo.refused } };
      return request(input, memo, {});
    }
    if (instance.state !== "running") {
      const text = `it was asked to reboot and is ${instance.state} now: somebody else is at work on it`;
      return { turn: "end", outcome: { status: "unknown", reason: { code: "not-running", text } } };
    }
    if (memo.stage === "settle") return settle(input, memo);
    if (memo.stage === "reboot") {
      // Only now is it known whether EC2 answered: the phase goes on to the questions that follow.
      const uncertain = record.phase === "intended";
      return proof(input, { ...memo, stage: "proof", uncertain, impaired: true }, uncertain);
    }
    return proof(input, memo, memo.uncertain === true);
  },

  act(input) {
    if (isCommandEffect(input.record.memo)) return actCommand(input, probeOf(input));
    const { session } = input.ports;
    return ask(async () => {
      await session.send("ec2", "RebootInstances", { InstanceIds: [input.run.instance.id] });
      return { did: true };
    });
  },
};

async function beginning(input: StepInput): Promise<StepTurn> {
  const { run, instance, ports } = input;
  const failed = (code: string, text: string): StepTurn => ({
    turn: "end",
    outcome: { status: "failed", reason: { code, text } },
  });
  if (instance.state !== "running")
    return failed("not-running", `it is ${instance.state}: only what runs can reboot`);
  const { session } = ports;
  const status = await lookAtStatus(session, run.instance.id);
  if (status.system === "impaired")
    return failed(
      "system-impaired",
      "its system status check fails: a reboot stays on the same broken host; recover it, or stop and start it",
    );
  const ping = await lookAtPing(session, run.instance.id);
  const { text } = await readConsole(session, run.instance.id);
  const memo: RebootMemo = { console: text === "" ? "" : hashOf(text, 16) };
  if (!ping) return request(input, memo, {});
  const patience = ping.online ? PATIENCE.online : PATIENCE.silent;
  return withMemo(intendCommand(input), { ...memo, stage: "baseline", patience });
}

/** Waits a little for the guest to tell of the boot that it is in; what doesn't answer is rebooted without. */
async function baseline(input: StepInput, memo: RebootMemo): Promise<StepTurn> {
  const { record, run } = input;
  const progress = await followCommand(input, probeOf(input));
  const over = "over" in progress ? progress.over : undefined;
  const waits = "turn" in progress && progress.turn.turn === "wait";
  if (!over && !(waits && record.spent >= (memo.patience ?? 0) * 1000))
    return "turn" in progress ? progress.turn : { turn: "wait", seconds: 1 };
  const command = over?.command ?? commandIn(record.memo);
  const before = clocksOf(command);
  const known: RebootMemo = before ? { before } : {};
  const reading = over && readingOf(over, run.instance.platform, input.now);
  return request(input, { ...memo, ...known }, reading ? { baseline: reading } : {});
}

function request({ record, now }: StepInput, memo: RebootMemo, more: RebootMemo): StepTurn {
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

/** Asks the guest again and again, until what it says is proof. */
async function proof(input: StepInput, memo: RebootMemo, uncertain: boolean): Promise<StepTurn> {
  const { record, run, limits, now, ports } = input;
  const { spent } = record;
  const { requestedSpent = 0 } = memo;
  let known: RebootMemo = memo;
  if (uncertain) known = { ...known, uncertain: true };
  if (memo.probing) {
    const progress = await followCommand(input, probeOf(input));
    if ("turn" in progress) return progress.turn;
    const after = memo.after ?? clocksOf(progress.over.command);
    const reading = readingOf(progress.over, run.instance.platform, now);
    known = {
      ...known,
      ...(after ? { after } : {}),
      ...(reading
        ? { first: memo.first ?? reading, latest: reading }
        : { silence: progress.over.reason.text }),
      probing: false,
      probeSpent: spent + NEXT_PROBE * 1000,
    };
  }
  const judgement = judgeReboot({
    requested: requestedBetween({
      requestedAt: memo.requestedAt ?? now,
      before: known.before,
      after: known.after,
    }),
    baseline: memo.baseline,
    first: known.first,
    latest: known.latest,
  });
  if (judgement.kind === "rebooted")
    return settle(input, { ...known, stage: "settle", bootedAt: judgement.bootedAt });
  if (judgement.kind === "never") {
    if (uncertain && (memo.asked ?? 1) < MOST_ASKED) return askAgain(input, known);
    const after = formatDuration((spent - requestedSpent) / 1000);
    const text = `${after} after it was asked to reboot it is still in the boot of ${timeText(judgement.bootedAt)}`;
    return {
      turn: "end",
      memo: memoOf({ ...known, neverRebooted: true, did: false }),
      outcome: { status: "failed", reason: { code: "never-rebooted", text } },
    };
  }
  if (uncertain) {
    const { instance: check } = await lookAtStatus(ports.session, run.instance.id);
    known = { ...known, impaired: memo.impaired === true && check === "impaired" };
  }
  const passed = (spent - requestedSpent) / 1000;
  if (
    uncertain &&
    !known.latest &&
    known.impaired &&
    passed >= SILENT_GRACE &&
    (memo.asked ?? 1) < MOST_ASKED &&
    (await isConsoleAsBefore(input, memo))
  )
    return askAgain(input, known);
  if (passed >= limits.timeoutSeconds)
    return {
      turn: "end",
      memo: memoOf({ ...known, did: true }),
      outcome: { status: "unknown", reason: unseen(known, uncertain, passed) },
    };
  const next = known.probeSpent ?? requestedSpent + FIRST_PROBE * 1000;
  if (spent >= next) return withMemo(intendCommand(input), { ...known, probing: true });
  return {
    turn: "wait",
    seconds: Math.min(NEXT_LOOK, Math.max(1, (next - spent) / 1000)),
    memo: memoOf(known),
  };
}

/** It is proved that the first request came to nothing: it is made once more, and proved anew. */
function askAgain(input: StepInput, memo: RebootMemo): StepTurn {
  const { latest, after, before } = memo;
  const turn = request(input, { ...memo, probing: false, uncertain: false }, {
    ...(latest ? { baseline: latest } : {}),
    ...(before || after ? { before: after ?? before } : {}),
  } as RebootMemo);
  const forgotten = { first: undefined, latest: undefined, after: undefined, probeSpent: undefined };
  return { ...turn, memo: { ...turn.memo, ...forgotten } };
}

/** It did reboot; now EC2's checks must see it, which takes them some minutes. */
async function settle(input: StepInput, memo: RebootMemo): Promise<StepTurn> {
  const { record, run, limits, ports } = input;
  const known = memoOf({ ...memo, did: true, rebooted: true });
  const when = timeText(memo.bootedAt ?? 0);
  const status = await lookAtStatus(ports.session, run.instance.id);
  if (isWell(status)) {
    const skew = memo.latest?.skew ?? 0;
    const off =
      Math.abs(skew) < 5
        ? ""
        : `; its clock is ${formatDuration(Math.abs(skew))} ${skew > 0 ? "fast" : "slow"}`;
    const proof = memo.baseline?.bootId === undefined ? "" : ", with another boot id";
    return {
      turn: "end",
      memo: known,
      outcome: { status: "ok", reason: { code: "rebooted", text: `up since ${when}${proof}${off}` } },
    };
  }
  if (record.spent - (memo.requestedSpent ?? 0) >= limits.timeoutSeconds * 1000) {
    const text = `it rebooted at ${when}, but its status checks don't pass: ${statusText(status)}`;
    return {
      turn: "end",
      memo: known,
      outcome: { status: "failed", reason: { code: "status-checks", text } },
    };
  }
  return { turn: "wait", seconds: NEXT_LOOK, memo: known };
}

function unseen({ latest, silence }: RebootMemo, uncertain: boolean, passed: number): RunReason {
  const asked = uncertain
    ? "nobody knows whether EC2 got the request to reboot it"
    : `it was asked to reboot ${formatDuration(passed)} ago`;
  const answer = latest
    ? "what it says of its boot proves neither that it did nor that it didn't"
    : "it answers nothing that could prove it";
  const why = latest || silence === undefined ? "" : ` (${silence})`;
  return { code: "reboot-unseen", text: `${asked}, and ${answer}${why}` };
}

async function isConsoleAsBefore({ run, ports }: StepInput, { console = "" }: RebootMemo): Promise<boolean> {
  const { text } = await readConsole(ports.session, run.instance.id);
  return console !== "" && text !== "" && hashOf(text, 16) === console;
}

function readingOf(
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
function clocksOf(command: CommandMemo | undefined): ClockPair | undefined {
  if (command?.requestedAt === undefined) return undefined;
  const at = command.requestedAt;
  return { at, offset: at - (command.sentAt ?? command.intendedAt) };
}

function probeOf({ run }: StepInput) {
  return { commands: BOOT_COMMANDS[run.instance.platform], ...PROBE };
}

function withMemo(turn: StepTurn, memo: RebootMemo): StepTurn {
  return { ...turn, memo: { ...memoOf(memo), ...turn.memo } };
}

function memoOf(memo: RebootMemo & Effects): Memo {
  return { ...memo };
}

/** A time in UTC, to the second. */
function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
