import type { Statements } from "./sqlite-statements.ts";
import type { MessageKey, Write } from "./store.ts";

/** Does one write inside of a transaction. False: its condition didn't hold. */
export function applyWrite(db: Statements, write: Write): boolean {
  switch (write.kind) {
    case "put":
      return put(db, write);
    case "remove": {
      const { collection, key, expected } = write;
      if (expected === undefined)
        db.run("DELETE FROM records WHERE collection = ? AND key = ?", collection, key);
      else if (expected === 0)
        return (
          db.rows("SELECT 1 FROM records WHERE collection = ? AND key = ?", collection, key).length === 0
        );
      else
        return (
          db.run(
            "DELETE FROM records WHERE collection = ? AND key = ? AND version = ?",
            collection,
            key,
            expected,
          ) === 1
        );
      return true;
    }
    case "enqueue": {
      const { id, channel, createdAt, payload } = write.message;
      db.run(
        "INSERT INTO outbox (id, channel, created_at, payload) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        id,
        channel,
        createdAt,
        payload,
      );
      return true;
    }
    case "delivered":
      db.run(`DELETE FROM outbox ${SAME_MESSAGE}`, ...keyOf(write.message));
      return true;
    case "postpone": {
      const { message, attempts, notBefore } = write;
      db.run(
        `UPDATE outbox SET attempts = ?, not_before = ? ${SAME_MESSAGE}`,
        attempts,
        notBefore,
        ...keyOf(message),
      );
      return true;
    }
    case "set-aside": {
      const { message, attempts, at, reason } = write;
      db.run(
        `UPDATE outbox SET attempts = ?, set_aside_at = ?, reason = ? ${SAME_MESSAGE}`,
        attempts,
        at,
        reason,
        ...keyOf(message),
      );
      return true;
    }
    case "requeue":
      return requeue(db, write.id);
  }
}

function put(
  db: Statements,
  { collection, key, value, expected, due, expires }: Extract<Write, { readonly kind: "put" }>,
): boolean {
  const json = JSON.stringify(value);
  if (expected !== undefined && expected > 0) {
    const changed = db.run(
      `UPDATE records SET version = version + 1, due = ?, expires = ?, value = ?
         WHERE collection = ? AND key = ? AND version = ?`,
      due ?? null,
      expires ?? null,
      json,
      collection,
      key,
      expected,
    );
    return changed === 1;
  }
  const otherwise =
    expected === 0
      ? "NOTHING"
      : "UPDATE SET version = version + 1, due = excluded.due, expires = excluded.expires, value = excluded.value";
  const changed = db.run(
    `INSERT INTO records (collection, key, version, due, expires, value) VALUES (?, ?, 1, ?, ?, ?)
       ON CONFLICT (collection, key) DO ${otherwise}`,
    collection,
    key,
    due ?? null,
    expires ?? null,
    json,
  );
  return changed === 1;
}

function requeue(db: Statements, id: string): boolean {
  const moved = db.rows<[string, string, number, string]>(
    "DELETE FROM outbox WHERE id = ? AND set_aside_at IS NOT NULL RETURNING id, channel, created_at, payload",
    id,
  );
  for (const message of moved) {
    db.run("INSERT INTO outbox (id, channel, created_at, payload) VALUES (?, ?, ?, ?)", ...message);
  }
  return true;
}

/** A message that still waits, and wasn't put back in line since it was read. */
const SAME_MESSAGE = "WHERE position = ? AND id = ? AND set_aside_at IS NULL";

function keyOf({ position, id }: MessageKey): readonly [number, string] {
  return [position, id];
}
