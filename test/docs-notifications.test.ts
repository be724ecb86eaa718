// The table of labels in the documentation is the program's own list.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { loadConfiguration } from "../src/config/load.ts";
import { CHANNEL_KINDS } from "../src/notify/channels/registry.ts";
import { LABELS } from "../src/notify/labels.ts";
import { formatDiagnostic } from "../src/support/diagnostic.ts";

const PAGE = readFileSync(join(resolve(import.meta.dirname, ".."), "docs/notifications.md"), "utf8");

describe("the page on notifications", () => {
  it("lists every label", () => {
    const rows = [...PAGE.matchAll(/^\| `([a-z_]+)` \| (.*) \|$/gm)].map(([, name, what]) => [name, what]);
    expect(rows).toEqual(Object.entries(LABELS));
  });

  it("shows a configuration that loads", () => {
    const part = /^```yaml\n(.*?)^```$/ms.exec(PAGE)?.[1] ?? "";
    expect(parseDocument(part).errors).toEqual([]);
    const { diagnostics } = loadConfiguration(`version: 1\nname: a\npolicies: []\n${part}`, "w.yaml", {
      resourceTypes: {},
      packs: {},
      channels: CHANNEL_KINDS,
    });
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
  });
});
