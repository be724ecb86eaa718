// The page on remediation: its table of guards is the registry's, and what it shows of runbooks loads.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { shippedRunbooks } from "../src/app/read-configuration.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { guardsSchema } from "../src/config/remediation/remediation-schema.ts";
import { INSTANCE_FIELDS } from "../src/model/instance-template.ts";
import { REMEDIATE_TAG, REMEDIATE_VALUE } from "../src/model/own-tags.ts";
import type { Guard } from "../src/remediation/guard.ts";
import { GUARDS } from "../src/remediation/guards/registry.ts";
import { formatDiagnostic } from "../src/support/diagnostic.ts";

const PAGE = resolve(import.meta.dirname, "../docs/remediation.md");
const text = readFileSync(PAGE, "utf8");

function table(): string {
  const rows = Object.values(GUARDS).map(
    ({ name, refuses, setting }: Guard) =>
      `| \`${name}\` | ${refuses} | ${setting === undefined ? "" : `\`${setting}\``} |`,
  );
  return `| guard | refuses | key |\n|---|---|---|\n${rows.join("\n")}\n`;
}

describe("docs/remediation.md", () => {
  it("lists the guards that there are (vitest --update writes them)", async () => {
    const current = text.replace(
      /(<!-- guards: .*? -->\n).*?(<!-- \/guards -->)/s,
      (_, before: string, after: string) => `${before}\n${table()}\n${after}`,
    );
    expect(current).toContain("| `opt-in` |");
    await expect(current).toMatchFileSnapshot(PAGE);
  });

  it("has a guard for every key of guards:, and no other", () => {
    const keys = Object.values(GUARDS).flatMap(({ setting }: Guard) => setting ?? []);
    expect(keys.sort()).toEqual(Object.keys(guardsSchema.shape).sort());
  });

  it("names the tag, the expressions and the shipped runbooks as they are", () => {
    expect(text).toContain(`\`${REMEDIATE_TAG}=${REMEDIATE_VALUE}\``);
    for (const field of INSTANCE_FIELDS) expect(text).toContain(`\`$resource.${field}\``);
    for (const name of Object.keys(shippedRunbooks())) expect(text).toContain(`| \`${name}\` |`);
  });

  it("shows ladders and checks that load", () => {
    const blocks = [...text.matchAll(/^```yaml\n((?:ladder|checks):.*?)^```$/gms)].map(
      ([, block = ""]) => block,
    );
    expect(blocks.map((block) => block.split(":")[0])).toEqual(["ladder", "checks"]);
    const runbook = `trigger: severity="critical"\nallowStopStart: true\n${blocks.join("")}`;
    const indented = runbook.replace(/^(?=.)/gm, "      ");
    const { diagnostics } = loadConfiguration(
      `version: 1\nname: a\npolicies: []\nremediation:\n  runbooks:\n    one:\n${indented}`,
      "w.yaml",
      { resourceTypes: {}, packs: {} },
    );
    expect(diagnostics.filter(({ severity }) => severity === "error").map(formatDiagnostic)).toEqual([]);
  });
});
