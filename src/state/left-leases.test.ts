import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { acquireLease, OWNER_LEASE } from "./leases.ts";
import { endLeftLeases } from "./left-leases.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-left-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LEASE = { name: "a", owner: "host/1/1000", now: 0, lasts: 900_000 };
const NEXT = { ...LEASE, owner: "host/1/2000", now: 1 };

/** A store with leases that nobody has open: a copy, since SQLite lets go of a file only when all of its statements are collected. */
async function left(): Promise<string> {
  const first = join(folder, `${files++}.db`);
  const store = await openSqliteStore(first);
  for (const name of ["a", OWNER_LEASE]) await acquireLease(store, { ...LEASE, name });
  const path = join(folder, `${files++}.db`);
  for (const part of ["", "-wal"]) copyFileSync(`${first}${part}`, `${path}${part}`);
  await store.close();
  return path;
}

it("ends no lease while anybody has the store open", async () => {
  const path = await left();
  const store = await openSqliteStore(path);
  expect(await endLeftLeases(path)).toBe(false);
  expect(await acquireLease(store, NEXT)).toBe(false);
  await store.close();
});

it("ends none of a process that has the store open and opens it once more", async () => {
  const path = await left();
  const store = await openSqliteStore(path);
  await (await openSqliteStore(path)).close();
  // SQLite looks for locks of other processes only, besides those it knows itself.
  const program = `
    const Database = require("libsql");
    const db = new Database(${JSON.stringify(path)}, { timeout: 0 });
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");`;
  const child = spawn(process.execPath, ["-e", program], { cwd: resolve(import.meta.dirname, "../..") });
  const [said] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(said).toContain("database is locked");
  await store.close();
});

it("ends them when nobody has: they are to be seen, and to be had, but for whose the store is", async () => {
  const path = await left();
  for (let turn = 0; turn < 3; turn += 1) expect(await endLeftLeases(path)).toBe(true);
  const next = await openSqliteStore(path);
  expect((await next.get("leases", "a"))?.value).toEqual({ owner: "host/1/1000", until: 0 });
  expect(await acquireLease(next, NEXT)).toBe(true);
  expect(await acquireLease(next, { ...NEXT, name: OWNER_LEASE })).toBe(false);
  // Nothing of the look is left that others would have to wait for.
  const another = await openSqliteStore(path);
  expect(await acquireLease(another, { ...NEXT, name: "b" })).toBe(true);
  await next.close();
  await another.close();
});

it("knows it of one that was killed, with what it had just written", async () => {
  const path = await left();
  const program = `
    const Database = require("libsql");
    const db = new Database(${JSON.stringify(path)});
    db.exec("PRAGMA journal_mode = WAL");
    db.exec(\`INSERT INTO records VALUES ('leases', 'x', 1, NULL, NULL, '{"owner":"killed/1/1","until":900000}')\`);
    process.stdout.write("ready");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["-e", program], { cwd: resolve(import.meta.dirname, "../..") });
  await once(child.stdout, "data");
  expect(await endLeftLeases(path)).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await endLeftLeases(path)).toBe(true);
  const next = await openSqliteStore(path);
  expect((await next.get("leases", "x"))?.value).toEqual({ owner: "killed/1/1", until: 0 });
  await next.close();
});

it("changes nothing in what is no store, or one of a newer version", async () => {
  const path = join(folder, "diary.db");
  for (const content of ["", "this is a diary\n".repeat(1000)]) {
    writeFileSync(path, content);
    expect(await endLeftLeases(path)).toBe(false);
    expect(readFileSync(path, "utf8")).toBe(content);
  }
  expect(await endLeftLeases(join(folder, "nowhere", "x.db"))).toBe(false);
  expect(existsSync(join(folder, "nowhere"))).toBe(false);

  const newer = await left();
  // Its log becomes part of the file.
  await endLeftLeases(newer);
  const version = (to: number): void => {
    const bytes = readFileSync(newer);
    // The header's user version.
    bytes.writeUInt32BE(to, 60);
    writeFileSync(newer, bytes);
  };
  version(99);
  await endLeftLeases(newer);
  version(1);
  const store = await openSqliteStore(newer);
  // Once, before.
  expect(await store.get("leases", "a")).toMatchObject({ version: 2, value: { until: 0 } });
  await store.close();
});
