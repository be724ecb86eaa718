import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import type Database from "libsql";
import { messageOf, WatchkeeperError } from "../support/errors.ts";
import { storeError } from "./sqlite-errors.ts";
import { prepareSchema } from "./sqlite-schema.ts";
import { type SqlValue, Statements } from "./sqlite-statements.ts";
import { type Batch, type Refused, runBatch } from "./sqlite-writes.ts";

/** How long a writer waits for another process, ms. */
const BUSY_TIMEOUT = 5000;

/** Settings of a store in a file. */
export interface SqliteOptions {
  /** What the file may grow to, in pages of 4 KiB; beyond, commits fail as on a full disk. */
  readonly maxPages?: number;
}

type Answer<T> = T | Promise<T>;

/** What a store asks of SQLite, in plain values: this thread answers at once, another one later. Fails with `storeError`s. */
export interface Sqlite {
  /** Does all of the batches, durably, or nothing, and answers among which writes a condition didn't hold. */
  commit(batches: Iterable<Batch>): Answer<Refused | undefined>;
  /** The rows of a query, each a list of its columns. */
  rows<Row extends readonly SqlValue[]>(sql: string, values: readonly SqlValue[]): Answer<readonly Row[]>;
  /** Runs one statement by itself; answers how many rows it changed. */
  run(sql: string, values: readonly SqlValue[]): Answer<number>;
  close(): Answer<void>;
}

/**
 * Opens a store's file, which is made when it isn't there (readable for its owner only). Fails with the codes of `storeError` and
 * `prepareSchema`, and with `store-unavailable` where the machine has no SQLite of ours.
 */
export async function connect(path: string, { maxPages }: SqliteOptions = {}): Promise<SqliteConnection> {
  let DatabaseClass: typeof Database;
  try {
    DatabaseClass = (await import("libsql")).default;
  } catch (error) {
    throw new WatchkeeperError(
      "store-unavailable",
      `SQLite can't be loaded on ${process.platform}-${process.arch}: ${messageOf(error)}`,
      {
        remedy: "install watchkeeper again with optional dependencies, on this kind of machine",
        cause: error,
      },
    );
  }
  touch(path);
  try {
    const db = new DatabaseClass(path, { timeout: BUSY_TIMEOUT });
    try {
      prepareSchema(db, path);
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4000");
      if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
      return new SqliteConnection(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw storeError(error, path);
  }
}

/**
 * Makes the file where there is none, for its owner's eyes only, and says better than SQLite does why it can't be used. One that is
 * there isn't opened: closing it would end all locks that this process has on it (POSIX), and others would take an open store for left.
 */
function touch(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile())
      accessSync(path, constants.R_OK | constants.W_OK);
    else closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new WatchkeeperError("store-unavailable", `the store can't be opened: ${messageOf(error)}`, {
      remedy: "name a file in a folder that exists and that this user may write",
      cause: error,
    });
  }
}

/** SQLite in this thread. A commit holds the thread until the disk has it, and as long as another process writes. */
export class SqliteConnection implements Sqlite {
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #statements: Statements;
  /** The one under way: how many writes were done, or why no more are. */
  #commit: { readonly done: number | Refused } | { readonly error: unknown } | undefined;

  constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.#statements = new Statements(db);
  }

  commit(batches: Iterable<Batch>): Refused | undefined {
    try {
      for (const batch of batches) this.add(batch);
    } catch (error) {
      this.abandon();
      throw error;
    }
    return this.finish();
  }

  /** Does one batch of a commit, which begins with its first. How it went is told by `finish`. */
  add(batch: Batch): void {
    try {
      if (!this.#commit) {
        this.#commit = { done: 0 };
        this.#statements.run("BEGIN IMMEDIATE");
      }
      if ("error" in this.#commit || typeof this.#commit.done !== "number") return;
      this.#commit = { done: runBatch(this.#statements, batch, this.#commit.done) };
    } catch (error) {
      this.#commit = { error };
    }
  }

  /** Ends a commit and makes it durable; or takes it back, and answers among which writes a condition didn't hold or throws what went wrong. */
  finish(): Refused | undefined {
    const commit = this.#commit ?? { done: 0 };
    try {
      if ("error" in commit) throw commit.error;
      if (typeof commit.done !== "number") return commit.done;
      this.#statements.run("COMMIT");
      return undefined;
    } catch (failure) {
      throw storeError(failure, this.#path);
    } finally {
      this.abandon();
    }
  }

  /** Takes back what a commit did so far. */
  abandon(): void {
    this.#commit = undefined;
    // A full disk has ended the transaction already. A closed database can't be asked: that ends the process.
    if (this.#db.open && this.#db.inTransaction) this.#db.exec("ROLLBACK");
  }

  rows<Row extends readonly SqlValue[]>(sql: string, values: readonly SqlValue[]): readonly Row[] {
    return this.#do(() => this.#statements.rows<Row>(sql, values));
  }

  run(sql: string, values: readonly SqlValue[]): number {
    return this.#do(() => this.#statements.run(sql, values));
  }

  close(): void {
    this.#statements.forget();
    this.#db.close();
  }

  #do<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}
