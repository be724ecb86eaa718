import { closeSync, openSync } from "node:fs";
import type Database from "libsql";
import { messageOf, WatchkeeperError } from "../support/errors.ts";
import { storeError } from "./sqlite-errors.ts";
import { prepareSchema } from "./sqlite-schema.ts";
import { type SqlValue, Statements } from "./sqlite-statements.ts";
import { applyWrite } from "./sqlite-writes.ts";
import type {
  Backlog,
  Collection,
  Collections,
  Conflict,
  Page,
  PendingMessage,
  SetAsideMessage,
  Store,
  Stored,
  Write,
} from "./store.ts";

/** How long a writer waits for another process, ms. */
const BUSY_TIMEOUT = 5000;
const MAX_WRITES = 5000;

/** Settings of a store in a file. */
export interface SqliteOptions {
  /** What the file may grow to, in pages of 4 KiB; beyond, commits fail as on a full disk. */
  readonly maxPages?: number;
}

/**
 * Opens a store in a file, which is made when it isn't there (readable for its owner only). Several processes may have it
 * open at the same time, on one host. Fails with the codes of `storeError` and `prepareSchema`, and with `store-unavailable`
 * where the machine has no SQLite of ours.
 *
 * Commits are durable when they resolve: write-ahead log and `synchronous=FULL`, so the log is flushed to the disk in each.
 * Neither kill -9 nor a crash of the system or a loss of power loses a commit, as far as the disk keeps what it says it
 * has flushed. Network file systems don't give what the write-ahead log needs.
 */
export async function openSqliteStore(path: string, { maxPages }: SqliteOptions = {}): Promise<Store> {
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
      return new SqliteStore(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw storeError(error, path);
  }
}

/** Makes the file, for its owner's eyes only, and says better than SQLite does why that isn't possible. */
function touch(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw new WatchkeeperError("store-unavailable", `the store can't be opened: ${messageOf(error)}`, {
      remedy: "name a file in a folder that exists and that this user may write",
      cause: error,
    });
  }
}

class SqliteStore implements Store {
  readonly maxWrites = MAX_WRITES;
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #statements: Statements;

  constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.#statements = new Statements(db);
  }

  async get<C extends Collection>(collection: C, key: string): Promise<Stored<C> | undefined> {
    const [found] = await this.getMany(collection, [key]);
    return found;
  }

  async getMany<C extends Collection>(collection: C, keys: readonly string[]): Promise<readonly Stored<C>[]> {
    return this.#rows<RecordRow>(
      "SELECT key, value, version FROM records WHERE collection = ? AND key IN (SELECT value FROM json_each(?))",
      collection,
      JSON.stringify(keys),
    ).map((row) => storedOf<C>(row));
  }

  async list<C extends Collection>(
    collection: C,
    { prefix = "", after, limit }: Page,
  ): Promise<readonly Stored<C>[]> {
    return this.#rows<RecordRow>(
      `SELECT key, value, version FROM records
       WHERE collection = ? AND key >= ? AND substr(key, 1, ?) = ? AND (? IS NULL OR key > ?) ORDER BY key LIMIT ?`,
      collection,
      prefix,
      [...prefix].length,
      prefix,
      after ?? null,
      after ?? null,
      limit,
    ).map((row) => storedOf<C>(row));
  }

  async due<C extends Collection>(
    collection: C,
    until: number,
    limit: number,
  ): Promise<readonly Stored<C>[]> {
    return this.#rows<RecordRow>(
      "SELECT key, value, version FROM records WHERE collection = ? AND due <= ? ORDER BY due, key LIMIT ?",
      collection,
      until,
      limit,
    ).map((row) => storedOf<C>(row));
  }

  async commit(writes: readonly Write[]): Promise<Conflict | undefined> {
    if (writes.length === 0) return undefined;
    try {
      this.#statements.run("BEGIN IMMEDIATE");
      for (const write of writes) {
        if (applyWrite(this.#statements, write)) continue;
        this.#statements.run("ROLLBACK");
        const { collection, key } = write as Extract<Write, { readonly key: string }>;
        return { collection, key };
      }
      this.#statements.run("COMMIT");
      return undefined;
    } catch (error) {
      // A full disk has ended the transaction already.
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw storeError(error, this.#path);
    }
  }

  async forget(now: number): Promise<number> {
    try {
      return this.#statements.run("DELETE FROM records WHERE expires < ?", now);
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }

  async pending(channel: string, after: number, limit: number): Promise<readonly PendingMessage[]> {
    return this.#rows<[string, number, number, number, number, string]>(
      `SELECT id, position, created_at, attempts, not_before, payload FROM outbox
       WHERE channel = ? AND position > ? AND set_aside_at IS NULL ORDER BY position LIMIT ?`,
      channel,
      after,
      limit,
    ).map(([id, position, createdAt, attempts, notBefore, payload]) => ({
      id,
      channel,
      position,
      createdAt,
      attempts,
      notBefore,
      payload,
    }));
  }

  async setAside(limit: number, channel?: string): Promise<readonly SetAsideMessage[]> {
    return this.#rows<[string, string, number, number, number, string, string]>(
      `SELECT id, channel, created_at, attempts, set_aside_at, reason, payload FROM outbox
       WHERE set_aside_at IS NOT NULL AND (? IS NULL OR channel = ?) ORDER BY set_aside_at, position LIMIT ?`,
      channel ?? null,
      channel ?? null,
      limit,
    ).map(([id, name, createdAt, attempts, at, reason, payload]) => ({
      id,
      channel: name,
      createdAt,
      attempts,
      at,
      reason,
      payload,
    }));
  }

  async backlog(): Promise<readonly Backlog[]> {
    return this.#rows<[string, number, number | null, number]>(
      `SELECT channel, count(*) - count(set_aside_at), min(CASE WHEN set_aside_at IS NULL THEN created_at END),
       count(set_aside_at) FROM outbox GROUP BY channel ORDER BY channel`,
    ).map(([channel, pending, oldest, setAside]) => ({
      channel,
      pending,
      ...(oldest === null ? {} : { oldest }),
      setAside,
    }));
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #rows<Row>(sql: string, ...values: readonly SqlValue[]): Row[] {
    try {
      return this.#statements.rows<Row>(sql, ...values);
    } catch (error) {
      throw storeError(error, this.#path);
    }
  }
}

type RecordRow = readonly [key: string, value: string, version: number];

function storedOf<C extends Collection>([key, value, version]: RecordRow): Stored<C> {
  return { key, value: JSON.parse(value) as Collections[C], version };
}
