import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryStore } from "../../state/memory-store.ts";
import { openStateFor, type StateUse } from "./state-file.ts";
import { claimState } from "./state-owner.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-state-owner-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens a state as a command of the configuration would, and closes it. */
async function used(use: StateUse, file: string, name: string, renamedFrom?: string): Promise<void> {
  const place = { configuration: { name }, state: file, cwd: folder, env: {} };
  await (await openStateFor(use, { ...place, renamedFrom })).store.close();
}

const REFUSED = { code: "state-of-another" };

describe("a state", () => {
  it("belongs to the configuration that listened first, for every command", async () => {
    const file = `${files++}.db`;
    await used("listen", file, "alpha");
    for (const use of ["listen", "write", "look", "find"] as const) {
      await used(use, file, "alpha");
      await expect(used(use, file, "beta")).rejects.toMatchObject({
        ...REFUSED,
        message: `${join(folder, file)} is the state of configuration "alpha", and this one is "beta"`,
        remedy: expect.stringContaining("--renamed-from alpha"),
      });
    }
  });

  it("of an older version belongs to nobody until somebody listens, whoever looked at it", async () => {
    const file = `${files++}.db`;
    await used("listen", file, "alpha");
    const { store } = await openStateFor("look", {
      configuration: { name: "alpha" },
      state: file,
      cwd: folder,
      env: {},
    });
    await store.commit([{ kind: "remove", collection: "leases", key: "configuration" }]);
    await store.close();
    for (const use of ["write", "look", "find"] as const) await used(use, file, "beta");
    await used("listen", file, "alpha");
    await expect(used("look", file, "beta")).rejects.toMatchObject(REFUSED);
  });

  it("goes on under a new name only for who knows the old one", async () => {
    const file = `${files++}.db`;
    await used("listen", file, "alpha");
    await expect(used("listen", file, "beta", "gamma")).rejects.toMatchObject(REFUSED);
    await used("listen", file, "beta", "alpha");
    await used("listen", file, "beta", "alpha");
    await used("write", file, "beta");
    await expect(used("listen", file, "alpha")).rejects.toMatchObject(REFUSED);
  });

  it("goes to one of two that begin at once", async () => {
    const store = new MemoryStore();
    const claims = ["alpha", "beta"].map((name) => claimState(store, "file", name, undefined));
    const ended = await Promise.allSettled(claims);
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: REFUSED });
  });
});
