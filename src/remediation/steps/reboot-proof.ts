import { formatDuration } from "../../model/duration.ts";
import type { RunReason } from "../../model/remediation-run.ts";
import { hashOf } from "../../support/canonical-json.ts";
import { followCommand, intendCommand } from "../command-turn.ts";
import { judgeReboot, requestedBetween } from "../judge-reboot.ts";
import { isWell, lookAtStatus, readConsole, statusText } from "../look-at-instance.ts";
import type { StepInput, StepTurn } from "../step-kind.ts";
import {
  clocksOf,
  memoOf,
  probeOf,
  type RebootMemo,
  readingOf,
  request,
  withMemo,
} from "./reboot-request.ts";

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

/** Asks the guest again and again, until what it says is proof. */
export async function proof(input: StepInput, memo: RebootMemo, uncertain: boolean): Promise<StepTurn> {
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
export async function settle(input: StepInput, memo: RebootMemo): Promise<StepTurn> {
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

/** A time in UTC, to the second. */
function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
