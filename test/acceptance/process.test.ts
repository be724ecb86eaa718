// The shipped program as a process among others: what it prints for shells, and what it doesn't touch.
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Finished, lineMatching, run, start } from "./support/child-process.ts";
import { openStage, PROGRAM } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-process-"));
  writeFileSync(join(folder, "scenario.yaml"), SCENARIO);
  writeFileSync(join(folder, "watchkeeper.yaml"), configuration());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a line of a shell in which `$WATCHKEEPER` is the program. */
const shell = (line: string, environment: Record<string, string> = {}) =>
  run("bash", ["-c", line], {
    cwd: folder,
    environment: { WATCHKEEPER: `${process.execPath} ${PROGRAM}`, ...environment },
  });

describe("watchkeeper local", () => {
  it("prints what a shell needs, serves until it is stopped, and ends well", async () => {
    const cloud = start(process.execPath, [PROGRAM, "local", "--scenario", "scenario.yaml"], { cwd: folder });
    let printed = "";
    cloud.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    while (!/^unset .*\n/m.test(printed)) await once(cloud.stdout, "data");
    const endpoint = /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(printed)?.[1];
    const names = [...printed.matchAll(/^export (\w+)=\S+$/gm)].map(([, name]) => name);
    expect(names.sort()).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_DEFAULT_REGION",
      "AWS_ENDPOINT_URL",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "WATCHKEEPER_CLOCK_URL",
    ]);
    // As a user pastes it, with credentials of their own lying about.
    const paste = printed
      .split("\n")
      .filter((line) => /^(export|unset) /.test(line))
      .join("\n");
    const plan = await shell(`${paste}\n$WATCHKEEPER plan --endpoint ${endpoint}`, {
      AWS_SESSION_TOKEN: "stale",
      AWS_PROFILE: "nobody",
    });
    expect(plan).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("8 to create") });
    cloud.kill("SIGTERM");
    expect(await once(cloud, "close")).toEqual([0, null]);
    // It is gone: said plainly, not as a stack of sockets.
    const late = await shell(`${paste}\n$WATCHKEEPER plan`);
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/the local cloud's clock at \S+ doesn't answer[\s\S]*watchkeeper local/);
  });

  it("says so when the port is taken", async () => {
    const first = start(process.execPath, [PROGRAM, "local"], { cwd: folder });
    const [, port] = await lineMatching(first, /^ready http:\/\/127\.0\.0\.1:(\d+)$/);
    const second = await shell(`$WATCHKEEPER local --port ${port}`);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`),
    });
    first.kill("SIGINT");
    await once(first, "close");
  });
});

describe("watchkeeper notify listen", () => {
  const NOTIFYING = configuration({
    more: `notifications:
  channels: { hook: { kind: webhook, url: "http://127.0.0.1:1/" } }
  route: { receiver: hook }
`,
  });

  /** Listens with an installation of its own, in which this has been done to the program of the store's thread. */
  const listenWith = async (change: (storeThread: string) => void): Promise<Finished> => {
    const stage = await openStage(SCENARIO, NOTIFYING);
    const installed = join(stage.folder, "installed");
    const root = resolve(dirname(PROGRAM), "..");
    for (const part of ["dist", "packs", "runbooks", "package.json"])
      cpSync(join(root, part), join(installed, part), { recursive: true });
    change(join(installed, "dist/store-thread.js"));
    try {
      const args = [join(installed, "dist/main.js"), "notify", "listen", "--http", "0", "--reconcile", "0"];
      return await run(process.execPath, args, { cwd: stage.folder, environment: stage.environment });
    } finally {
      await stage.close();
    }
  };

  it("says that a part of the installation is missing, rather than doing without", async () => {
    expect(await listenWith((storeThread) => rmSync(storeThread))).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^error: \S+store-thread\.js is missing\n {2}install watchkeeper again/),
    });
  });

  it("ends when its store can't be asked any more, so that it is started again", async () => {
    // Answers all that is asked at the start, and is gone a few seconds later.
    const program = `import { parentPort } from "node:worker_threads";
let asked = 0;
parentPort.postMessage({});
parentPort.on("message", ({ ask }) => {
  if (ask) asked += 1;
  if (asked === 15) process.exit(7);
  if (ask) parentPort.postMessage({ value: ask === "rows" ? [] : undefined });
});
`;
    expect(await listenWith((storeThread) => writeFileSync(storeThread, program))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("listening at "),
      stderr: expect.stringMatching(
        /^error: the store \S+ failed: its thread has ended: exit code 7\n {2}start/m,
      ),
    });
  });
});

describe("a pipe", () => {
  it("that closes early is no failure", async () => {
    const read = await shell("$WATCHKEEPER packs show essentials | head -1; exit $PIPESTATUS");
    expect(read).toMatchObject({ code: 0, stderr: "" });
  });

  it("that closes early doesn't end an apply", async () => {
    const stage = await openStage(SCENARIO, configuration());
    try {
      const line = `cd ${stage.folder}; $WATCHKEEPER apply --yes | true; exit $PIPESTATUS`;
      expect(await shell(line, { ...stage.environment })).toMatchObject({ code: 0, stderr: "" });
      expect(stage.local.requests.get("cloudwatch:PutMetricAlarm")).toBe(6);
    } finally {
      await stage.close();
    }
  });

  it.each(["packs show essentials", "packs show essentials --json", "validate --schema"])(
    "that is full is one: %s",
    async (line) => {
      const full = await shell(`$WATCHKEEPER ${line} > /dev/full`);
      expect(full).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: the output can't be written: ENOSPC/),
      });
    },
  );

  it("for complaints that is full changes nothing else", async () => {
    expect((await shell("$WATCHKEEPER plan -c none.yaml 2> /dev/full")).code).toBe(1);
  });
});

describe("the demo", () => {
  it("runs to its end whatever credentials, profiles and endpoints lie about, and uses none", async () => {
    const demo = await run(process.execPath, [PROGRAM, "demo"], {
      cwd: folder,
      environment: {
        AWS_PROFILE: "nobody",
        AWS_ACCESS_KEY_ID: "AKIASOMEBODYSREALKEY",
        AWS_SECRET_ACCESS_KEY: "real",
        AWS_SESSION_TOKEN: "real",
        AWS_REGION: "ap-south-1",
        AWS_ENDPOINT_URL: "http://192.0.2.1:9",
        AWS_CONFIG_FILE: "/nonexistent",
        HTTP_PROXY: "http://192.0.2.1:9",
        CI: "true",
      },
      timeoutMs: 120_000,
    });
    expect(demo.stderr).toBe("");
    expect(demo.code).toBe(0);
    expect(demo.stdout).not.toContain("AKIASOMEBODYSREALKEY");
    expect(demo.stdout).toContain("That was the whole story");
  });
});
