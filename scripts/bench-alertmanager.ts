import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../test/support/free-port.ts";
import { folder, write } from "./bench-support.ts";

const PROGRAM = ["/usr/bin/prometheus-alertmanager", "/usr/bin/alertmanager"].find(existsSync);

/** Whether the machine has Alertmanager (Debian: prometheus-alertmanager). */
export const hasAlertmanager = PROGRAM !== undefined;

/** An Alertmanager that runs. */
export interface Alertmanager {
  /** Posts alerts with these names, so many in a request, all with the other labels. */
  alert(names: readonly string[], atOnce: number, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** What its process has used so far. */
  usage(): { readonly cpuSeconds: number; readonly peakMb: number };
  stop(): void;
}

/** Starts Alertmanager with a configuration and waits until it answers. */
export async function startAlertmanager(configuration: object): Promise<Alertmanager> {
  if (PROGRAM === undefined) throw new Error("there is no Alertmanager on this machine");
  const port = await freePort();
  const child: ChildProcess = spawn(
    PROGRAM,
    [
      `--config.file=${write(`alertmanager-${port}.yml`, JSON.stringify(configuration))}`,
      `--storage.path=${mkdtempSync(join(folder, "alertmanager-"))}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const api = `http://127.0.0.1:${port}/api/v2`;
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`${api}/status`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (tries > 200) throw new Error("Alertmanager doesn't start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    alert: async (names, atOnce, labels = {}) => {
      for (let from = 0; from < names.length; from += atOnce) {
        const some = names.slice(from, from + atOnce);
        const body = JSON.stringify(some.map((alertname) => ({ labels: { alertname, ...labels } })));
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${api}/alerts`, { method: "POST", headers, body });
        if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}: ${await answer.text()}`);
        await answer.arrayBuffer();
      }
    },
    usage: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      // Ticks of 10 ms: fields 14 and 15 of stat(5), counted from the state.
      const ticks = Number(stat[11]) + Number(stat[12]);
      return { cpuSeconds: ticks / 100, peakMb: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024 };
    },
    stop: () => {
      process.removeListener("exit", kill);
      kill();
    },
  };
}
