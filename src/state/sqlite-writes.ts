import type { SqlValue, Statements } from "./sqlite-statements.ts";
import type { MessageKey, PutWrite, Write } from "./store.ts";

interface Statement {
  readonly sql: string;
  /** Rows that it must change, or else the condition of its write didn't hold. */
  readonly changes?: 0 | 1;
}

const INSERT = `INSERT INTO records (collection, key, version, due, expires, value) VALUES (?, ?, 1, ?, ?, ?)
  ON CONFLICT (collection, key) DO`;
const DELETE = "DELETE FROM records WHERE collection = ? AND key = ?";
/** A message that still waits, and wasn't put back in line since it was read. */
const SAME_MESSAGE = "WHERE position = ? AND id = ? AND set_aside_at IS NULL";

/** One for each kind of write. */
const STATEMENTS = {
  put: {
    sql: `${INSERT} UPDATE SET version = version + 1, due = excluded.due, expires = excluded.expires, value = excluded.value`,
  },
  "put new": { sql: `${INSERT} NOTHING`, changes: 1 },
  "put version": {
    sql: `UPDATE records SET version = version + 1, due = ?, expires = ?, value = ?
      WHERE collection = ? AND key = ? AND version = ?`,
    changes: 1,
  },
  remove: { sql: DELETE },
  // Finding one to delete is the conflict, which takes the deletion back.
  "remove none": { sql: DELETE, changes: 0 },
  "remove version": { sql: `${DELETE} AND version = ?`, changes: 1 },
  enqueue: {
    sql: "INSERT INTO outbox (id, channel, created_at, payload) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
  },
  delivered: { sql: `DELETE FROM outbox ${SAME_MESSAGE}` },
  postpone: { sql: `UPDATE outbox SET attempts = ?, not_before = ? ${SAME_MESSAGE}` },
  "set aside": { sql: `UPDATE outbox SET attempts = ?, set_aside_at = ?, reason = ? ${SAME_MESSAGE}` },
  // Takes the place of the one with its id, at a new position.
  requeue: {
    sql: `INSERT OR REPLACE INTO outbox (id, channel, created_at, payload)
      SELECT id, channel, created_at, payload FROM outbox WHERE id = ? AND set_aside_at IS NOT NULL`,
  },
} satisfies Readonly<Record<string, Statement>>;

type StatementName = keyof typeof STATEMENTS;

/** One statement to run: its name and its values. Plain, for it may go to another thread. */
type Step = readonly [name: StatementName, ...values: SqlValue[]];

/** What SQLite is to do for some writes, in their order. */
export type Batch = readonly Step[];

/** Writes in a batch. Of a large commit, another thread does one batch while this one makes the next, and neither holds all of them. */
const BATCH = 64;

/** The writes of a commit in batches, each made when it is asked for. */
export function* batchesOf(writes: readonly Write[]): Generator<Batch, void, undefined> {
  for (let from = 0; from < writes.length; from += BATCH) yield writes.slice(from, from + BATCH).map(stepFor);
}

/** What became of a batch: how many writes were done, and whether it ends there since the next one's condition didn't hold. */
export interface BatchResult {
  readonly done: number;
  readonly refused: boolean;
}

/** Does a batch inside of a transaction. */
export function runBatch(db: Statements, batch: Batch): BatchResult {
  for (const [done, [name, ...values]] of batch.entries()) {
    const { sql, changes }: Statement = STATEMENTS[name];
    const changed = db.run(sql, values);
    if (changes !== undefined && changed !== changes) return { done, refused: true };
  }
  return { done: batch.length, refused: false };
}

function stepFor(write: Write): Step {
  switch (write.kind) {
    case "put":
      return putStep(write);
    case "remove": {
      const { collection, key, expected } = write;
      if (expected === undefined) return ["remove", collection, key];
      if (expected === 0) return ["remove none", collection, key];
      return ["remove version", collection, key, expected];
    }
    case "enqueue": {
      const { id, channel, createdAt, payload } = write.message;
      return ["enqueue", id, channel, createdAt, payload];
    }
    case "delivered":
      return ["delivered", ...keyOf(write.message)];
    case "postpone":
      return ["postpone", write.attempts, write.notBefore, ...keyOf(write.message)];
    case "set-aside":
      return ["set aside", write.attempts, write.at, write.reason, ...keyOf(write.message)];
    case "requeue":
      return ["requeue", write.id];
  }
}

function putStep(write: PutWrite): Step {
  const { collection, key, value, expected, due = null, expires = null } = write;
  const json = JSON.stringify(value);
  if (expected !== undefined && expected > 0)
    return ["put version", due, expires, json, collection, key, expected];
  return [expected === 0 ? "put new" : "put", collection, key, due, expires, json];
}

function keyOf({ position, id }: MessageKey): readonly [number, string] {
  return [position, id];
}
