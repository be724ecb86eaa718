/** Names in order, for listings by page: finding a place is a binary search, adding in order costs nothing. */
export class SortedNames {
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  at(index: number): string | undefined {
    return this.#names[index];
  }

  /** Index of the first name that is not before `name`. */
  indexOf(name: string): number {
    let low = 0;
    let high = this.#names.length;
    const last = this.#names[high - 1];
    if (last === undefined || last < name) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#names[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(name: string): void {
    const index = this.indexOf(name);
    if (this.#names[index] === name) return;
    if (index === this.#names.length) this.#names.push(name);
    else this.#names.splice(index, 0, name);
  }

  delete(name: string): void {
    const index = this.indexOf(name);
    if (this.#names[index] === name) this.#names.splice(index, 1);
  }
}
