/** Longest wait of a process that ends, ms: longer than a writer waits for another process. */
const LONGEST = 6000;

const BUSY = 0;
const ENDING = 1;

/**
 * What the store's thread and the process around it see of each other at once. A process that ends stops its threads wherever they are,
 * and SQLite's binding, stopped in the middle of a call, takes the process down with a crash instead of its exit code.
 */
export class ThreadGate {
  /** To be handed to the other thread. */
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#state = new Int32Array(shared);
  }

  /** In the thread: begins work. False: the process ends, and there is to be none. */
  enter(): boolean {
    Atomics.store(this.#state, BUSY, 1);
    if (Atomics.load(this.#state, ENDING) === 0) return true;
    this.leave();
    return false;
  }

  /** In the thread: the work is done. */
  leave(): void {
    Atomics.store(this.#state, BUSY, 0);
    Atomics.notify(this.#state, BUSY);
  }

  /** In the process that ends: lets no more work begin, and waits for what is under way. */
  end(): void {
    Atomics.store(this.#state, ENDING, 1);
    Atomics.wait(this.#state, BUSY, 1, LONGEST);
  }
}
