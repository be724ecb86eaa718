import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkOffline } from "../alarms/desired/offline-check.ts";
import { parsePack } from "../config/alarms/pack.ts";
import { loadConfiguration } from "../config/load.ts";
import { parseRunbook, type ShippedRunbook } from "../config/remediation/shipped-runbook.ts";
import { RESOURCE_TYPES } from "../inventory/registry.ts";
import type { Pack } from "../model/alarm-policy.ts";
import type { Configuration } from "../model/configuration.ts";
import { CHANNEL_KINDS } from "../notify/channels/registry.ts";
import { LABELS } from "../notify/labels.ts";
import { type Diagnostic, formatDiagnostic, hasErrors } from "../support/diagnostic.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { loadAgentFiles } from "./agent/load-agent-files.ts";
import { packageFolder } from "./package-files.ts";

/** A configuration that can't be used, with everything that is wrong in it. */
export class InvalidConfiguration extends WatchkeeperError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    super("invalid-configuration", errors.map(formatDiagnostic).join("\n"));
    this.diagnostics = diagnostics;
  }
}

/** The packs that come with Watchkeeper, by name. A broken one is our own fault and throws. */
export function shippedPacks(): Readonly<Record<string, Pack>> {
  const packs: Record<string, Pack> = {};
  for (const { file, bytes } of shippedFiles("packs")) {
    const { pack, diagnostics } = parsePack(bytes, file, RESOURCE_TYPES);
    if (!pack) throw new InvalidConfiguration(diagnostics);
    packs[pack.name] = pack;
  }
  return packs;
}

/** The runbooks that come with Watchkeeper, by name. A broken one is our own fault and throws. */
export function shippedRunbooks(): Readonly<Record<string, ShippedRunbook>> {
  const runbooks: Record<string, ShippedRunbook> = {};
  for (const { file, bytes } of shippedFiles("runbooks")) {
    const { runbook, diagnostics } = parseRunbook(bytes, file);
    if (!runbook) throw new InvalidConfiguration(diagnostics);
    runbooks[runbook.name] = runbook;
  }
  return runbooks;
}

/** YAML files in a folder of the package, by name. */
function shippedFiles(folder: string): readonly { readonly file: string; readonly bytes: Uint8Array }[] {
  const path = join(packageFolder(), folder);
  return readdirSync(path)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => ({ file: `${folder}/${file}`, bytes: readFileSync(join(path, file)) }));
}

/** Reads a configuration file. Throws `InvalidConfiguration` with all errors, or says that there is no such file. */
export function readConfiguration(
  file: string,
  cwd: string,
): { readonly configuration: Configuration; readonly warnings: readonly Diagnostic[] } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code);
    throw new WatchkeeperError("no-configuration", `${file} can't be read: ${reason}`, {
      remedy: "`watchkeeper init` writes one to begin with, and --config names another",
      cause: error,
    });
  }
  const { configuration: written, diagnostics } = loadConfiguration(bytes, file, {
    resourceTypes: RESOURCE_TYPES,
    packs: shippedPacks(),
    channels: CHANNEL_KINDS,
    labels: LABELS,
    // Read by those alone that have remediation.
    get runbooks() {
      return shippedRunbooks();
    },
  });
  if (!written) throw new InvalidConfiguration(diagnostics);
  const { configuration, diagnostics: ofAgent } = loadAgentFiles(written, cwd);
  const found = [...diagnostics, ...ofAgent, ...checkOffline(configuration)];
  if (hasErrors(found)) throw new InvalidConfiguration(found);
  return { configuration, warnings: found };
}

/** Errors of a configuration that isn't a file yet. */
export function configurationProblems(text: string, file: string): readonly Diagnostic[] {
  const registries = { resourceTypes: RESOURCE_TYPES, packs: shippedPacks() };
  const { diagnostics } = loadConfiguration(Buffer.from(text), file, registries);
  return diagnostics.filter(({ severity }) => severity === "error");
}
