import type { StepAction } from "../../model/runbook.ts";
import { actCheck, runCheck } from "../run-check.ts";
import type { StepKind } from "../step-kind.ts";

/** Asks one check once; the step's attempts ask it again. */
export const check: StepKind<Extract<StepAction, { readonly do: "check" }>> = {
  async advance(input) {
    const progress = await runCheck(input, input.action.check);
    if ("turn" in progress) return progress.turn;
    const { passed, reason } = progress;
    return { turn: "end", outcome: { status: passed ? "ok" : "failed", reason }, memo: { did: false } };
  },
  act(input) {
    return actCheck(input, (input.action as Extract<StepAction, { readonly do: "check" }>).check);
  },
};
