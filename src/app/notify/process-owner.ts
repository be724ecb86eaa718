import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * This process, among all that share a store: host, process id, when it began to work, and where the system tells them (Linux) the
 * namespace of its process ids and its start, in ticks since the system's own.
 */
export function ownerOfThisProcess(startedAt: number): string {
  const [space, start] = [processSpace(), startOf("self")];
  const life = space === undefined || start === undefined ? "" : `/${space}-${start}`;
  return `${hostname()}/${process.pid}/${startedAt}${life}`;
}

/**
 * Whether a process of this host, by its `ownerOfThisProcess`, has ended: its id is free, or another process has it by now. Of other
 * hosts and of other containers, which have ids of their own, nothing is known.
 */
export function isGone(owner: string): boolean {
  const [host, pid = "", , life = ""] = owner.split("/");
  if (host !== hostname() || !/^\d+$/.test(pid)) return false;
  const [, space, start] = /^(\d+)-(\d+)$/.exec(life) ?? [];
  if (space !== undefined && space !== processSpace()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const now = start === undefined ? undefined : startOf(pid);
  return now !== undefined && now !== start;
}

/** Processes of different spaces may have the same id. Undefined where there is no such thing. */
function processSpace(): string | undefined {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
  } catch {
    return undefined;
  }
}

/** When a process began: the 22nd field of its `stat`, counted behind its name, which may hold anything. */
function startOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
