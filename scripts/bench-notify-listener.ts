import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { TOPIC } from "./bench-notify-events.ts";
import { cleanEnv, folder, MAIN, write } from "./bench-support.ts";

/** A `notify listen` that runs. */
export interface Listener {
  /** Of its HTTP endpoint. */
  readonly address: string;
  /** Delivers one message to the endpoint, as SNS does. */
  post(body: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `watchkeeper notify listen` for one channel and waits until it listens. */
export async function startListener(
  channel: object,
  route: object,
  {
    args = [],
    env = {},
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Listener> {
  const place = mkdtempSync(join(folder, "listener-"));
  const configuration = write(
    `${place.slice(folder.length + 1)}/watchkeeper.yaml`,
    JSON.stringify({
      version: 1,
      name: "bench",
      regions: ["eu-central-1"],
      policies: [],
      topics: { ops: { arn: TOPIC } },
      notifications: { channels: { team: channel }, route: { receiver: "team", ...route } },
    }),
  );
  const child: ChildProcess = spawn(
    process.execPath,
    [
      MAIN,
      "notify",
      "listen",
      "--config",
      configuration,
      "--state",
      join(place, "state.db"),
      "--http",
      "0",
      "--trust-local",
      "--reconcile",
      "0",
      ...args,
    ],
    { env: { ...cleanEnv(), ...env, TOKEN: "xoxb-test" }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const address = await new Promise<string>((ready, reject) => {
    let text = "";
    child.on("exit", (code) => reject(new Error(`notify listen ended with ${code}`)));
    child.stdout?.on("data", (chunk) => {
      if (text.length < 10_000) text += chunk;
      if (/^telling /m.test(text)) ready(/listening at (\S+)/.exec(text)?.[1] ?? "");
    });
  });
  return {
    address,
    post: async (body) => {
      const answer = await fetch(address, { method: "POST", body });
      if (!answer.ok) throw new Error(`the listener answers ${answer.status}: ${await answer.text()}`);
      await answer.arrayBuffer();
    },
    stop: async () => {
      process.removeListener("exit", kill);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}
