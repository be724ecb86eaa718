import { readOutput } from "../../commands/one-command.ts";
import type { Evidence, RunReason } from "../../model/remediation-run.ts";
import { actCommand, type CommandPlan, commandIn, followCommand } from "../command-turn.ts";
import { cutEvidence, evidenceLines, evidenceScript, splitEvidence } from "../evidence-script.ts";
import { lookAtPing, readConsole } from "../look-at-instance.ts";
import type { StepInput, StepKind, StepTurn } from "../step-kind.ts";

/**
 * What the instance looks like before anything is done to it. It never holds a repair up for longer than the runbook lets it, and
 * what can't be had is no reason not to repair.
 */
export const evidence: StepKind = {
  async advance(input) {
    const { record, run, ports, limits } = input;
    const lines = evidenceLines(run);
    if (lines.length === 0) return ended([], "the runbook asks for none");
    if (!commandIn(record.memo)) {
      const ping = await lookAtPing(ports.session, run.instance.id);
      if (!ping?.online) return silent(input, ping ? "Systems Manager has lost it" : "Systems Manager doesn't know it"); // biome-ignore format: one sentence
    }
    if (record.spent >= limits.timeoutSeconds * 1000 && record.phase !== "begun")
      return silent(input, `it didn't answer within ${limits.timeoutSeconds} s`);
    const progress = await followCommand(input, planOf(input));
    if ("turn" in progress) return progress.turn.turn === "wait" ? inTime(progress.turn, input) : progress.turn; // biome-ignore format: one sentence
    const { verdict, reason, command } = progress.over;
    if (verdict.kind !== "success" && verdict.kind !== "failed") return silent(input, reason.text);
    const output = await readOutput(ports.session, command.commandId ?? "", run.instance.id);
    const kept = splitEvidence(lines, output, input.now);
    return kept.length > 0 ? ended(kept, "") : silent(input, "its answer holds nothing");
  },
  act(input) {
    return actCommand(input, planOf(input));
  },
};

function planOf({ run, limits }: StepInput): CommandPlan {
  const { platform } = run.instance;
  return {
    commands: evidenceScript(platform, evidenceLines(run), limits.timeoutSeconds),
    delivery: limits.timeoutSeconds,
    execution: limits.timeoutSeconds,
    harmless: true,
  };
}

/** No wait goes beyond the time that evidence may take. */
function inTime(turn: Extract<StepTurn, { readonly turn: "wait" }>, { record, limits }: StepInput): StepTurn {
  const left = limits.timeoutSeconds - record.spent / 1000;
  return { ...turn, seconds: Math.min(turn.seconds, Math.max(1, left)) };
}

/** A guest that answers nothing still has a console. */
async function silent(input: StepInput, why: string): Promise<StepTurn> {
  const { run, ports, now } = input;
  const { text, unread } = await readConsole(ports.session, run.instance.id);
  const kept = text.trim() === "" ? [] : [{ title: "console output", at: now, text: cutEvidence(text) }];
  const and = kept.length > 0 ? "" : `; ${unread ?? "its console holds nothing"}`;
  return ended(kept, `${why}${and}`);
}

function ended(kept: readonly Evidence[], why: string): StepTurn {
  const titles = kept.map(({ title }) => title).join(", ");
  const text = [titles === "" ? "nothing kept" : `kept ${titles}`, why].filter(Boolean).join("; ");
  const reason: RunReason = { code: kept.length > 0 ? "kept" : "nothing", text };
  return { turn: "end", outcome: { status: kept.length > 0 ? "ok" : "skipped", reason }, evidence: kept };
}
