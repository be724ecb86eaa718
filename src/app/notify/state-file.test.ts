import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileTrouble, openState } from "./state-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-state-file-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("openState", () => {
  it("makes all folders that are missing, for their owner alone", async () => {
    const file = join(folder, "one", "two", "state.db");
    await (await openState(file)).close();
    expect(existsSync(file)).toBe(true);
    for (const made of ["one", "one/two"]) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
    await (await openState(file)).close();
  });

  it("fails where there can't be a folder: in /proc, in a file", async () => {
    writeFileSync(join(folder, "file"), "");
    const impossible = [
      "/proc/x/y.db",
      "/proc/x/y/z.db",
      join(folder, "file", "x.db"),
      join(folder, "file", "x", "y.db"),
    ];
    for (const file of impossible)
      await expect(openState(file)).rejects.toMatchObject({
        code: "store-unavailable",
        message: expect.stringContaining(`the folder of ${file} can't be made`),
        remedy: expect.stringContaining("--state"),
      });
  });
});
describe("fileTrouble", () => {
  it("tells that a state's file was removed or replaced while it was open", async () => {
    const file = join(folder, "open.db");
    const store = await openState(file);
    const trouble = fileTrouble(file);
    await store.commit([{ kind: "put", collection: "marks", key: "x", value: { at: 1 } }]);
    expect(trouble()).toBeUndefined();
    renameSync(file, `${file}.away`);
    expect(trouble()).toContain(`${file} was removed or replaced`);
    writeFileSync(file, "");
    expect(trouble()).toContain("was removed or replaced");
    renameSync(`${file}.away`, file);
    expect(trouble()).toBeUndefined();
    await store.close();
  });
});
