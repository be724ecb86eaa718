import { POINT } from "./judgement.ts";
import { type JudgingRule, judge, VERDICT, type Verdict } from "./missing-data.ts";

/** Judges one range by the flags of its points, which lie at [from, to), oldest first. */
export function judgeFlags(flags: Uint8Array, from: number, to: number, rule: JudgingRule): Verdict {
  let real = 0;
  let breaching = 0;
  let low = 0;
  let oldestAge = 0;
  for (let at = to - 1; at >= from && real < rule.evaluationPeriods; at -= 1) {
    const flag = flags[at] as number;
    if (flag === 0) continue;
    real += 1;
    oldestAge = to - at;
    if (flag & POINT.BREACHING) breaching += 1;
    if (flag & POINT.LOW_SAMPLES) low += 1;
  }
  return low > 0 ? VERDICT.KEEP : judge(rule, real, breaching, oldestAge);
}
