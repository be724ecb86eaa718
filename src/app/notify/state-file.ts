import { mkdirSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { openSqliteStore } from "../../state/sqlite-store.ts";
import type { Store } from "../../state/store.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";

/** Where a configuration's state lies: the file that was named, or one of its own in the XDG state folder. */
export function stateFile(
  configuration: { readonly name: string },
  options: {
    readonly state?: string | undefined;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): string {
  const { state, cwd, env } = options;
  if (state !== undefined) return resolve(cwd, state);
  const home = env["HOME"] || homedir();
  const folder = env["XDG_STATE_HOME"] || join(home, ".local", "state");
  return join(folder, "watchkeeper", `${configuration.name.replace(/[^\w.-]/g, "_")}.db`);
}

/** Opens the state in a file; makes its folder where there is none. */
export async function openState(file: string): Promise<Store> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
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
  return openSqliteStore(file);
}

/** This process, among all that share a store. */
export function ownerOfThisProcess(startedAt: number): string {
  return `${hostname()}/${process.pid}/${startedAt}`;
}

/** Whether a process of this host, by its `ownerOfThisProcess`, has ended. Of other hosts nothing is known. */
export function isGone(owner: string): boolean {
  const [host, pid] = owner.split("/");
  if (host !== hostname() || !/^\d+$/.test(pid ?? "")) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
