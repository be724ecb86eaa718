import type { FailureLimit, WaveSize } from "../model/rollout.ts";
import type { Reason } from "../plan/plan.ts";

/** One instance, then a tenth, then the rest. */
export const USUAL_WAVES: readonly WaveSize[] = [1, "10%", "rest"];

/** Splits instances into waves, in their order. Shares are rounded up; after the last wave that is given comes the rest. */
export function wavesOf<Item>(
  items: readonly Item[],
  sizes: readonly WaveSize[] = USUAL_WAVES,
): readonly (readonly Item[])[] {
  const waves: (readonly Item[])[] = [];
  let from = 0;
  for (const size of [...sizes, "rest" as const]) {
    if (from >= items.length) break;
    const wave = items.slice(from, from + countOf(size, items.length));
    if (wave.length > 0) waves.push(wave);
    from += wave.length;
  }
  return waves;
}

function countOf(size: WaveSize, total: number): number {
  if (size === "rest") return total;
  return typeof size === "number" ? size : Math.ceil((total * Number.parseFloat(size)) / 100);
}

/** Why to stop after so many failures among those tried; undefined while they are borne. */
export function tooManyFailures(failed: number, tried: number, limit: FailureLimit): Reason | undefined {
  const borne = typeof limit === "number" ? limit : Math.floor((tried * Number.parseFloat(limit)) / 100);
  if (failed <= borne) return undefined;
  return { code: "too-many-failures", text: `${failed} of ${tried} failed, and the limit is ${limit}` };
}
