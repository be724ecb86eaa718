import type { GuardVerdict } from "../../model/remediation-run.ts";

/** What a guard answers by: `pass` and `refuse` with its name in them. */
export interface Verdicts {
  pass(code: string, text: string): GuardVerdict;
  /** `again`: when it is worth asking again, ms; left out where time alone won't help. */
  refuse(code: string, text: string, again?: number): GuardVerdict;
}

/** The verdicts of one guard. */
export function verdictsOf(guard: string): Verdicts {
  return {
    pass: (code, text) => ({ guard, verdict: "pass", reason: { code, text } }),
    refuse: (code, text, again) => ({
      guard,
      verdict: "refuse",
      reason: { code, text },
      ...(again === undefined ? {} : { again }),
    }),
  };
}
