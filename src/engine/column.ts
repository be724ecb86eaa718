type Numbers = Float64Array | Uint8Array;

/**
 * A growing column of numbers of which only the newest `keep` have to stay: bounded memory for a stream of any length.
 * Positions count from the stream's beginning; `data[position - base]` is where one lies.
 */
export class Column<T extends Numbers> {
  data: T;
  /** Position of the first number in `data`. */
  base = 0;
  /** Position behind the last number. */
  end = 0;
  readonly #make: (length: number) => T;
  readonly #keep: number;

  constructor(make: (length: number) => T, keep: number) {
    this.#make = make;
    this.#keep = keep;
    this.data = make(0);
  }

  /** Makes room for `count` more and answers where they begin in `data`. Older numbers may move; see `base`. */
  grow(count: number): number {
    const used = this.end - this.base;
    if (used + count > this.data.length) {
      const kept = Math.min(used, this.#keep);
      const dropped = used - kept;
      if (kept + count <= this.data.length) this.data.copyWithin(0, dropped, used);
      else {
        // Twice the need, so that single steps don't move everything each time.
        const larger = this.#make(Math.max(2 * (kept + count), 256));
        larger.set(this.data.subarray(dropped, used));
        this.data = larger;
      }
      this.base += dropped;
    }
    const at = this.end - this.base;
    this.end += count;
    return at;
  }

  /** The number at a position; undefined when it was dropped or never came. */
  at(position: number): number | undefined {
    return position < this.base || position >= this.end ? undefined : this.data[position - this.base];
  }
}

/** A column of values; NaN is missing. */
export function valueColumn(keep: number): Column<Float64Array> {
  return new Column((length) => new Float64Array(length), keep);
}

/** A column of flags. */
export function flagColumn(keep: number): Column<Uint8Array> {
  return new Column((length) => new Uint8Array(length), keep);
}

/** Appends values, or `count` missing ones. */
export function append(column: Column<Float64Array>, values: Float64Array | undefined, count: number): void {
  const at = column.grow(count);
  if (values) column.data.set(values, at);
  else column.data.fill(Number.NaN, at, at + count);
}
