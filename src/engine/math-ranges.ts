import { MathEvaluation } from "./math-evaluation.ts";
import type { MathNode } from "./math-parser.ts";
import type { MathProgram } from "./math-program.ts";
import type { MathFrame, MathValue, Series } from "./math-values.ts";

/** Which ranges of a frame of slots are evaluated: each consists of every `lanes`-th slot back from its end. */
export interface RangeLayout {
  /** The newest slot of each range. */
  readonly ends: ArrayLike<number>;
  /** Periods of each. */
  readonly range: number;
  readonly lanes: number;
  /** How many of the newest periods of each can't be read yet. */
  readonly hidden: number;
}

/** What is the same in every range: the values of a program by slot, each computed once however often it is asked for. */
export class SlotValues {
  readonly program: MathProgram;
  readonly frame: MathFrame;
  /** Starts of the slots' windows, epoch seconds. */
  readonly times: Series;
  readonly read: MathEvaluation;
  /** Of slots whose points can't be read yet: fillers and dates have values nevertheless. */
  readonly unread: MathEvaluation;

  constructor(program: MathProgram, frame: MathFrame) {
    this.program = program;
    this.frame = frame;
    this.times = new Float64Array(frame.length);
    for (let i = 0; i < frame.length; i += 1) this.times[i] = frame.timeAt(i);
    this.read = new KeptEvaluation(program, frame);
    this.unread = new KeptEvaluation(program, { ...frame, inputs: new Map() });
  }
}

class KeptEvaluation extends MathEvaluation {
  readonly #values = new Map<MathNode, MathValue>();

  override node(node: MathNode): MathValue {
    const known = this.#values.get(node);
    if (known !== undefined) return known;
    const value = super.node(node);
    this.#values.set(node, value);
    return value;
  }
}

/**
 * Evaluates a program over many ranges at once, which lie side by side in the results. Only what depends on its range is
 * computed for every range; evaluating each for itself gives the same to the last bit, at many times the cost.
 * What is asked for has to be `sideBySide`.
 */
export class RangesEvaluation extends KeptEvaluation {
  readonly #ranges: SideBySide;

  constructor(slots: SlotValues, layout: RangeLayout) {
    const ranges = new SideBySide(slots, layout);
    super(slots.program, {
      ...slots.frame,
      length: ranges.length,
      rangeLength: layout.range,
      timeAt: ranges.timeAt,
      inputs: { get: (id) => ranges.lay((values) => values.id(id)) as Series },
    });
    this.#ranges = ranges;
  }

  override id(id: string): MathValue {
    if (this.program.expressions.get(id)?.rangeDependent) return super.id(id);
    return this.#ranges.lay((values) => values.id(id));
  }

  override node(node: MathNode): MathValue {
    if (this.program.nodes.get(node)?.rangeDependent) return super.node(node);
    return this.#ranges.lay((values) => values.node(node));
  }
}

/** Lays what is known by slot out as ranges. */
class SideBySide {
  readonly layout: RangeLayout;
  readonly length: number;
  readonly #slots: SlotValues;
  readonly #laid = new Map<Series, Series>();
  #times: Series | undefined;

  constructor(slots: SlotValues, layout: RangeLayout) {
    this.layout = layout;
    this.length = layout.ends.length * layout.range;
    this.#slots = slots;
  }

  readonly timeAt = (i: number): number => {
    this.#times ??= this.#copy(this.#slots.times, this.#slots.times);
    return this.#times[i] as number;
  };

  /** A value in the periods of all ranges. */
  lay(evaluate: (values: MathEvaluation) => MathValue): MathValue {
    const read = evaluate(this.#slots.read);
    const unread = this.layout.hidden > 0 ? evaluate(this.#slots.unread) : read;
    if (read instanceof Float64Array) return this.#series(read, unread as Series);
    if (!Array.isArray(read)) return read;
    return read.map((each, i) =>
      each instanceof Float64Array ? this.#series(each, (unread as readonly Series[])[i] as Series) : each,
    );
  }

  #series(read: Series, unread: Series): Series {
    const known = this.#laid.get(read);
    if (known) return known;
    const laid = this.#copy(read, unread);
    this.#laid.set(read, laid);
    return laid;
  }

  #copy(read: Series, unread: Series): Series {
    const { ends, range, lanes, hidden } = this.layout;
    const result = new Float64Array(this.length);
    const readable = Math.max(0, range - hidden);
    let at = 0;
    for (let k = 0; k < ends.length; k += 1) {
      let slot = (ends[k] as number) - (range - 1) * lanes;
      for (let i = 0; i < range; i += 1) {
        result[at] = (i < readable ? read : unread)[slot] as number;
        at += 1;
        slot += lanes;
      }
    }
    return result;
  }
}
