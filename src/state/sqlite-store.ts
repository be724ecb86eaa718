import { connect, type Sqlite, type SqliteOptions } from "./sqlite-connection.ts";
import type { SqlValue } from "./sqlite-statements.ts";
import { batchesOf } from "./sqlite-writes.ts";
import type {
  Backlog,
  Collection,
  Collections,
  Conflict,
  Page,
  PendingHead,
  PendingMessage,
  SetAsideMessage,
  Store,
  Stored,
  Write,
} from "./store.ts";

const MAX_WRITES = 5000;

type HeadRow = [id: string, position: number, createdAt: number, attempts: number, notBefore: number];
const HEAD = "id, position, created_at, attempts, not_before";
const PENDING = "channel = ? AND position > ? AND set_aside_at IS NULL ORDER BY position LIMIT ?";

/**
 * Opens a store in a file, which is made when it isn't there (readable for its owner only). Several processes may have it
 * open at the same time, on one host. Fails as `connect` does.
 *
 * Commits are durable when they resolve: write-ahead log and `synchronous=FULL`, so the log is flushed to the disk in each.
 * Neither kill -9 nor a crash of the system or a loss of power loses a commit, as far as the disk keeps what it says it
 * has flushed. Network file systems don't give what the write-ahead log needs.
 *
 * SQLite works in this thread, which does nothing else meanwhile: quick to open, for commands that do one thing.
 */
export async function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  return new SqliteStore(await connect(path, options));
}

/** A store in SQLite, wherever that works. */
export class SqliteStore implements Store {
  readonly maxWrites = MAX_WRITES;
  readonly #sqlite: Sqlite;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  async get<C extends Collection>(collection: C, key: string): Promise<Stored<C> | undefined> {
    const [found] = await this.getMany(collection, [key]);
    return found;
  }

  async getMany<C extends Collection>(collection: C, keys: readonly string[]): Promise<readonly Stored<C>[]> {
    return this.#records(collection, "key IN (SELECT value FROM json_each(?))", JSON.stringify(keys));
  }

  async list<C extends Collection>(
    collection: C,
    { prefix = "", after, limit }: Page,
  ): Promise<readonly Stored<C>[]> {
    return this.#records(
      collection,
      "key >= ? AND substr(key, 1, ?) = ? AND (? IS NULL OR key > ?) ORDER BY key LIMIT ?",
      prefix,
      [...prefix].length,
      prefix,
      after ?? null,
      after ?? null,
      limit,
    );
  }

  async due<C extends Collection>(
    collection: C,
    until: number,
    limit: number,
  ): Promise<readonly Stored<C>[]> {
    return this.#records(collection, "due <= ? ORDER BY due, key LIMIT ?", until, limit);
  }

  async commit(writes: readonly Write[]): Promise<Conflict | undefined> {
    if (writes.length === 0) return undefined;
    let refused = await this.#sqlite.commit(batchesOf(writes));
    // One of several: which one is found out by trying again, a write at a time; behind what was asked meanwhile, which may have changed it.
    if (refused && refused.count > 1) refused = await this.#sqlite.commit(batchesOf(writes, 1));
    if (!refused) return undefined;
    const { collection, key } = writes[refused.first] as Extract<Write, { readonly key: string }>;
    return { collection, key };
  }

  async forget(now: number): Promise<number> {
    return this.#sqlite.run("DELETE FROM records WHERE expires < ?", [now]);
  }

  async pending(channel: string, after: number, limit: number): Promise<readonly PendingMessage[]> {
    const rows = await this.#sqlite.rows<[...HeadRow, string]>(
      `SELECT ${HEAD}, payload FROM outbox WHERE ${PENDING}`,
      [channel, after, limit],
    );
    return rows.map(([id, position, createdAt, attempts, notBefore, payload]) => ({
      id,
      channel,
      position,
      createdAt,
      attempts,
      notBefore,
      payload,
    }));
  }

  async pendingHeads(channel: string, after: number, limit: number): Promise<readonly PendingHead[]> {
    const rows = await this.#sqlite.rows<HeadRow>(`SELECT ${HEAD} FROM outbox WHERE ${PENDING}`, [
      channel,
      after,
      limit,
    ]);
    return rows.map(([id, position, createdAt, attempts, notBefore]) => ({
      id,
      channel,
      position,
      createdAt,
      attempts,
      notBefore,
    }));
  }

  async setAside(limit: number, channel?: string): Promise<readonly SetAsideMessage[]> {
    const rows = await this.#sqlite.rows<[string, string, number, number, number, string, string]>(
      `SELECT id, channel, created_at, attempts, set_aside_at, reason, payload FROM outbox
       WHERE set_aside_at IS NOT NULL AND (? IS NULL OR channel = ?) ORDER BY set_aside_at, position LIMIT ?`,
      [channel ?? null, channel ?? null, limit],
    );
    return rows.map(([id, name, createdAt, attempts, at, reason, payload]) => ({
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
    const rows = await this.#sqlite.rows<[string, number, number | null, number]>(
      `SELECT channel, count(*) - count(set_aside_at), min(CASE WHEN set_aside_at IS NULL THEN created_at END),
       count(set_aside_at) FROM outbox GROUP BY channel ORDER BY channel`,
      [],
    );
    return rows.map(([channel, pending, oldest, setAside]) => ({
      channel,
      pending,
      ...(oldest === null ? {} : { oldest }),
      setAside,
    }));
  }

  async close(): Promise<void> {
    await this.#sqlite.close();
  }

  async #records<C extends Collection>(
    collection: C,
    where: string,
    ...values: readonly SqlValue[]
  ): Promise<readonly Stored<C>[]> {
    const rows = await this.#sqlite.rows<[string, string, number]>(
      `SELECT key, value, version FROM records WHERE collection = ? AND ${where}`,
      [collection, ...values],
    );
    return rows.map(([key, value, version]) => ({
      key,
      value: JSON.parse(value) as Collections[C],
      version,
    }));
  }
}
