/**
 * Names in order, for listings by page. Added ones wait until somebody reads: few are put in their places, many are sorted in.
 * Finding a place is a binary search.
 */
export class SortedNames {
  #names: string[] = [];
  #added: string[] = [];

  get size(): number {
    return this.#names.length + this.#added.length;
  }

  at(index: number): string | undefined {
    return this.#ordered()[index];
  }

  /** Index of the first name that is not before `name`. */
  indexOf(name: string): number {
    return place(this.#ordered(), name);
  }

  /** Adds a name that isn't there yet. */
  add(name: string): void {
    this.#added.push(name);
  }

  delete(name: string): void {
    const names = this.#ordered();
    const index = place(names, name);
    if (names[index] === name) names.splice(index, 1);
  }

  #ordered(): string[] {
    if (this.#added.length === 0) return this.#names;
    if (this.#added.length > 32) this.#names = this.#names.concat(this.#added).sort();
    else for (const name of this.#added) this.#names.splice(place(this.#names, name), 0, name);
    this.#added = [];
    return this.#names;
  }
}

function place(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
