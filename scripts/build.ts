// Bundles the command line tool, the library and the engine into dist/, with everything they need but
// libsql's binary, so that installing Watchkeeper brings hardly more than one package and starting it reads a few files.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { build, type Metafile } from "esbuild";

const root = resolve(import.meta.dirname, "..");
// Built aside and put in place whole, so that a command started meanwhile finds one build or the other.
const dist = mkdtempSync(join(root, "dist-"));
/** The program of the store's thread: `cli/main.ts` starts it by this name. */
const STORE_THREAD = "store-thread";
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    main: "src/cli/main.ts",
    index: "src/index.ts",
    engine: "src/engine/index.ts",
    [STORE_THREAD]: "src/state/store-thread.ts",
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Native: its binary comes with the package that fits the machine.
  external: ["libsql"],
  // The ES module builds of packages: only those can be cut down to what is used.
  mainFields: ["module", "main"],
  chunkNames: "chunks/[name]-[hash]",
  define: {
    WATCHKEEPER_VERSION: JSON.stringify(version),
    WATCHKEEPER_STORE_THREAD: JSON.stringify(`./${STORE_THREAD}.js`),
  },
  // CommonJS packages inside an ES module bundle ask for Node's modules by require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
cpSync(join(root, "generated/schemas"), join(dist, "schemas"), { recursive: true });
writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), notices(metafile));
chmodSync(dist, 0o755);
const old = `${dist}-old`;
if (existsSync(join(root, "dist"))) renameSync(join(root, "dist"), old);
renameSync(dist, join(root, "dist"));
rmSync(old, { recursive: true, force: true });

/** Name, version and licence text of every package whose code is in the bundle. */
function notices(meta: Metafile): string {
  const folders = new Set<string>();
  for (const input of Object.keys(meta.inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  return [...folders]
    .sort()
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<
        string,
        string
      >;
      const licence = ["LICENSE", "LICENSE.md", "LICENSE.txt", "License", "license", "LICENCE"]
        .map((name) => join(root, folder, name))
        .find(existsSync);
      const text = licence ? readFileSync(licence, "utf8").trim() : `Licence: ${manifest["license"]}`;
      return `${manifest["name"]} ${manifest["version"]}\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
