import type { SqlValue, Statements } from "./sqlite-statements.ts";
import type { PutWrite, Write } from "./store.ts";

/** Writes that one statement does at most: a call of SQLite costs as much as a quarter of a small write. */
const MOST = 16;

interface Statement {
  /** For so many writes at once. */
  readonly sql: (count: number) => string;
  /** Does several writes, of which the values follow each other. */
  readonly several?: true;
  /** Rows that each write must change, or else its condition didn't hold. */
  readonly changes?: 0 | 1;
}

/** FAIL, as what fails takes the whole commit back: SQLite needn't be able to take back one statement. */
function insert(then: string): (count: number) => string {
  return (count) => `INSERT OR FAIL INTO records (collection, key, version, due, expires, value)
    VALUES ${repeated("(?, ?, 1, ?, ?, ?)", count)} ON CONFLICT (collection, key) DO ${then}`;
}

function repeated(text: string, count: number): string {
  return Array.from({ length: count }, () => text).join(", ");
}

const DELETE = "DELETE FROM records WHERE collection = ? AND key = ?";
/** A message that still waits, and wasn't put back in line since it was read. */
const SAME_MESSAGE = "WHERE position = ? AND set_aside_at IS NULL";

/** One for each kind of write. */
const STATEMENTS = {
  put: {
    sql: insert(
      "UPDATE SET version = version + 1, due = excluded.due, expires = excluded.expires, value = excluded.value",
    ),
    several: true,
  },
  "put new": { sql: insert("NOTHING"), several: true, changes: 1 },
  "put version": {
    sql: () => `UPDATE records SET version = version + 1, due = ?, expires = ?, value = ?
      WHERE collection = ? AND key = ? AND version = ?`,
    changes: 1,
  },
  remove: { sql: () => DELETE },
  // Finding one to delete is the conflict, which takes the deletion back.
  "remove none": { sql: () => DELETE, changes: 0 },
  "remove version": { sql: () => `${DELETE} AND version = ?`, changes: 1 },
  enqueue: {
    sql: (count) => `INSERT OR FAIL INTO outbox (id, channel, created_at, payload)
      VALUES ${repeated("(?, ?, ?, ?)", count)} ON CONFLICT (id) DO NOTHING`,
    several: true,
  },
  delivered: {
    sql: (count) => `DELETE FROM outbox WHERE position IN (${repeated("?", count)}) AND set_aside_at IS NULL`,
    several: true,
  },
  postpone: { sql: () => `UPDATE outbox SET attempts = ?, not_before = ? ${SAME_MESSAGE}` },
  "set aside": { sql: () => `UPDATE outbox SET attempts = ?, set_aside_at = ?, reason = ? ${SAME_MESSAGE}` },
  // Takes the place of the one with its id, at a new position.
  requeue: {
    sql: () => `INSERT OR REPLACE INTO outbox (id, channel, created_at, payload)
      SELECT id, channel, created_at, payload FROM outbox WHERE id = ? AND set_aside_at IS NOT NULL`,
  },
} satisfies Readonly<Record<string, Statement>>;

type StatementName = keyof typeof STATEMENTS;

/** One statement to run: its name, how many writes it does, and their values. Plain, for it may go to another thread. */
type Step = readonly [name: StatementName, count: number, values: readonly SqlValue[]];

/** What SQLite is to do for some writes, in their order. */
export type Batch = readonly Step[];

/** Writes in a batch. Of a large commit, another thread does one batch while this one makes the next, and neither holds all of them. */
const BATCH = 64;

/** The writes of a commit in batches, each made when it is asked for. `most`: how many neighbours of one kind go into one statement. */
export function* batchesOf(writes: readonly Write[], most = MOST): Generator<Batch, void, undefined> {
  for (let from = 0; from < writes.length; from += BATCH)
    yield batchOf(writes.slice(from, from + BATCH), most);
}

/** Writes of a commit, by their place in it, of which the condition of one didn't hold. */
export interface Refused {
  readonly first: number;
  readonly count: number;
}

/** Does a batch inside of a transaction, up to a write whose condition doesn't hold. `before`: writes that were done already. */
export function runBatch(db: Statements, batch: Batch, before: number): number | Refused {
  let done = before;
  for (const [name, count, values] of batch) {
    const { changes }: Statement = STATEMENTS[name];
    const changed = db.run(sqlOf(name, count), values);
    if (changes !== undefined && changed !== changes * count) return { first: done, count };
    done += count;
  }
  return done;
}

const texts = new Map<StatementName, string[]>();

function sqlOf(name: StatementName, count: number): string {
  let known = texts.get(name);
  if (!known) {
    known = [];
    texts.set(name, known);
  }
  known[count] ??= STATEMENTS[name].sql(count);
  return known[count];
}

function batchOf(writes: readonly Write[], most: number): Batch {
  const steps: [StatementName, number, SqlValue[]][] = [];
  for (const write of writes) {
    const [name, ...values] = valuesOf(write);
    const { several }: Statement = STATEMENTS[name];
    const last = steps.at(-1);
    if (several && last && last[0] === name && last[1] < most) {
      last[1] += 1;
      last[2].push(...values);
    } else steps.push([name, 1, values]);
  }
  return steps;
}

function valuesOf(write: Write): [name: StatementName, ...values: SqlValue[]] {
  switch (write.kind) {
    case "put":
      return putValues(write);
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
      return ["delivered", write.message.position];
    case "postpone":
      return ["postpone", write.attempts, write.notBefore, write.message.position];
    case "set-aside":
      return ["set aside", write.attempts, write.at, write.reason, write.message.position];
    case "requeue":
      return ["requeue", write.id];
  }
}

function putValues(write: PutWrite): ReturnType<typeof valuesOf> {
  const { collection, key, value, expected, due = null, expires = null } = write;
  const json = JSON.stringify(value);
  if (expected !== undefined && expected > 0)
    return ["put version", due, expires, json, collection, key, expected];
  return [expected === 0 ? "put new" : "put", collection, key, due, expires, json];
}
