import type { RunReason } from "../../model/remediation-run.ts";
import type { RunbookCheck } from "../../model/runbook.ts";
import { judgedCommand } from "../command-turn.ts";
import { actCheck, nameOf, runCheck } from "../run-check.ts";
import type { StepInput, StepKind, StepTurn } from "../step-kind.ts";

interface ChecksMemo {
  /** One round is all it gets. */
  readonly once?: boolean;
  /** Which check of the round is asked. */
  readonly index?: number;
  readonly rounds?: number;
}

/** Seconds between rounds: at first, and at most. */
const FIRST_ROUND = 5;
const LONGEST_ROUND = 15;

/**
 * The runbook's checks: all must pass in one round. They are asked again and again until the time to settle is up; what was just
 * started may need a while. One that can't be asked ends them as `unknown`: nobody may do more to a server of which nothing is known.
 */
export const checks: StepKind = {
  async advance(input) {
    const memo = input.record.memo as ChecksMemo;
    const all = checksOf(input);
    const index = memo.index ?? 0;
    const progress = await runCheck(input, all[index] as RunbookCheck);
    if ("turn" in progress) return progress.turn;
    if (progress.unasked) return { turn: "end", outcome: { status: "unknown", reason: progress.reason } };
    if (!progress.passed) return afterFailure(input, memo, progress.reason);
    const next = all[index + 1];
    if (next)
      return { turn: "wait", seconds: 0, memo: { ...judgedCommand(input.record.memo), index: index + 1 } };
    const names = all.map(nameOf).join(", ");
    const text = all.length === 1 ? progress.reason.text : `all checks pass: ${names}`;
    return { turn: "end", outcome: { status: "ok", reason: { code: progress.reason.code, text } } };
  },
  act(input) {
    const { index = 0 } = input.record.memo as ChecksMemo;
    return actCheck(input, checksOf(input)[index] as RunbookCheck);
  },
};

function afterFailure({ record, limits }: StepInput, memo: ChecksMemo, reason: RunReason): StepTurn {
  if (memo.once || record.spent >= limits.timeoutSeconds * 1000)
    return { turn: "end", outcome: { status: "failed", reason } };
  const { rounds = 0 } = memo;
  const seconds = Math.min(LONGEST_ROUND, FIRST_ROUND * 1.5 ** rounds);
  return { turn: "wait", seconds, memo: { ...judgedCommand(record.memo), index: 0, rounds: rounds + 1 } };
}

/** Where a runbook has no checks, the alarm's recovery decides. */
function checksOf({ run }: StepInput): readonly RunbookCheck[] {
  const { checks: own } = run.runbook;
  return own.length > 0 ? own : [{ kind: "alarm" }];
}
