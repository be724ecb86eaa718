// Several processes that want the same records of one store at the same time: each has what it was told that it has, and no other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import { type BundledPrograms, bundlePrograms } from "../support/bundled-programs.ts";

const RECORDS = 900;

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundlePrograms("contention-child");
});
afterAll(() => programs.remove());

describe("processes that share a store", () => {
  it("conflict where they want the same, and nowhere else", async () => {
    const path = join(programs.folder, "shared.db");
    await (await openSqliteStore(path)).close();
    const children = ["thread", "here", "thread"].map((where, index) => {
      const own = [`p${index}`, where, String(RECORDS), String(index * 250)];
      const args = [join(programs.folder, "contention-child.mjs"), path, ...own];
      return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    });
    const ended = children.map(async (child) => {
      const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
      return `${said} ${code}`;
    });
    await Promise.all(children.map((child) => once(child.stdout, "readable")));
    for (const child of children) child.stdin.end();
    const said = await Promise.all(ended);
    for (const one of said) expect(one).toMatch(/^ready \d+ 0$/);
    const conflicts = said.map((one) => Number(one.split(" ")[1]));
    expect(conflicts.reduce((sum, one) => sum + one)).toBeGreaterThan(RECORDS);
    const store = await openSqliteStore(path);
    const leases = await store.list("leases", { limit: RECORDS + 1 });
    const messages = await store.pending("team", 0, RECORDS + 1);
    await store.close();
    expect(leases).toHaveLength(RECORDS);
    const owners = new Map(leases.map(({ key, value, version }) => [key, `${value.owner} ${version}`]));
    expect(messages.map(({ id, payload }) => [id, `${payload} 1`]).sort()).toEqual([...owners].sort());
  });
});
