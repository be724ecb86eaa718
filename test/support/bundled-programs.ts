import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "../..");

/** Programs in a folder of their own. */
export interface BundledPrograms {
  readonly folder: string;
  /** The program of the store's thread. */
  readonly storeThread: URL;
  remove(): void;
}

/**
 * Bundles the program of the store's thread, from the source as it stands, and beside it others of this folder: `NAME.mjs` from
 * `NAME.ts`. A thread can't run TypeScript, and what lies in dist/ may be older than the source.
 */
export async function bundlePrograms(...names: readonly string[]): Promise<BundledPrograms> {
  const cache = join(ROOT, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  // Inside of the project: libsql is looked for from there.
  const folder = mkdtempSync(join(cache, "programs-"));
  await build({
    entryPoints: {
      "store-thread": join(ROOT, "src/state/store-thread.ts"),
      ...Object.fromEntries(names.map((name) => [name, join(import.meta.dirname, `${name}.ts`)])),
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["libsql"],
    banner: {
      js: 'import { createRequire as __r } from "node:module"; const require = __r(import.meta.url);',
    },
    logLevel: "error",
  });
  return {
    folder,
    storeThread: pathToFileURL(join(folder, "store-thread.mjs")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
