// Writes generated/schemas/<service>.json for every service of the local cloud: what its wire layer needs to know of the installed
// SDK client, so that the local cloud imports no SDK at run time. Fast when nothing changed: run it as often as you like.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NormalizedSchema } from "@smithy/core/schema";
import type { LocalService } from "../src/local/service.ts";
import { SERVICES } from "../src/local/services/registry.ts";
import type { MemberEntry, SchemaFile, ShapeEntry, ShapeRef } from "../src/local/wire/schema-file.ts";
import type { HttpBinding, TimestampFormat, Traits } from "../src/local/wire/shape.ts";

/** Where the snapshots go. */
export const SCHEMA_FOLDER = resolve(import.meta.dirname, "../generated/schemas");

const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat>> = {
  5: "date-time",
  6: "http-date",
  7: "epoch",
};

/** Makes the snapshots that are missing or out of date; answers the names of those written. */
export async function snapshotSchemas(folder = SCHEMA_FOLDER): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, service] of Object.entries<LocalService>(SERVICES)) {
    const path = join(folder, `${name}.json`);
    const inputs = inputsOf(service);
    if (existsSync(path) && (JSON.parse(readFileSync(path, "utf8")) as SchemaFile).inputs === inputs)
      continue;
    // Renamed into place, because somebody may be reading: tests and builds run at the same time.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(await snapshot(service, inputs)));
    renameSync(draft, path);
    written.push(name);
  }
  return written;
}

/** What a snapshot depends on: the client's version, the operations with handlers, and this script. */
function inputsOf(service: LocalService): string {
  const { version } = createRequire(import.meta.url)(`${service.sdk}/package.json`) as { version: string };
  const script = createHash("sha256")
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex");
  return [service.sdk, version, script.slice(0, 12), ...Object.keys(service.handlers).sort()].join(" ");
}

type Walk = (schema: NormalizedSchema) => ShapeRef;

async function snapshot(service: LocalService, inputs: string): Promise<SchemaFile> {
  const exported = Object.values((await import(service.sdk)) as Record<string, unknown>);
  const schemas = exported.filter((value): value is [number, string, string, unknown, ...unknown[]] =>
    Array.isArray(value),
  );
  const shapes: ShapeEntry[] = [];
  const walk = walker(shapes);
  const file = {
    inputs,
    namespace: schemas.find(([kind]) => kind === 9)?.[1] ?? "",
    operations: {} as Record<string, SchemaFile["operations"][string]>,
    unimplemented: {} as Record<string, HttpBinding | 0>,
    errors: {} as Record<string, SchemaFile["errors"][string]>,
    shapes,
  };
  for (const [kind, namespace, name, traits, input, output] of schemas) {
    if (kind === 9) {
      const http = (traits as { http?: HttpBinding }).http;
      if (name in service.handlers) file.operations[name] = { ...ends(walk, input, output), http };
      else file.unimplemented[name] = http ?? 0;
    } else if (kind === -3 && namespace === file.namespace) {
      const schema = NormalizedSchema.of([kind, namespace, name, traits, input, output] as never);
      const { error, httpError, awsQueryError } = schema.getMergedTraits() as ErrorTraits;
      const fault = error ?? "client";
      const status = httpError ?? (fault === "server" ? 500 : 400);
      file.errors[name] = { status, fault, query: awsQueryError, shape: walk(schema) };
    }
  }
  const missing = Object.keys(service.handlers).filter((name) => !(name in file.operations));
  if (missing.length > 0) throw new Error(`${service.sdk} has no operation ${missing.join(", ")}`);
  return file;
}

interface ErrorTraits {
  readonly error?: "client" | "server";
  readonly httpError?: number;
  readonly awsQueryError?: readonly [string, number];
}

function ends(walk: Walk, input: unknown, output: unknown): { input?: ShapeRef; output?: ShapeRef } {
  const [from, to] = [NormalizedSchema.of(input as never), NormalizedSchema.of(output as never)];
  return {
    ...(from.isUnitSchema() ? {} : { input: walk(from) }),
    ...(to.isUnitSchema() ? {} : { output: walk(to) }),
  };
}

/** Collects compound shapes, each once, and answers references to them. */
function walker(shapes: ShapeEntry[]): Walk {
  const seen = new Map<unknown, number>();
  const walk: Walk = (schema) => {
    const scalar = scalarOf(schema);
    if (scalar !== undefined) return scalar;
    const key = schema.getSchema();
    const known = seen.get(key);
    if (known !== undefined) return known;
    const index = shapes.length;
    seen.set(key, index);
    shapes.push({ kind: "structure", name: "", members: [] });
    shapes[index] = entryOf(schema, walk);
    return index;
  };
  return walk;
}

function scalarOf(schema: NormalizedSchema): ShapeRef | undefined {
  if (schema.isStringSchema()) return "string";
  if (schema.isNumericSchema()) return "number";
  if (schema.isBooleanSchema()) return "boolean";
  if (schema.isBlobSchema()) return "blob";
  if (schema.isTimestampSchema()) return "timestamp";
  return undefined;
}

function entryOf(schema: NormalizedSchema, walk: Walk): ShapeEntry {
  const name = schema.getName() ?? "";
  const member = (memberName: string, memberSchema: NormalizedSchema, required: boolean): MemberEntry => {
    const traits = traitsOf(memberSchema);
    return {
      name: memberName,
      shape: walk(memberSchema),
      ...(required ? { required } : {}),
      ...(Object.keys(traits).length > 0 ? { traits } : {}),
    };
  };
  if (schema.isListSchema()) {
    return { kind: "list", name, members: [member("member", schema.getValueSchema(), false)] };
  }
  if (schema.isMapSchema()) {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    return { kind: "map", name, members: [member("key", key, false), member("value", value, false)] };
  }
  if (!schema.isStructSchema())
    throw new Error(`shapes like ${name} (${String(schema.getSchema())}) are not supported`);
  if (schema.getEventStreamMember()) throw new Error(`${name}: event streams are not supported`);
  // The seventh element counts the required members, which come first.
  const required = (schema.getSchema() as unknown as readonly number[])[6] ?? 0;
  return {
    kind: schema.isUnionSchema() ? "union" : "structure",
    name,
    members: [...schema.structIterator()].map(([key, value], index) => member(key, value, index < required)),
  };
}

const PLAIN = [
  "xmlName",
  "ec2QueryName",
  "jsonName",
  "httpQuery",
  "httpHeader",
  "httpPrefixHeaders",
  "xmlNamespace",
];
const FLAGS = [
  "xmlFlattened",
  "xmlAttribute",
  "sparse",
  "idempotencyToken",
  "httpLabel",
  "httpQueryParams",
  "httpPayload",
  "httpResponseCode",
];

function traitsOf(schema: NormalizedSchema): Traits {
  const merged = schema.getMergedTraits() as Readonly<Record<string, unknown>>;
  const traits: Record<string, unknown> = {};
  for (const name of PLAIN) if (merged[name] !== undefined) traits[name] = merged[name];
  for (const name of FLAGS) if (merged[name]) traits[name] = true;
  const format = schema.isTimestampSchema() ? TIMESTAMP_FORMATS[schema.getSchema() as number] : undefined;
  if (format !== undefined) traits["timestampFormat"] = format;
  return traits;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const written = await snapshotSchemas();
  process.stdout.write(
    written.length > 0 ? `schemas written: ${written.join(", ")}\n` : "schemas are up to date\n",
  );
}
