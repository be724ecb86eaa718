// What docs/machines.md says of simulated machines is so.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { CHANGES } from "../src/local/control/guests.ts";
import { SHELL_COMMANDS } from "../src/local/guest/shell-commands.ts";
import { DOCUMENTS } from "../src/local/services/ssm/documents.ts";

const text = readFileSync(resolve(import.meta.dirname, "../docs/machines.md"), "utf8");

describe("docs/machines.md", () => {
  it.each<[string, object]>([
    ["program of the shell", SHELL_COMMANDS],
    ["document", DOCUMENTS],
    ["change from outside", CHANGES],
  ])("names every %s", (_, table) => {
    expect(Object.keys(table).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
