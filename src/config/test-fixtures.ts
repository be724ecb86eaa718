// Small things for the tests of this folder.
import { readFileSync } from "node:fs";
import type { Pack } from "../model/alarm-policy.ts";
import type { Configuration } from "../model/configuration.ts";
import { formatDiagnostic } from "../support/diagnostic.ts";
import { parsePack } from "./alarms/pack.ts";
import { loadConfiguration } from "./load.ts";
import type { ConfigRegistries } from "./registries.ts";

const facts = (...names: readonly string[]) => ({
  facts: Object.fromEntries(names.map((name) => [name, name])),
});

/** Two resource types with facts. */
export const resourceTypes: ConfigRegistries["resourceTypes"] = {
  "ec2.instance": facts("instanceType", "platform", "burstable", "creditMode", "maxCredits", "nitro"),
  "ebs.volume": facts("volumeType", "sizeGiB", "attachedInstanceId", "burstBalance", "nitro"),
};

/** A pack that comes with the package. */
export function shippedPack(name: string): Pack {
  const file = new URL(`../../packs/${name}.yaml`, import.meta.url);
  const { pack, diagnostics } = parsePack(readFileSync(file), `packs/${name}.yaml`, resourceTypes);
  if (!pack) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return pack;
}

/** Two resource types and the packs of the package. */
export const registries: ConfigRegistries = {
  resourceTypes,
  packs: { essentials: shippedPack("essentials"), classic: shippedPack("classic") },
};

/** What loading a text says, one line each, without the file's name. */
export function complaints(text: string | Uint8Array): string[] {
  const { diagnostics } = loadConfiguration(text, "w.yaml", registries);
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replace(/^w\.yaml:/, ""));
}

/** The configuration in a text that must be right. */
export function loaded(text: string): Configuration {
  const { configuration, diagnostics } = loadConfiguration(text, "w.yaml", registries);
  if (!configuration) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return configuration;
}
