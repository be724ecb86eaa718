import type { CallCounts } from "./plan.ts";

/**
 * Seconds that these calls take in one account and region at the quotas. Operations follow each other; readings (`Describe`, `List`)
 * run beside the writes they belong to, and count only where they would take longer. `rateOf`: calls a second of `service:Operation`.
 */
export function estimateSeconds(calls: CallCounts, rateOf: (call: string) => number): number {
  let writing = 0;
  let reading = 0;
  for (const [call, count] of Object.entries(calls)) {
    const seconds = count / rateOf(call);
    if (/:(?:Describe|List|Get)/.test(call)) reading += seconds;
    else writing += seconds;
  }
  return Math.max(writing, reading);
}
