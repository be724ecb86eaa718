import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The built command line tool. */
export const MAIN = resolve(
  import.meta.dirname,
  "..",
  process.env["WATCHKEEPER_BENCH_MAIN"] ?? "dist/main.js",
);

process.setMaxListeners(50);

/** A folder of this run. */
export const folder = mkdtempSync(join(tmpdir(), "watchkeeper-bench-"));

/** What a finished command used. */
export interface Usage {
  readonly code: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly output: string;
}

/** A local cloud in a process of its own. */
export interface LocalProcess {
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
  readonly child: ChildProcess;
  /** Counts since the start or the last reset, by `service:Operation`. */
  requests(): Promise<Readonly<Record<string, number>>>;
  reset(): Promise<void>;
  faults(settings: unknown): Promise<void>;
}

/** Starts `watchkeeper local` and waits until it is ready. */
export async function startLocal(scenario?: string): Promise<LocalProcess> {
  const args = [MAIN, "local", ...(scenario === undefined ? [] : ["--scenario", scenario])];
  const child = spawn(process.execPath, args, { env: cleanEnv(), stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const env: Record<string, string> = {};
  const endpoint = await new Promise<string>((ready, reject) => {
    let text = "";
    child.on("exit", (code) => reject(new Error(`the local cloud ended with ${code}`)));
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (!text.includes("unset ")) return;
      for (const [, name, value] of text.matchAll(/^export (\w+)=(.*)$/gm))
        env[name as string] = value as string;
      ready(/^ready (\S+)/m.exec(text)?.[1] ?? "");
    });
  });
  const control = async (path: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${endpoint}/_local/${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    endpoint,
    env,
    child,
    requests: async () => (await control("requests")) as Record<string, number>,
    reset: async () => void (await control("requests", { method: "DELETE" })),
    faults: async (settings) =>
      void (await control("faults", { method: "PUT", body: JSON.stringify(settings) })),
  };
}

/** Runs the command line tool and measures its process. */
export async function watchkeeper(args: readonly string[], local: LocalProcess): Promise<Usage> {
  return runWatchkeeper(args, { ...cleanEnv(), ...local.env });
}

/** The same in any environment. */
export async function runWatchkeeper(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Usage> {
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args, "--debug"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (output.length < 100_000) output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  const code = await new Promise<number>((done) => child.on("close", (status) => done(status ?? -1)));
  const used = /([\d.]+) s of CPU, (\d+) MB at most/.exec(errors);
  if (!used) throw new Error(`watchkeeper ${args.join(" ")} ended with ${code}:\n${errors}`);
  return {
    code,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: Number(used[1]),
    peakMb: Number(used[2]),
    output,
  };
}

/** Writes a file of this run and answers its path. */
export function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** One row of figures, aligned. */
export function row(...cells: readonly (string | number)[]): void {
  process.stdout.write(
    `${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(34) : String(cell).padStart(12))).join("")}\n`,
  );
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** This process's environment without anything of AWS. */
export function cleanEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  return { ...Object.fromEntries(kept), AWS_EC2_METADATA_DISABLED: "true" } as Record<string, string>;
}
