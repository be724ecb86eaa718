import type Database from "libsql";
import { OWNER_LEASE } from "./leases.ts";
import { STORE_VERSION } from "./sqlite-schema.ts";

/**
 * Ends the leases of a store that nobody has open: whoever holds one keeps it open, so their holders have ended, whatever host name,
 * process id or container they had. SQLite's locks tell that, and the system ends those with their process. The leases stay to be seen,
 * with nothing left of their time. Answers whether that was so; false while anybody has it open, and where it can't be looked at:
 * whoever opens it then is told why.
 */
export async function endLeftLeases(path: string): Promise<boolean> {
  let db: Database.Database | undefined;
  try {
    const { default: DatabaseClass } = await import("libsql");
    db = new DatabaseClass(path, { timeout: 0 });
    // With this before the first look the lock is on the whole file, and isn't given while anybody else has it open. No statement is
    // prepared here: it would keep the lock until it is collected.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;
      UPDATE records SET version = version + 1, value = json_set(value, '$.until', 0)
      WHERE collection = 'leases' AND key <> '${OWNER_LEASE}'
        AND (SELECT user_version FROM pragma_user_version) = ${STORE_VERSION};
      COMMIT`);
    return true;
  } catch {
    return false;
  } finally {
    db?.close();
  }
}
