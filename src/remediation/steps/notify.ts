import type { StepAction } from "../../model/runbook.ts";
import { fillDeep } from "../fill-texts.ts";
import type { StepKind } from "../step-kind.ts";

/** A message in the alarm's thread: the run's notes are told there. */
export const notify: StepKind<Extract<StepAction, { readonly do: "notify" }>> = {
  async advance({ action, run }) {
    const text = fillDeep(action.text, run.instance);
    if ("problem" in text) return { turn: "end", outcome: { status: "failed", reason: text.problem } };
    const reason = { code: "noted", text: text.filled };
    return { turn: "end", outcome: { status: "ok", reason }, note: text.filled };
  },
};
