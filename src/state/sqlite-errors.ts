import { isWatchkeeperError, messageOf, WatchkeeperError } from "../support/errors.ts";

interface Explanation {
  readonly code: string;
  readonly says: string;
  readonly remedy: string;
  readonly retryable: boolean;
}

const NOTHING_LOST = "what wasn't acknowledged comes again";

/** By SQLite's primary result code; extended ones begin with it. */
const EXPLAINED: Readonly<Record<string, Explanation>> = {
  SQLITE_FULL: {
    code: "store-full",
    says: "can't grow: the disk under it is full",
    remedy: `make room on the disk; ${NOTHING_LOST}`,
    retryable: true,
  },
  SQLITE_BUSY: {
    code: "store-busy",
    says: "is locked by another process",
    remedy: "wait, or end the process that holds it",
    retryable: true,
  },
  SQLITE_IOERR: {
    code: "store-failed",
    says: "can't be read or written",
    remedy: `check the disk under it: is it full, or failing? ${NOTHING_LOST}`,
    retryable: true,
  },
  SQLITE_READONLY: {
    code: "store-read-only",
    says: "can't be written",
    remedy: "give this user the right to write it and the folder that it is in",
    retryable: false,
  },
  SQLITE_NOTADB: {
    code: "not-a-store",
    says: "isn't a database",
    remedy: "name another file",
    retryable: false,
  },
  SQLITE_CORRUPT: {
    code: "store-broken",
    says: "is damaged",
    remedy: "move it away and start again: a new one is made",
    retryable: false,
  },
};

/** What SQLite threw, as an error that names the file and what can be done. */
export function storeError(error: unknown, path: string): WatchkeeperError {
  if (isWatchkeeperError(error)) return error;
  const code = String((error as { readonly code?: unknown } | null)?.code ?? "");
  const known = Object.keys(EXPLAINED).find((name) => code.startsWith(name));
  const { says, remedy, retryable, ...explained } = (known && EXPLAINED[known]) || {
    code: "store-failed",
    says: "failed",
    remedy: undefined,
    retryable: false,
  };
  return new WatchkeeperError(explained.code, `the store ${path} ${says} (${messageOf(error)})`, {
    source: "user",
    retryable,
    remedy,
    cause: error,
  });
}
