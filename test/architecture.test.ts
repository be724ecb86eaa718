// The floors of the house: imports go down a floor or stay in their folder.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

const FLOORS: Readonly<Record<string, number>> = {
  model: 0, support: 0,
  engine: 1, plan: 1, events: 1, config: 1,
  aws: 2, local: 2, checks: 2,
  state: 3, inventory: 3, commands: 3,
  alarms: 4, agent: 4, backup: 4, probes: 4, notify: 4, remediation: 4,
  app: 5,
  cli: 6, lambda: 6, console: 6,
}; // biome-ignore format: the table is the point

/** Packages a folder may import at run time; type-only imports of SDK clients are free for `local`. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  model: [], support: [], engine: [], plan: [], events: [],
  config: [/^zod$/, /^yaml$/],
  aws: [/^@aws-sdk\//, /^@smithy\//],
  local: [/^@smithy\//, /^yaml$/, /^zod$/],
  state: [/^libsql$/],
  inventory: [/^write-excel-file/],
  alarms: [/^yaml$/],
  notify: [/^nodemailer$/],
  app: [], cli: [/^commander$/],
}; // biome-ignore format: the table is the point

/** Node's own modules that pure folders may use: none of them does I/O. */
const PURE_NODE = /^node:(crypto|util)$/;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function sources(folder = SRC): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? sources(path)
      : path.endsWith(".ts") && !path.endsWith(".test.ts")
        ? [path]
        : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const pattern =
    /^\s*(?:import|export)\s+(type\s)?[^"';]*?from\s*"([^"]+)"|import\("([^"]+)"\)|^\s*import\s+"([^"]+)"/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    file: relative(SRC, file),
    target: match[2] ?? match[3] ?? match[4] ?? "",
    typeOnly:
      match[1] !== undefined ||
      /typeof import\("/.test(text.slice(Math.max(0, match.index - 8), match.index + 8)),
  }));
}

const folderOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] as string) : "");
const all = sources().flatMap(importsOf);

describe("architecture", () => {
  it("has a floor for every folder", () => {
    const unknown = new Set(
      sources()
        .map((file) => folderOf(relative(SRC, file)))
        .filter((name) => name !== "" && !(name in FLOORS)),
    );
    expect([...unknown]).toEqual([]);
  });

  it("is drawn in ARCHITECTURE.md as it stands, and nothing else is", () => {
    const page = readFileSync(resolve(SRC, "../ARCHITECTURE.md"), "utf8");
    const rows = [...page.matchAll(/^\| (\d) \| ([^|]+) \|/gm)].flatMap(([, floor, folders = ""]) =>
      [...folders.matchAll(/`(\w+)\/`/g)].map(([, folder]) => `${floor} ${folder}`),
    );
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rows.sort()).toEqual(folders.map(({ name }) => `${FLOORS[name]} ${name}`).sort());
  });

  it("imports go down a floor or stay in the folder", () => {
    const wrong = all.filter(({ file, target }) => {
      const from = folderOf(file);
      if (!target.startsWith(".") || from === "") return false;
      const to = folderOf(relative(SRC, resolve(SRC, dirname(file), target)));
      return to !== from && !((FLOORS[to] ?? 99) < (FLOORS[from] ?? -1));
    });
    expect(wrong).toEqual([]);
  });

  it("imports between folders that stand side by side go one way, with all that is in them and those of types too", () => {
    // A folder and what is inside of it may know each other: its own files are what the inner ones speak of, and what puts them together.
    const imports = all.flatMap(({ file, target }) => {
      if (!target.startsWith(".")) return [];
      const [from, to] = [dirname(file), join(dirname(file), dirname(target))].map((path) => path.split("/"));
      const depth = from?.findIndex((part, at) => part !== to?.[at]) ?? -1;
      if (!from || !to || depth < 0 || depth >= to.length || folderOf(file) === "") return [];
      return [{ from: from.slice(0, depth + 1).join("/"), to: to.slice(0, depth + 1).join("/"), file }];
    });
    const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
      from === goal ||
      imports.some((one) => {
        if (one.from !== from || seen.has(one.to)) return false;
        seen.add(one.to);
        return reaches(one.to, goal, seen);
      });
    const circles = imports.filter(({ from, to }) => reaches(to, from));
    expect(new Map(circles.map(({ from, to, file }) => [`${from} -> ${to}`, file]))).toEqual(new Map());
  });

  it("the local cloud knows model, support, engine and the reading of YAML only", () => {
    const allowed = new Set(["local", "model", "support", "engine", "config"]);
    const wrong = all.filter(
      ({ file, target }) =>
        folderOf(file) === "local" &&
        target.startsWith(".") &&
        !allowed.has(folderOf(relative(SRC, resolve(SRC, dirname(file), target)))),
    );
    expect(wrong).toEqual([]);
  });

  it("packages are used where they belong", () => {
    const wrong = all.filter(({ file, target, typeOnly }) => {
      const from = folderOf(file);
      if (target.startsWith(".") || typeOnly) return false;
      if (target.startsWith("node:"))
        return ["model", "engine", "plan", "events", "support"].includes(from) && !PURE_NODE.test(target);
      return !(PACKAGES[from] ?? []).some((pattern) => pattern.test(target));
    });
    expect(wrong).toEqual([]);
  });

  it("nothing below the use cases reads the environment, the wall clock or prints", () => {
    const banned =
      /process\.env|console\.(log|error|warn|info|debug)\(|Date\.now\(|new Date\(\)|Math\.random\(/;
    const wrong = sources().filter((file) => {
      const folder = folderOf(relative(SRC, file));
      return folder !== "local" && (FLOORS[folder] ?? 9) < 5 && banned.test(readFileSync(file, "utf8"));
    });
    expect(wrong.map((file) => relative(SRC, file))).toEqual([]);
  });
});
