// Programs that tests start: in an environment of their own, for a bounded time, and never outliving the test run.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What a program that ended left behind. */
export interface Finished {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Killed after so long; milliseconds. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const HOME = mkdtempSync(join(tmpdir(), "watchkeeper-home-"));
const running = new Set<ChildProcessWithoutNullStreams>();

process.once("exit", () => {
  for (const child of running) kill(child);
  rmSync(HOME, { recursive: true, force: true });
});

/** An environment with nothing of the host but the way to its programs: no credentials, no shared configuration. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME,
    LANG: "C.UTF-8",
    TZ: "UTC",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    ...more,
  };
}

/** Whether a program starts and ends well; for finding out, before any test, which ones a machine has. */
export function probe(command: string, args: readonly string[]): Finished {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: cleanEnvironment(),
    encoding: "utf8",
    timeout: DEFAULT_TIMEOUT_MS,
  });
  return { code: status, stdout: stdout ?? "", stderr: stderr ?? "" };
}

/** Starts a program in a process group of its own; it and all it started die with `kill` or the time-out. */
export function start(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(command, args, {
    env: cleanEnvironment(options.environment),
    cwd: options.cwd ?? HOME,
    detached: true,
    stdio: "pipe",
  });
  running.add(child);
  const timer = setTimeout(() => kill(child), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  child.once("close", () => {
    clearTimeout(timer);
    running.delete(child);
  });
  return child;
}

/** Ends a program and everything it started. One that has ended already is fine. */
export function kill(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs a program to its end. Rejects only when it can't be started. */
export function run(command: string, args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] += text;
      });
    }
    child.stdin.end();
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
  });
}

/** The first line of a program's output (or of its complaints) that matches; rejects when it ends before. */
export function lineMatching(
  child: ChildProcessWithoutNullStreams,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let seen = "";
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        seen += `${line}\n`;
        const match = pattern.exec(line);
        if (match) resolve(match);
      });
    }
    child.once("error", reject);
    child.once("close", () => reject(new Error(`it ended without a line like ${pattern}:\n${seen}`)));
  });
}
