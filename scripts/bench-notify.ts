// Measures notifying: how many alarms a second reach a webhook through the durable store, how soon a single one does, and what
// becomes of a storm at Slack's limits. Beside it, in the same run, bare posts and, where it is installed, Alertmanager.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { hasAlertmanager, startAlertmanager } from "./bench-alertmanager.ts";
import { benchLatency } from "./bench-notify-latency.ts";
import { benchStorms } from "./bench-notify-storm.ts";
import { type Receiver, startReceiver } from "./bench-receiver.ts";
import { row } from "./bench-support.ts";

const EVENTS = 10_000;
const RUNS = 3;
/** Alerts in one request to Alertmanager. */
const ALERTS_AT_ONCE = 100;
const LONGEST = 120_000;

interface Figures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

const ROOT = resolve(import.meta.dirname, "..");
const cache = join(ROOT, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
// Inside of the project: libsql's binary is looked for from there.
const folder = mkdtempSync(join(cache, "bench-notify-"));
try {
  await benchThroughput();
  await benchLatency();
  await benchStorms();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The same events three ways, taking turns; the middle one of three runs each. */
async function benchThroughput(): Promise<void> {
  const program = join(folder, "program.mjs");
  await bundle(folder);
  const receiver = await startReceiver();
  const ways: Readonly<Record<string, (run: number) => Promise<Figures>>> = {
    "posts alone": () => measured(program, "posts", receiver, 0),
    "watchkeeper, durable": (run) => measured(program, "pipeline", receiver, run),
    ...(hasAlertmanager ? { "alertmanager, in memory": () => alertmanager(receiver) } : {}),
  };
  const runs = new Map<string, Figures[]>(Object.keys(ways).map((name) => [name, []]));
  for (let run = 0; run < RUNS; run += 1)
    for (const [name, way] of Object.entries(ways)) runs.get(name)?.push(await way(run));
  receiver.stop();
  row(`${EVENTS} events, a post each`, "s", "x posts", "CPU-s", "x posts", "peak MB");
  const base = middle(runs.get("posts alone") ?? []);
  for (const [name, figures] of runs) {
    const { seconds, cpuSeconds, peakMb } = middle(figures);
    row(
      `  ${name}`,
      seconds.toFixed(2),
      (seconds / base.seconds).toFixed(1),
      cpuSeconds.toFixed(2),
      (cpuSeconds / base.cpuSeconds).toFixed(1),
      peakMb.toFixed(0),
    );
  }
  if (!hasAlertmanager) process.stdout.write("  (Alertmanager isn't installed here)\n");
}

async function measured(program: string, mode: string, receiver: Receiver, run: number): Promise<Figures> {
  const received = receiver.received(EVENTS, LONGEST);
  const args = [program, mode, join(folder, `${run}.db`), String(receiver.port), String(EVENTS)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const count = await received;
  if (count < EVENTS) throw new Error(`${mode}: only ${count} of ${EVENTS} arrived`);
  return JSON.parse(stdout) as Figures;
}

async function alertmanager(receiver: Receiver): Promise<Figures> {
  const program = await startAlertmanager({
    route: {
      receiver: "hook",
      group_by: ["alertname"],
      group_wait: "0s",
      group_interval: "5m",
      repeat_interval: "4h",
    },
    receivers: [
      { name: "hook", webhook_configs: [{ url: `http://127.0.0.1:${receiver.port}/`, send_resolved: true }] },
    ],
  });
  try {
    const before = program.usage();
    const start = performance.now();
    const received = receiver.received(EVENTS, LONGEST);
    await program.alert(
      Array.from({ length: EVENTS }, (_, index) => `cpu-high-${index}`),
      ALERTS_AT_ONCE,
    );
    const count = await received;
    const seconds = (performance.now() - start) / 1000;
    if (count < EVENTS) throw new Error(`Alertmanager: only ${count} of ${EVENTS} arrived`);
    const { cpuSeconds, peakMb } = program.usage();
    return { seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, peakMb };
  } finally {
    program.stop();
  }
}

/** As the product is bundled: the program, and beside it that of the store's thread. */
async function bundle(outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { program: "scripts/bench-notify-program.ts", "store-thread": "src/state/store-thread.ts" },
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["libsql"],
    mainFields: ["module", "main"],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}

function middle(figures: readonly Figures[]): Figures {
  const sorted = [...figures].sort((a, b) => a.seconds - b.seconds);
  return sorted[Math.floor(sorted.length / 2)] as Figures;
}
