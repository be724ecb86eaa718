// Every pack and every example configuration of the package loads as it stands.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { shippedRunbooks } from "../src/app/read-configuration.ts";
import { parsePack } from "../src/config/alarms/pack.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { RESOURCE_TYPES } from "../src/inventory/registry.ts";
import type { Pack } from "../src/model/alarm-policy.ts";
import { CHANNEL_KINDS } from "../src/notify/channels/registry.ts";
import { formatDiagnostic } from "../src/support/diagnostic.ts";

const ROOT = resolve(import.meta.dirname, "..");
const yamlFiles = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`);

const packs: Record<string, Pack> = {};
for (const file of yamlFiles("packs")) {
  const { pack } = parsePack(readFileSync(join(ROOT, file)), file, RESOURCE_TYPES);
  if (pack) packs[pack.name] = pack;
}

describe("packs", () => {
  it.each(yamlFiles("packs"))("%s", (file) => {
    const { pack, diagnostics } = parsePack(readFileSync(join(ROOT, file)), file, RESOURCE_TYPES);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(`packs/${pack?.name}.yaml`).toBe(file);
  });
});

describe("examples", () => {
  it.each(yamlFiles("examples"))("%s", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const { configuration, diagnostics } = loadConfiguration(text, file, {
      resourceTypes: RESOURCE_TYPES,
      packs,
      channels: CHANNEL_KINDS,
      runbooks: shippedRunbooks(),
    });
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(configuration?.policies.length).toBeGreaterThan(0);
    expect(text).toMatch(/^#/);
  });
});
