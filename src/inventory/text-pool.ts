/**
 * Keeps one copy of every text. Fleets repeat themselves: instance types, zones, tag keys and most tag values. And a text cut
 * out of a page of XML keeps the whole page in memory, so that each is copied once.
 */
export class TextPool {
  readonly #known = new Map<string, string>();

  /** The one copy of a text. */
  text(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const own = ownCopy(text);
    this.#known.set(own, own);
    return own;
  }

  /** The same for texts that may be missing; empty ones count as missing. */
  optional(text: string | undefined): string | undefined {
    return text === undefined || text === "" ? undefined : this.text(text);
  }
}

/** A copy that shares no memory with what the text was cut out of. */
export function ownCopy(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
