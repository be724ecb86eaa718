import type { RangeView } from "./judgement.ts";
import { PointStore } from "./point-store.ts";
import { RangeEvaluator } from "./range-evaluator.ts";
import type { TimelineChunk } from "./timeline-grid.ts";
import type { SourceParts, TimelineSource, Visit } from "./timeline-source.ts";

const DAY = 86_400;

/** The general way: one evaluation after the other. */
export function rangeSource(parts: SourceParts): TimelineSource {
  return new RangeSource(parts);
}

class RangeSource implements TimelineSource {
  readonly #parts: SourceParts;
  readonly #store: PointStore;
  readonly #evaluator: RangeEvaluator;
  #slots = 0;

  constructor(parts: SourceParts) {
    const { grid } = parts;
    this.#parts = parts;
    // Weeks of the wall clock may be an hour longer.
    const keep = (grid.range + 2) * grid.pointsPerWindow + Math.ceil((grid.unread + DAY) / grid.step);
    this.#store = new PointStore(parts, keep);
    this.#evaluator = new RangeEvaluator(parts, this.#store);
  }

  get firstPoint(): number | undefined {
    return this.#store.firstPoint;
  }

  get notFinite(): number {
    return this.#store.notFinite;
  }

  push(chunks: ReadonlyMap<string, TimelineChunk>, visit: Visit): void {
    const { grid } = this.#parts;
    this.#store.forPieces(chunks, () => {
      const slots = Math.floor(this.#store.count / grid.pointsPerSlot);
      for (; this.#slots < slots; this.#slots += 1)
        if ((this.#slots - grid.firstEvaluation) % grid.slotsPerEvaluation === 0)
          visit(this.#evaluator.evaluate(this.#slots), this.#slots);
    });
  }

  rangeAt(): RangeView {
    return this.#evaluator.view();
  }
}
