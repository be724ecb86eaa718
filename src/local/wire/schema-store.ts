import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LocalService } from "../service.ts";
import { compileRoutes, type Route } from "./routes.ts";
import { resolveSchemas, type SchemaFile, type Schemas } from "./schema-file.ts";

/** A service with its schemas at hand. */
export interface ServiceModel extends Schemas {
  /** Name in the registry. */
  readonly name: string;
  readonly service: LocalService;
  /** Routes of all operations of REST services, implemented or not, most literal first. */
  readonly routes: readonly Route[];
}

/** Where the snapshots are: beside the bundle in `dist/`, or where `npm run schemas` puts them when running from source. */
const FOLDERS = ["./schemas/", "../schemas/", "../../../generated/schemas/"] as const;

/** Reads services' schemas, each on first use. */
export class SchemaStore {
  readonly #folder: string | undefined;
  readonly #services: Readonly<Record<string, LocalService>>;
  readonly #models = new Map<string, ServiceModel>();

  /** `folder`: where the snapshots are; found by itself when not given. */
  constructor(services: Readonly<Record<string, LocalService>>, folder?: string) {
    this.#services = services;
    this.#folder = folder;
  }

  /** Throws when the snapshot is missing or older than the service's handlers. */
  model(name: string): ServiceModel {
    const known = this.#models.get(name);
    if (known) return known;
    const service = this.#services[name] as LocalService;
    const schemas = resolveSchemas(this.#read(name));
    const stale = Object.keys(service.handlers).filter((operation) => !schemas.operations.has(operation));
    if (stale.length > 0) {
      throw new Error(`the schemas of ${name} lack ${stale.join(", ")}: run npm run schemas`);
    }
    const model = { name, service, ...schemas, routes: compileRoutes(schemas) };
    this.#models.set(name, model);
    return model;
  }

  #read(name: string): SchemaFile {
    const candidates =
      this.#folder === undefined
        ? FOLDERS.map((folder) => fileURLToPath(new URL(`${folder}${name}.json`, import.meta.url)))
        : [`${this.#folder}/${name}.json`];
    const path = candidates.find((candidate) => existsSync(candidate));
    if (path === undefined) {
      throw new Error(`no schemas for ${name} (looked for ${candidates.join(" and ")}): run npm run schemas`);
    }
    return JSON.parse(readFileSync(path, "utf8")) as SchemaFile;
  }
}
