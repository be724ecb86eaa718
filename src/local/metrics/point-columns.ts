/** One put: `count` samples with their sum and extremes, at a time in epoch seconds. */
export interface Point {
  readonly time: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

const COLUMNS = 5;

/** Points of one metric and unit, 40 bytes each, in order of time when read. */
export class PointColumns {
  #data = new Float64Array(8 * COLUMNS);
  #size = 0;
  #sorted = true;

  get size(): number {
    return this.#size;
  }

  add(point: Point): void {
    if (this.#size * COLUMNS === this.#data.length) {
      const grown = new Float64Array(this.#data.length * 2);
      grown.set(this.#data);
      this.#data = grown;
    }
    if (this.#size > 0 && point.time < this.#time(this.#size - 1)) this.#sorted = false;
    this.#data.set([point.time, point.count, point.sum, point.min, point.max], this.#size * COLUMNS);
    this.#size += 1;
  }

  /** Drops points before a time (epoch seconds), giving their memory back. */
  prune(before: number): void {
    this.#sort();
    const first = this.#firstFrom(before);
    if (first === 0) return;
    this.#data = this.#data.slice(first * COLUMNS, Math.max(this.#size, first + 8) * COLUMNS);
    this.#size -= first;
  }

  /** Time of the oldest point, epoch seconds. */
  first(): number | undefined {
    this.#sort();
    return this.#size === 0 ? undefined : this.#time(0);
  }

  /** Visits points in [from, to), oldest first. Stops when the visitor answers true. */
  visit(
    from: number,
    to: number,
    visitor: (time: number, count: number, sum: number, min: number, max: number) => unknown,
  ): void {
    this.#sort();
    const data = this.#data;
    for (let i = this.#firstFrom(from); i < this.#size; i += 1) {
      const at = i * COLUMNS;
      const time = data[at] as number;
      if (time >= to) return;
      const stop = visitor(
        time,
        data[at + 1] as number,
        data[at + 2] as number,
        data[at + 3] as number,
        data[at + 4] as number,
      );
      if (stop === true) return;
    }
  }

  #time(index: number): number {
    return this.#data[index * COLUMNS] as number;
  }

  #firstFrom(time: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#time(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sort(): void {
    if (this.#sorted) return;
    const order = Uint32Array.from({ length: this.#size }, (_, i) => i).sort(
      (a, b) => this.#time(a) - this.#time(b) || a - b,
    );
    const sorted = new Float64Array(this.#data.length);
    order.forEach((from, to) => {
      sorted.set(this.#data.subarray(from * COLUMNS, (from + 1) * COLUMNS), to * COLUMNS);
    });
    this.#data = sorted;
    this.#sorted = true;
  }
}
