import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BundledPrograms, bundlePrograms } from "../../test/support/bundled-programs.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Store, Write } from "./store.ts";
import { ThreadGate } from "./thread-gate.ts";
import { openThreadedStore } from "./threaded-store.ts";

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundlePrograms("store-child");
});
afterAll(() => programs.remove());

let files = 0;
const newFile = (): string => {
  files += 1;
  return join(programs.folder, `${files}.db`);
};
/** A thread of this code. */
const thread = (code: string): URL => {
  const file = `${newFile()}.mjs`;
  writeFileSync(file, `import { parentPort } from "node:worker_threads";\n${code}`);
  return pathToFileURL(file);
};
const child = (): string => join(programs.folder, "store-child.mjs");
const open = (path: string): Promise<Store> => openThreadedStore(path, { program: programs.storeThread });
const put = (key: string, at: number): Write => ({ kind: "put", collection: "marks", key, value: { at } });
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe("the threaded store", () => {
  it("goes on here while a commit waits for another process", async () => {
    const path = newFile();
    const store = await open(path);
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    let isStored = false;
    const stored = store.commit([put("a", 1)]).then(() => {
      isStored = true;
    });
    await turns(100);
    expect(isStored).toBe(false);
    other.exec("COMMIT");
    await stored;
    other.close();
    await store.close();
  });

  it("takes nothing of a commit that can't be written down", async () => {
    for (const store of [await open(newFile()), await openSqliteStore(newFile())]) {
      const broken = {
        ...put("broken", 1),
        get value(): never {
          throw new TypeError("no value");
        },
      };
      const many = Array.from({ length: 200 }, (_, index) => put(`k${index}`, index));
      await expect(store.commit([...many, broken])).rejects.toThrow("no value");
      await store.commit([put("a", 1)]);
      expect((await store.list("marks", { limit: 999 })).map(({ key }) => key)).toEqual(["a"]);
      await store.close();
    }
  });

  it("does what was asked before it is closed, and nothing after", async () => {
    const path = newFile();
    const store = await open(path);
    const stored = store.commit([put("a", 1)]);
    const found = store.get("marks", "a");
    const closed = Promise.all([store.close(), store.close()]);
    await expect(store.get("marks", "a")).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringMatching(/closed/),
    });
    expect(await stored).toBeUndefined();
    expect(await found).toMatchObject({ value: { at: 1 } });
    await closed;
    await expect(store.commit([put("b", 1)])).rejects.toMatchObject({ code: "store-failed" });
    const again = await openSqliteStore(path);
    expect(await again.list("marks", { limit: 9 })).toHaveLength(1);
    await again.close();
  });

  it.each([
    ["throws", 'throw new RangeError("out of luck")', /out of luck/],
    ["exits", "process.exit(3)", /exit code 3/],
  ])("fails for good when its thread %s", async (_, crash, says) => {
    const program = thread(
      `parentPort.postMessage({}); parentPort.on("message", ({ ask }) => { if (ask === "finish") ${crash}; });`,
    );
    const path = newFile();
    const store = await openThreadedStore(path, { program });
    const failure = {
      code: "store-failed",
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(/start watchkeeper again/),
    };
    const asked = [store.commit([put("a", 1)]), store.get("marks", "a"), store.close()];
    const [commit, get, close] = await Promise.allSettled(asked);
    for (const one of [commit, get, close]) expect(one).toMatchObject({ reason: failure });
    expect((get as PromiseRejectedResult).reason.message).toContain(path);
    await expect(store.backlog()).rejects.toMatchObject({ code: "store-failed" });
  });

  it("tells once that its thread was lost, and needs no closing then", async () => {
    const program = thread('parentPort.postMessage({}); parentPort.on("message", () => process.exit(3));');
    const lost = await new Promise<unknown>((onLost, failed) => {
      openThreadedStore(newFile(), { program, onLost }).then(
        (store) => store.backlog().catch(() => 0),
        failed,
      );
    });
    expect(lost).toMatchObject({ code: "store-failed" });
    const store = await openThreadedStore(newFile(), { program });
    await expect(store.backlog()).rejects.toMatchObject({ code: "store-failed" });
    await store.close();
  });

  it("says what keeps it from starting", async () => {
    const missing = pathToFileURL(join(programs.folder, "no-such-thread.js"));
    await expect(openThreadedStore(newFile(), { program: missing })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(/no-such-thread\.js is missing/),
    });
    await expect(
      openThreadedStore(newFile(), { program: thread("import './none.mjs';") }),
    ).rejects.toMatchObject({ code: "store-failed", message: expect.stringMatching(/none\.mjs/) });
  });

  it("ends what is under way before the process exits, and begins nothing more", async () => {
    // At work from the start, until the process is about to exit.
    const program = thread(`import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
const state = new Int32Array(workerData.gate);
Atomics.store(state, 0, 1);
parentPort.postMessage({});
while (Atomics.load(state, 1) === 0);
writeSync(1, "finished");
Atomics.store(state, 0, 0);
Atomics.notify(state, 0);
`);
    const exited = promisify(execFile)(process.execPath, [child(), newFile(), "exit", program.href]);
    await expect(exited).rejects.toMatchObject({ code: 3, stdout: "finished", stderr: "" });

    const gate = new ThreadGate();
    expect(gate.enter()).toBe(true);
    gate.leave();
    gate.end();
    expect(gate.enter()).toBe(false);
  });

  it.each([
    ["idle", ""],
    ["asked", "found 1"],
    ["closed", "closed"],
  ])("keeps a process running as long as it has to: %s", async (how, prints) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [child(), newFile(), how], {
      timeout: 30_000,
    });
    expect({ stdout, stderr }).toEqual({ stdout: prints, stderr: "" });
  });
});
