import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf, WatchkeeperError } from "../support/errors.ts";
import type { Sqlite, SqliteOptions } from "./sqlite-connection.ts";
import type { SqlValue } from "./sqlite-statements.ts";
import { SqliteStore } from "./sqlite-store.ts";
import type { Batch, Refused } from "./sqlite-writes.ts";
import type { Store } from "./store.ts";
import { ThreadGate } from "./thread-gate.ts";
import { type Answer, errorOf, type Order, type Question, type Start } from "./thread-messages.ts";

/** What is new in the thread's heap gets so much memory, MB: nothing lives longer there than a request. */
const YOUNG = 2;

/** The thread that a store is to work in. */
export interface StoreThread {
  /** The built program: `dist/store-thread.js`. */
  readonly program: URL;
  /** Told when the thread has ended by itself: from then on everything fails with this `store-failed`. */
  readonly onLost?: (error: WatchkeeperError) => void;
}

/**
 * Opens a store as `openSqliteStore` does, but SQLite works in a thread of its own: while it waits for the disk or for another
 * process, this thread goes on. What is asked is done in its order, but for a commit of which a condition doesn't hold: that may be tried
 * again at the end. The process isn't kept running by it but as long as it is asked something. Fails with `store-unavailable`, too, where the program of the thread is missing.
 */
export async function openThreadedStore(
  path: string,
  { program, onLost }: StoreThread,
  options: SqliteOptions = {},
): Promise<Store> {
  if (!existsSync(program))
    throw new WatchkeeperError("store-unavailable", `${fileURLToPath(program)} is missing`, {
      remedy: "install watchkeeper again: a part of it was lost",
    });
  const sqlite = new SqliteThread(program, { path, options });
  await sqlite.opened;
  if (onLost) void sqlite.lost.then(onLost);
  return new SqliteStore(sqlite);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WatchkeeperError) => void;
}

/** SQLite in another thread. */
class SqliteThread implements Sqlite {
  readonly opened: Promise<unknown>;
  /** Resolves when the thread has ended by itself. */
  readonly lost: Promise<WatchkeeperError>;
  readonly #path: string;
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  /** Answers come in the order of questions. */
  readonly #waiting: Waiting[] = [];
  /** Why it can't be asked any more. */
  #end: WatchkeeperError | undefined;
  #closing: Promise<void> | undefined;

  constructor(program: URL, start: Omit<Start, "gate">) {
    this.#path = start.path;
    const gate = new ThreadGate();
    const worker = new Worker(program, {
      workerData: { ...start, gate: gate.shared } satisfies Start,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
    });
    const processEnds = (): void => gate.end();
    process.once("exit", processEnds);
    worker.once("exit", () => process.removeListener("exit", processEnds));
    this.#worker = worker;
    worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#exited = new Promise((resolve) => worker.once("exit", resolve));
    this.lost = new Promise((resolve) => {
      const ended = (reason: string): void => {
        const error = this.#failure(`its thread has ended: ${reason}`);
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        if (this.#end) return;
        this.#end = error;
        resolve(error);
      };
      worker.once("error", (error) => ended(messageOf(error)));
      worker.once("exit", (code) => ended(`exit code ${code}`));
    });
    this.opened = this.#answer();
  }

  commit(batches: Iterable<Batch>): Promise<Refused | undefined> {
    try {
      for (const add of batches) this.#tell({ add });
    } catch (error) {
      this.#tell({ abandon: true });
      throw error;
    }
    return this.#ask<Refused | undefined>({ ask: "finish" });
  }

  rows<Row extends readonly SqlValue[]>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#ask<readonly Row[]>({ ask: "rows", sql, values });
  }

  run(sql: string, values: readonly SqlValue[]): Promise<number> {
    return this.#ask<number>({ ask: "run", sql, values });
  }

  /** Ends the thread, when everything that was asked before is done. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A thread that was lost needs no closing.
    if (this.#end) return;
    const closed = this.#ask({ ask: "close" });
    this.#end = this.#failure("it is closed");
    await closed;
    await this.#exited;
  }

  #ask<T>(question: Question): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    this.#worker.postMessage(question);
    return this.#answer() as Promise<T>;
  }

  #tell(order: Order): void {
    if (!this.#end) this.#worker.postMessage(order);
  }

  #answer(): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.shift();
    // Until it has exited when it is closed.
    if (this.#waiting.length === 0 && !this.#end) this.#worker.unref();
    if ("error" in answer) waiting?.reject(errorOf(answer.error));
    else waiting?.resolve(answer.value);
  }

  #failure(reason: string): WatchkeeperError {
    return new WatchkeeperError("store-failed", `the store ${this.#path} failed: ${reason}`, {
      remedy: "start watchkeeper again; what wasn't acknowledged comes again",
    });
  }
}
