import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Option } from "commander";
import type { InventoryListing } from "../../inventory/resource-type.ts";
import type { Selector, TagCondition } from "../../model/selector.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { printable } from "../style.ts";
import { table } from "../table.ts";
import { tellIncomplete } from "../views/incomplete-view.ts";

interface InventoryOptions extends AwsOptions, CommonOptions {
  readonly format?: "table" | "json" | "csv" | "xlsx";
  readonly out?: string;
  readonly type?: readonly string[];
  readonly tag?: readonly string[];
  readonly state?: readonly string[];
  readonly name?: readonly string[];
  readonly id?: readonly string[];
  readonly dnsName?: readonly string[];
}

/** `watchkeeper inventory`: what exists, as a table or a file. Works without a configuration, on the credentials at hand. */
export function registerInventory({ program, io, finish }: CommandHost): void {
  const command = program
    .command("inventory")
    .description("list resources with their tags, over accounts and regions")
    .addOption(
      new Option("--format <format>", "form of the output").choices(["table", "json", "csv", "xlsx"]),
    )
    .option("--out <file>", "write to a file; needed for xlsx")
    .option("--type <type...>", "only these types, for example ec2.instance")
    .option("--tag <tag...>", "Key, Key=Value, Key=One,Two or Key=web-*; all must match")
    .option("--state <state...>", "only in these states, for example running")
    .option("--name <pattern...>", "only these names; * and ? stand for any characters")
    .option("--id <pattern...>", "only these ids")
    .option("--dns-name <pattern...>", "only instances that these DNS names of Route 53 lead to");
  withAws(command).action(async (options: InventoryOptions) => {
    const format = options.format ?? (options.json ? "json" : "table");
    if (format === "xlsx" && options.out === undefined) {
      throw new WatchkeeperError("no-file", "an Excel sheet can't be printed", {
        remedy: "name a file: --out fleet.xlsx",
      });
    }
    const context = await contextFor(io, options);
    const { listInventory } = await import("../../app/list-inventory.ts");
    const types = await knownTypes(options.type);
    const listing = await listInventory(await accountsOf(options, io), reachFrom(io, options), context, {
      ...(types ? { types } : {}),
      selector: selectorFrom(options),
    });
    const text = await formatted(listing, format, io);
    if (options.out === undefined) await io.stdout.write(text as string);
    else await writeOut(resolve(io.cwd, options.out), options.out, text);
    await tellProblems(listing, io);
    finish(listing.scopes.every((scope) => scope.complete) ? 0 : 1);
  });
}

/** The configuration's accounts and regions; without a file of the default name, the credentials and region at hand. */
async function accountsOf(options: InventoryOptions, io: Io) {
  if (options.config === "watchkeeper.yaml" && !existsSync(resolve(io.cwd, options.config))) {
    return { accounts: [], regions: options.region ?? [], expectAccounts: [] };
  }
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  return readConfiguration(options.config, io.cwd).configuration;
}

async function knownTypes(types: readonly string[] | undefined): Promise<readonly string[] | undefined> {
  if (types === undefined) return undefined;
  const { RESOURCE_TYPE_NAMES } = await import("../../inventory/registry.ts");
  const { didYouMean } = await import("../../support/suggest.ts");
  for (const type of types) {
    if (!RESOURCE_TYPE_NAMES.some((name) => name === type)) {
      throw new WatchkeeperError(
        "unknown-type",
        `there is no resource type "${type}".${didYouMean(type, RESOURCE_TYPE_NAMES)}`,
        {
          remedy: `there are ${RESOURCE_TYPE_NAMES.join(", ")}`,
        },
      );
    }
  }
  return types;
}

function selectorFrom(options: InventoryOptions): Selector {
  const tags: Record<string, TagCondition> = {};
  for (const text of options.tag ?? []) {
    const at = text.indexOf("=");
    const key = at < 0 ? text : text.slice(0, at);
    const value = text.slice(at + 1);
    if (at < 0) tags[key] = { exists: true };
    else tags[key] = /[*?]/.test(value) ? { pattern: value } : { anyOf: value.split(",") };
  }
  return {
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
    ...(options.state ? { states: options.state } : {}),
    ...(options.name ? { names: options.name } : {}),
    ...(options.id ? { ids: options.id } : {}),
    ...(options.dnsName ? { dnsNames: options.dnsName } : {}),
  };
}

async function formatted(listing: InventoryListing, format: string, io: Io): Promise<string | Uint8Array> {
  const { inventoryTable, toCsv, toJson, toXlsx } = await import("../../inventory/export-table.ts");
  if (format === "json") return toJson(listing);
  if (format === "csv") return toCsv(inventoryTable(listing.resources));
  if (format === "xlsx") return toXlsx(inventoryTable(listing.resources));
  const rows = listing.resources.map((resource) => [
    resource.name,
    resource.id,
    String(resource.facts["instanceType"] ?? resource.facts["volumeType"] ?? ""),
    resource.state,
    resource.region,
    Object.entries(resource.tags)
      .filter(([key]) => key !== "Name")
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  ]);
  const columns = ["name", "id", "type", "state", "region", "tags"].map((title) => ({
    title,
    minimum: title === "id" ? 21 : 0,
  }));
  const counts = listing.resources.length === 1 ? "1 resource" : `${listing.resources.length} resources`;
  return `${table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 120)}${counts}\n`;
}

async function writeOut(path: string, shown: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new WatchkeeperError("write-failed", `${shown} can't be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function tellProblems(listing: InventoryListing, io: Io): Promise<void> {
  await tellIncomplete(listing.scopes, io);
  for (const note of listing.notes ?? []) await io.stderr.write(`${printable(note.message)}\n`);
}
