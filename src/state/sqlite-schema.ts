import type Database from "libsql";
import { WatchkeeperError } from "../support/errors.ts";

/** Version of the tables below. A store of another version is refused by `prepareSchema`. */
export const STORE_VERSION = 1;

/** `WKst`: tells our files from other SQLite databases. */
const APPLICATION_ID = 0x574b7374;

const TABLES = `
CREATE TABLE records (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  due INTEGER,
  expires INTEGER,
  value TEXT NOT NULL,
  PRIMARY KEY (collection, key)
);
CREATE INDEX records_due ON records (collection, due, key) WHERE due IS NOT NULL;
CREATE INDEX records_expires ON records (expires) WHERE expires IS NOT NULL;
-- AUTOINCREMENT: a position is never used again, so that whoever reads on behind the last one misses nothing.
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  set_aside_at INTEGER,
  reason TEXT,
  payload TEXT NOT NULL
);
CREATE INDEX outbox_pending ON outbox (channel, position) WHERE set_aside_at IS NULL;
CREATE INDEX outbox_set_aside ON outbox (set_aside_at, position) WHERE set_aside_at IS NOT NULL;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${STORE_VERSION};
`;

/**
 * Makes the tables in a new file, and checks those of another. Fails with `store-newer`, `store-older` or `not-a-store`.
 */
export function prepareSchema(db: Database.Database, path: string): void {
  // Nobody else gets in between the look and the making.
  db.exec("BEGIN IMMEDIATE");
  try {
    if (isEmpty(db)) db.exec(TABLES);
    else check(db, path);
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function isEmpty(db: Database.Database): boolean {
  const [objects] = db.prepare("SELECT count(*) FROM sqlite_master").raw().get() as [number];
  return objects === 0 && pragma(db, "application_id") === 0 && pragma(db, "user_version") === 0;
}

function check(db: Database.Database, path: string): void {
  if (pragma(db, "application_id") !== APPLICATION_ID) {
    throw new WatchkeeperError("not-a-store", `${path} is a database, but not a store of Watchkeeper`, {
      remedy: "name another file",
    });
  }
  const version = pragma(db, "user_version");
  if (version > STORE_VERSION) {
    throw new WatchkeeperError(
      "store-newer",
      `the store ${path} has version ${version}, and this Watchkeeper knows up to ${STORE_VERSION}`,
      { remedy: "upgrade watchkeeper, or name another file; nothing in it was touched" },
    );
  }
  if (version < STORE_VERSION) {
    throw new WatchkeeperError(
      "store-older",
      `the store ${path} has version ${version}, which this Watchkeeper can't bring up to ${STORE_VERSION}`,
      { remedy: "name another file; nothing in it was touched" },
    );
  }
}

function pragma(db: Database.Database, name: "application_id" | "user_version"): number {
  const [value] = db.prepare(`PRAGMA ${name}`).raw().get() as [number];
  return value;
}
