import { existsSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { endLeftLeases } from "../../state/left-leases.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { openSqliteStore } from "../../state/sqlite-store.ts";
import type { Store } from "../../state/store.ts";
import { openThreadedStore, type StoreThread } from "../../state/threaded-store.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { claimState, expectStateOf } from "./state-owner.ts";

/** Whose state is meant, and from where it is looked for. */
export interface StatePlace {
  readonly configuration: { readonly name: string };
  /** Name that the configuration had before: a state of that name becomes its own. Only for `listen`. */
  readonly renamedFrom?: string | undefined;
  /** The file that was named. */
  readonly state?: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What is wanted of a state. `listen`: it is made where there is none, whoever named it. `write`: the configuration's own is. `look`: there
 * need be none. `find`: it must be there, since something in it was named. But for `listen` a file that was named must be there: nobody
 * else would see what is in a misspelt one.
 */
export type StateUse = "listen" | "write" | "look" | "find";

/** An open state. */
export interface OpenState {
  readonly store: Store;
  readonly file: string;
  /** False when there was no such file: then it was made, or the store is an empty one that is kept nowhere. */
  readonly isThere: boolean;
}

/** Where a configuration's state lies: the file that was named, or one of its own in the XDG state folder. */
export function stateFile({ configuration, state, cwd, env }: StatePlace): string {
  if (state !== undefined) return resolve(cwd, state);
  const home = env["HOME"] || homedir();
  const folder = env["XDG_STATE_HOME"] || join(home, ".local", "state");
  return join(folder, "watchkeeper", `${configuration.name.replace(/[^\w.-]/g, "_")}.db`);
}

/**
 * Opens a state for a use. Fails with `no-state` where it must be there and isn't, and with `state-of-another` where a listener of
 * another configuration works with it.
 */
export async function openStateFor(
  use: StateUse,
  place: StatePlace,
  thread?: StoreThread,
): Promise<OpenState> {
  const file = stateFile(place);
  const isThere = existsSync(file);
  const isNamed = place.state !== undefined;
  const isMade = use === "listen" || (use === "write" && !isNamed);
  if (isThere || isMade) {
    // Before it is opened: from then on somebody has it open.
    if (isThere && use !== "look") await endLeftLeases(file);
    return { store: await openOwn(use, place, file, thread), file, isThere };
  }
  if (use === "look" && !isNamed) return { store: new MemoryStore(), file, isThere };
  const begin = use === "write" ? " (or `touch`)" : "";
  throw new WatchkeeperError("no-state", `there is no state at ${file} yet`, {
    remedy: isNamed
      ? `correct --state, or leave it out for the configuration's own; \`watchkeeper notify listen\` makes it${begin}`
      : "`watchkeeper notify listen` makes it; --state FILE names another one",
  });
}

async function openOwn(
  use: StateUse,
  { configuration, renamedFrom }: StatePlace,
  file: string,
  thread: StoreThread | undefined,
): Promise<Store> {
  const store = await openState(file, thread);
  try {
    if (use === "listen") await claimState(store, file, configuration.name, renamedFrom);
    else await expectStateOf(store, file, configuration.name);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Opens the state in a file; makes its folder where there is none. With `thread` it works in one of its own, which takes 50 ms to
 * start and 15 MB: for what runs long. Without, each commit holds up this one until the disk has it.
 */
export async function openState(file: string, thread?: StoreThread): Promise<Store> {
  try {
    makeFolder(dirname(file));
  } catch (error) {
    throw new WatchkeeperError(
      "store-unavailable",
      `the folder of ${file} can't be made: ${messageOf(error)}`,
      {
        remedy: "name another file with --state",
        cause: error,
      },
    );
  }
  return thread ? openThreadedStore(file, thread) : openSqliteStore(file);
}

/** With those above it. Node's own way (`recursive`) never ends where a folder that is there takes none, as `/proc`. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Tells, whenever it is asked, why what a state's open file is given won't be there any more at the next start; undefined: it will. */
export function fileTrouble(file: string): () => string | undefined {
  const opened = inodeOf(file);
  return () =>
    inodeOf(file) === opened
      ? undefined
      : `${file} was removed or replaced: what is written there is lost when this process ends`;
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}
