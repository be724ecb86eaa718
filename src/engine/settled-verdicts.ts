import { POINT } from "./judgement.ts";
import { certainVerdict, type JudgingRule } from "./missing-data.ts";
import type { Roots } from "./point-roots.ts";

/** In place of a verdict: it depends on points at the edge of its range. */
export const UNCERTAIN = 255;

/**
 * Judges the ranges that end with each period of a long one, in constant time each, by those newest points of theirs that are
 * the same in the long range. Writes the verdicts, `UNCERTAIN` where these points don't decide.
 * `flags`, `roots`: of the long range's points, which lie at [from, to). `range`: periods of the ranges that are judged.
 */
export function judgeSettled(
  flags: Uint8Array,
  roots: Roots,
  { from, to, range }: { readonly from: number; readonly to: number; readonly range: number },
  rule: JudgingRule,
  write: (verdict: number, at: number) => void,
): void {
  // The newest points that are known, N existing ones at most: from `first` on.
  let first = from;
  let real = 0;
  let breaching = 0;
  const count = (flag: number, by: number): void => {
    if (flag === 0) return;
    real += by;
    if (flag & POINT.BREACHING) breaching += by;
  };
  for (let at = from; at < to; at += 1) {
    const begin = Math.max(from, at - range + 1);
    if ((roots[at] as number) < begin) {
      // Roots don't go back, so that nothing before it is known either; or it has none, and hides what is before it.
      first = at + 1;
      real = 0;
      breaching = 0;
    } else {
      count(flags[at] as number, 1);
      for (; (roots[first] as number) < begin || real > rule.evaluationPeriods; first += 1)
        count(flags[first] as number, -1);
    }
    write(certainVerdict(rule, real, breaching) ?? UNCERTAIN, at);
  }
}
