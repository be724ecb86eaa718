// Every configuration and every scenario shown in the documentation loads as it stands.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { shippedRunbooks } from "../src/app/read-configuration.ts";
import { loadAlarmTests } from "../src/config/alarm-tests/load-alarm-tests.ts";
import { parsePack } from "../src/config/alarms/pack.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { RESOURCE_TYPES } from "../src/inventory/registry.ts";
import { parseScenario } from "../src/local/scenario/scenario.ts";
import type { Pack } from "../src/model/alarm-policy.ts";
import { CHANNEL_KINDS } from "../src/notify/channels/registry.ts";
import { formatDiagnostic } from "../src/support/diagnostic.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** What a recording named in the documentation holds. */
const RECORDING = "timestamp,value\n2026-01-31T12:00:00Z,12\n2026-01-31T12:05:00Z,14\n";

const pages = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);
const blocks = pages.flatMap((path) =>
  [...readFileSync(join(ROOT, path), "utf8").matchAll(/^```ya?ml\n(.*?)^```$/gms)]
    .map(([, text = ""], index) => ({ name: `${path}, YAML block ${index + 1}`, text }))
    // Whole files begin with their version; others are parts, to be read with the text around them.
    .filter(({ text }) => /^(#.*\n|\n)*version:/.test(text)),
);

const packs: Record<string, Pack> = {};
for (const name of readdirSync(join(ROOT, "packs"))) {
  const { pack } = parsePack(readFileSync(join(ROOT, "packs", name)), name, RESOURCE_TYPES);
  if (pack) packs[pack.name] = pack;
}

/** Configurations have a name, files of alarm tests have tests, scenarios have neither. */
function problems(text: string, file: string): readonly string[] {
  if (/^tests:/m.test(text))
    return loadAlarmTests(text, file, RESOURCE_TYPES).diagnostics.map(formatDiagnostic);
  const { diagnostics } = /^name:/m.test(text)
    ? loadConfiguration(text, file, {
        resourceTypes: RESOURCE_TYPES,
        packs,
        channels: CHANNEL_KINDS,
        runbooks: shippedRunbooks(),
      })
    : parseScenario(text, file, () => RECORDING);
  return diagnostics.map(formatDiagnostic);
}

describe("documentation", () => {
  it("shows both configurations and scenarios", () => {
    expect(blocks.some(({ text }) => /^name:/m.test(text))).toBe(true);
    expect(blocks.some(({ text }) => /^groups:/m.test(text))).toBe(true);
  });

  it.each(blocks)("$name", ({ name, text }) => {
    expect(problems(text, name)).toEqual([]);
  });
});
