import { hashOf } from "../../support/canonical-json.ts";
import { ask } from "../ask.ts";
import { actCommand, commandIn, followCommand, intendCommand, isCommandEffect } from "../command-turn.ts";
import { lookAtPing, lookAtStatus, readConsole } from "../look-at-instance.ts";
import type { StepInput, StepKind, StepTurn } from "../step-kind.ts";
import { proof, settle } from "./reboot-proof.ts";
import { clocksOf, probeOf, type RebootMemo, readingOf, request, withMemo } from "./reboot-request.ts";

/** Seconds that a guest has to answer: one that Systems Manager hears, and one that it doesn't. */
const PATIENCE = { online: 30, silent: 10 } as const;

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
