// The table of rules in docs/lint.md is that of the registry, and the shipped packs are as lint sees them.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { LintRule } from "../src/alarms/lint/lint-rule.ts";
import { LINT_RULE_NAMES, lintRule } from "../src/alarms/lint/registry.ts";
import { lintOffline } from "../src/app/lint.ts";
import { readConfiguration } from "../src/app/read-configuration.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGE = resolve(ROOT, "docs/lint.md");
const text = readFileSync(PAGE, "utf8");

const HEADINGS: Readonly<Record<LintRule["about"], string>> = {
  "cannot fire": "Alarms that can't fire",
  noise: "Alarms that only make noise",
  "nobody hears": "Alarms that nobody hears",
  silence: "Silence taken for the wrong thing",
  order: "Order",
};

const NEEDS: Readonly<Record<string, string>> = {
  alarmNames: "live alarms",
  series: "metrics",
  topics: "topics",
  topicKeys: "topics",
  past: "history",
  resources: "resources",
};

function tables(): string {
  return Object.entries(HEADINGS)
    .map(([about, heading]) => {
      const rows = LINT_RULE_NAMES.filter((name) => lintRule(name).about === about).map((name) => {
        const { severity, title, remedy, needs = [] } = lintRule(name);
        const facts = [...new Set(needs.map((fact) => NEEDS[fact]))].join(", ");
        return `| \`${name}\` | ${severity} | ${title} | ${remedy} | ${facts} |`;
      });
      return `### ${heading}\n\n| rule | severity | what it finds | remedy | needs |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
    })
    .join("\n");
}

describe("docs/lint.md", () => {
  it("lists the rules that there are (vitest --update writes them)", async () => {
    const current = text.replace(
      /(<!-- rules: .*? -->\n).*?(<!-- \/rules -->)/s,
      (_, before: string, after: string) => `${before}\n${tables()}\n${after}`,
    );
    expect(LINT_RULE_NAMES.every((name) => current.includes(`| \`${name}\` |`))).toBe(true);
    await expect(current).toMatchFileSnapshot(PAGE);
  });

  it("has rules whose sentences read as they should", () => {
    for (const name of LINT_RULE_NAMES) {
      const { title, remedy } = lintRule(name);
      expect(title, name).toMatch(/^[A-Z].*\.$/);
      expect(remedy, name).not.toMatch(/\.$|^[A-Z][a-z]/);
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });
});

describe("the shipped packs", () => {
  const lint = (example: string) =>
    lintOffline(readConfiguration(`examples/${example}.yaml`, ROOT).configuration);

  it("essentials has nothing that lint complains of", () => {
    const { findings, alarms } = lint("essentials");
    expect(alarms).toBeGreaterThan(15);
    expect(findings).toEqual([]);
  });

  it("classic is as weak as it says itself", () => {
    const { findings } = lint("classic");
    expect(findings.map(({ rule, severity, definition }) => `${severity} ${rule} ${definition}`)).toEqual([
      "warning short-period managed/cpu-credits",
      "warning single-datapoint managed/net-throughput",
      // These three are written out in the example, in the pack's own figures.
      "warning single-datapoint outgoing/network-out",
      "warning single-datapoint sheet/cpu-90",
      "warning night-page frozen/cpu-95",
    ]);
    const ofPack = findings.filter(({ definition }) => definition?.startsWith("managed/"));
    for (const { notes, rule } of ofPack) expect(notes.join("\n"), rule).toMatch(/noisy:|leaves gaps/);
  });

  it("classic's own alarms all own up to what is found in them", () => {
    const { configuration } = readConfiguration("examples/classic.yaml", ROOT);
    const policies = configuration.policies.map((policy) => ({ ...policy, overrides: [] }));
    const { findings } = lintOffline({ ...configuration, policies });
    const ofPack = findings.filter(({ definition }) => definition?.startsWith("managed/"));
    expect(ofPack.length).toBeGreaterThan(4);
    for (const { notes, rule, definition } of ofPack)
      expect(notes.length, `${definition} ${rule}`).toBeGreaterThan(0);
  });
});
