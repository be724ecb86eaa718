import type { GuardVerdict } from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import type { Guard, GuardQuestion } from "./guard.ts";
import { GUARDS } from "./guards/registry.ts";

/** What couldn't be read may be readable after this long, ms. */
const READ_AGAIN = 60_000;

/**
 * What every guard says, in the registry's order. A guard whose facts couldn't be read refuses and says why: nobody is rebooted on
 * a guess. The first refusal is the decision; the others are for people.
 */
export function judgeAll(question: GuardQuestion, runbook: Runbook): readonly GuardVerdict[] {
  return Object.values(GUARDS).map((guard: Guard) => {
    const unread = question.instance.unread[guard.name];
    if (unread === undefined) return guard.judge(question, runbook);
    const reason = { code: "unread", text: unread };
    return { guard: guard.name, verdict: "refuse", reason, again: question.now + READ_AGAIN };
  });
}

/** The first refusal, or undefined where all guards let it pass. */
export function firstRefusal(verdicts: readonly GuardVerdict[]): GuardVerdict | undefined {
  return verdicts.find(({ verdict }) => verdict === "refuse");
}
