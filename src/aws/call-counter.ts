/** Calls by `service:Operation`. */
type Counts = Readonly<Record<string, number>>;

/** Counts every request that goes out, retries included, over all accounts and regions of a connection. */
export class CallCounter {
  readonly #attempts = new Map<string, number>();
  readonly #throttled = new Map<string, number>();

  /** A request is about to go out. */
  attempted(call: string): void {
    this.#attempts.set(call, (this.#attempts.get(call) ?? 0) + 1);
  }

  /** A request was answered with throttling. */
  throttled(call: string): void {
    this.#throttled.set(call, (this.#throttled.get(call) ?? 0) + 1);
  }

  /** Requests made so far, by `service:Operation`, in alphabetical order. */
  made(): Counts {
    return sorted(this.#attempts);
  }

  /** Requests among them that were throttled. */
  refused(): Counts {
    return sorted(this.#throttled);
  }
}

function sorted(counts: ReadonlyMap<string, number>): Counts {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
