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

const COUNTED = Object.fromEntries(
  Object.entries<Statement>(STATEMENTS).map(([name, { sql, changes }]) => [
    name,
    { sql, changes, values: sql.split("?").length - 1 },
  ]),
);

/**
 * The writes of a commit as SQLite is to do them: name of a statement, its values, the next name, and so on. Flat, because that
 * goes to another thread several times faster than objects do.
 */
export type Batch = readonly SqlValue[];

/** What SQLite has to do for these writes. */
export function batchOf(writes: readonly Write[]): Batch {
  const batch: SqlValue[] = [];
  for (const write of writes) batch.push(...statementFor(write));
  return batch;
}

/** Does a batch inside of a transaction. Answers which write's condition didn't hold, if one's didn't: then the rest isn't done. */
export function runBatch(db: Statements, batch: Batch): number | undefined {
  for (let from = 0, index = 0; from < batch.length; index += 1) {
    const name = batch[from];
    const statement = COUNTED[String(name)];
    if (!statement) throw new Error(`there is no statement ${name}`);
    const { sql, values, changes } = statement;
    const changed = db.run(sql, batch.slice(from + 1, from + 1 + values));
    if (changes !== undefined && changed !== changes) return index;
    from += 1 + values;
  }
  return undefined;
}

function statementFor(write: Write): readonly [StatementName, ...SqlValue[]] {
  switch (write.kind) {
    case "put":
      return putStatement(write);
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

function putStatement(write: PutWrite): readonly [StatementName, ...SqlValue[]] {
  const { collection, key, value, expected, due = null, expires = null } = write;
  const json = JSON.stringify(value);
  if (expected !== undefined && expected > 0)
    return ["put version", due, expires, json, collection, key, expected];
  return [expected === 0 ? "put new" : "put", collection, key, due, expires, json];
}

function keyOf({ position, id }: MessageKey): readonly [number, string] {
  return [position, id];
}
