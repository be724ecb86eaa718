// History: points of metrics as they were, read from GetMetricData, CSV and JSON files, for alarms to be replayed on.

/** Points in the order they came, with the line each stood on. Made to be reused: `clear` keeps the room. */
export class PointList {
  /** Epoch seconds. */
  times: Float64Array;
  values: Float64Array;
  length = 0;
  /** Where the distance between a point's index and its line changes: index, line, index, line ... */
  readonly #lines: number[] = [];

  constructor(room = 4096) {
    this.times = new Float64Array(room);
    this.values = new Float64Array(room);
  }

  /** `line` counts from 1. NaN and infinite values are kept: who makes series of them counts them. */
  add(time: number, value: number, line: number): void {
    const at = this.length;
    if (at === this.times.length) this.#grow();
    this.times[at] = time;
    this.values[at] = value;
    this.length = at + 1;
    const lines = this.#lines;
    const last = lines.length;
    if (last === 0 || (lines[last - 1] as number) - (lines[last - 2] as number) !== line - at)
      lines.push(at, line);
  }

  clear(): void {
    this.length = 0;
    this.#lines.length = 0;
  }

  /** The line of the point at an index. */
  lineOf(index: number): number {
    const lines = this.#lines;
    let low = 0;
    let high = lines.length / 2 - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle * 2] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return (lines[low * 2 + 1] ?? 1) + index - (lines[low * 2] ?? 0);
  }

  #grow(): void {
    const room = this.times.length * 2;
    const times = new Float64Array(room);
    times.set(this.times);
    this.times = times;
    const values = new Float64Array(room);
    values.set(this.values);
    this.values = values;
  }
}
