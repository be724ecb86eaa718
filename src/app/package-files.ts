import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The installed package's folder: where `packs/` and `examples/` lie, from the source tree and from the bundle alike. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && manifestOf(manifest)["name"] === "watchkeeper") return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of watchkeeper above ${import.meta.url}`);
    folder = parent;
  }
}

/** The package's version. */
export function packageVersion(): string {
  return String(manifestOf(join(packageFolder(), "package.json"))["version"]);
}

function manifestOf(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}
