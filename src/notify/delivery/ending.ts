import type { SendEnd } from "../channel.ts";

/** When one send is to end. An `AbortSignal` is made only for those who ask for one. */
export class Ending implements SendEnd {
  #aborted = false;
  readonly #listeners = new Set<() => void>();
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Calls it once, when it is aborted. */
  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort();
    for (const listener of this.#listeners) listener();
  }
}
