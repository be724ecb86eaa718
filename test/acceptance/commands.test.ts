// Every command and option that a message or a page names exists, and what the program prints can be read.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { displayWidth } from "../../src/cli/style.ts";
import { run as runProgram } from "./support/child-process.ts";
import { openStage, PROGRAM, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const WIDTH = 120;

const quiet = { isTerminal: false, columns: WIDTH, write: async () => undefined };
const io: Io = {
  env: {},
  cwd: ROOT,
  stdout: quiet,
  stderr: quiet,
  signal: new AbortController().signal,
  interactive: false,
  ask: async () => "",
};
const PROGRAM_TREE = buildProgram({ io, finish: () => undefined, run: async () => 0 });

/** Every command by its words (`packs show`), the program itself by none. */
function commandsOf(command: Command, words: readonly string[] = []): [string, Command][] {
  return [
    [words.join(" "), command],
    ...command.commands.flatMap((child) => commandsOf(child, [...words, child.name()])),
  ];
}
const COMMANDS = new Map(commandsOf(PROGRAM_TREE));
const optionsOf = (command: Command): string[] => [
  "--help",
  ...command.options.flatMap(({ long }) => long ?? []),
];
const ALL_OPTIONS = new Set([...COMMANDS.values()].flatMap(optionsOf));

/** Words that follow the product's name where it is no command line: "this watchkeeper reads version 1". */
const PROSE = new Set(["reads", "makes", "may", "runs", "above", "again"]);
/** Options of other programs, in sources that run or write about them. */
const FOREIGN_OPTIONS = /^src\/((?:local|events|notify|state|model|engine|cli\/demo)\/|cli\/tune-heap\.ts$)/;

function filesIn(folder: string, fits: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => fits.test(path))
    .map((path) => join(folder, path));
}
const SOURCES = filesIn("src", /(?<!\.test)\.ts$/);
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...filesIn("docs", /\.md$/),
  ...filesIn("examples", /\.yaml$/),
  ...filesIn("packs", /\.yaml$/),
];
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Command lines that a text names: the words after `watchkeeper`, as far as they may belong to it. */
function mentions(text: string): string[] {
  return [
    ...text.matchAll(/(?<![\w./@-])watchkeeper ((?:[a-z-][\w-]*|--[a-z-]+)(?:[ =](?:[^\s`"'|;,()]+))*)/g),
  ].map(([, words = ""]) => words);
}

/** What is wrong with the command lines that a file names. */
function unknownIn(file: string): string[] {
  const wrong: string[] = [];
  for (const words of mentions(textOf(file))) {
    const [first = "", second = ""] = words.split(" ");
    if (PROSE.has(first)) continue;
    const command = COMMANDS.get(`${first} ${second}`) ?? COMMANDS.get(first.startsWith("-") ? "" : first);
    if (!command) wrong.push(`${file}: watchkeeper ${first}`);
    else
      for (const [option] of words.matchAll(/(?<=^| )--[a-z][a-z-]*/g))
        if (!optionsOf(command).includes(option)) wrong.push(`${file}: watchkeeper ${words}: ${option}`);
  }
  return wrong;
}

/** Options that messages speak of without their command: "--allow-deletes 7 allows it". Not those of `aws`, nor CSS variables. */
function unknownOptionsIn(file: string): string[] {
  const lines = textOf(file)
    .split("\n")
    .filter((line) => !/\baws [a-z0-9-]+ /.test(line));
  const named = lines.flatMap((line) => [
    ...line.matchAll(/(?<=^|[\s"'`|]|(?<!var)\()--[a-z][a-z-]+(?![a-z-]*:)/g),
  ]);
  return named.filter(([option]) => !ALL_OPTIONS.has(option)).map(([option]) => `${file}: ${option}`);
}

describe("what messages and pages name", () => {
  it("exists", () => {
    expect([...SOURCES, ...PAGES].flatMap(unknownIn)).toEqual([]);
    expect(SOURCES.filter((file) => !FOREIGN_OPTIONS.test(file)).flatMap(unknownOptionsIn)).toEqual([]);
  });

  it("was found at all", () => {
    const all = [...SOURCES, ...PAGES].flatMap((file) => mentions(textOf(file)));
    expect(all.length).toBeGreaterThan(40);
    expect(mentions("run `watchkeeper plan --out FILE`, or watchkeeper packs show essentials")).toEqual([
      "plan --out FILE",
      "packs show essentials",
    ]);
  });
});

describe("help", () => {
  it.each([...COMMANDS])("of `watchkeeper %s` works and fits", async (words, command) => {
    const args = words === "" ? ["--help"] : [...words.split(" "), "--help"];
    let text = "";
    const program = buildProgram({
      io: {
        ...io,
        stdout: {
          ...quiet,
          write: async (part) => {
            text += part;
          },
        },
      },
      finish: () => undefined,
      run: async () => 0,
    });
    await expect(program.parseAsync(args, { from: "user" })).rejects.toMatchObject({ exitCode: 0 });
    expect(text).toContain(`Usage: watchkeeper${words === "" ? "" : ` ${words}`}`);
    expect(command.description()).not.toBe("");
    for (const option of command.options) expect(option.description, option.long).not.toBe("");
    expectReadable(text);
  });

  it("of the program as it is shipped", async () => {
    const help = await runProgram(process.execPath, [PROGRAM, "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("Commands:") });
    const { version } = JSON.parse(textOf("package.json")) as { version: string };
    expect((await runProgram(process.execPath, [PROGRAM, "--version"])).stdout).toBe(`${version}\n`);
  });
});

/** No line is too wide, and nothing paints or moves a cursor. */
function expectReadable(text: string): void {
  expect(text).not.toContain("\u001b");
  expect(text.split("\n").filter((line) => displayWidth(line) > WIDTH)).toEqual([]);
}

describe("output that isn't for a terminal", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(SCENARIO, configuration());
  });
  afterAll(() => stage.close());

  it.each([
    "plan",
    "plan --allow-deletes 3",
    "apply --yes",
    "inventory",
    "inventory --type ec2.instance",
    "explain web-1",
    "explain --skipped",
    "validate",
    "packs list",
    "packs show essentials",
    "packs show classic",
    "init -c new.yaml",
    "destroy --yes",
  ])("fits: %s", async (line) => {
    const { code, stdout, stderr } = await stage.quick(line.split(" "));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expectReadable(stdout);
  });

  it("has no colours from the shipped program, even where the environment would like some", async () => {
    const { stdout, stderr } = await stage.watchkeeperWith({ FORCE_COLOR: "1", TERM: "xterm-256color" }, [
      "plan",
    ]);
    expect(stderr).toBe("");
    expectReadable(stdout);
  });
});
