// The examples of docs/engine.md run, and print what they say they print.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const DOCS = readFileSync(resolve(import.meta.dirname, "../../docs/engine.md"), "utf8");
const blocks = [...DOCS.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

/** Comments behind a console.log or its last bracket, or on lines of their own below one. */
function promised(code: string): string[] {
  return code.split("\n").flatMap((line) => {
    const match = /(?:console\.log\(.*|^)\);\s*\/\/ (.*)$/.exec(line) ?? /^\/\/ (.*)$/.exec(line);
    return match ? [match[1] ?? ""] : [];
  });
}

async function run(code: string): Promise<string[]> {
  const prelude =
    "export const output = []; const console = { log: (...args) => output.push(args.join(' ')) };\n";
  const { outputFiles } = await build({
    stdin: { contents: prelude + code, loader: "ts", resolveDir: import.meta.dirname },
    alias: { "watchkeeper/engine": resolve(import.meta.dirname, "index.ts") },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const text = outputFiles[0]?.text ?? "";
  const url = `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
  const { output } = (await import(/* @vite-ignore */ url)) as { output: string[] };
  return output;
}

describe("docs/engine.md", () => {
  it("has examples", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(7);
  });

  it.each(
    blocks.map((code) => [
      code.split("\n").find((line) => line.includes("watchkeeper/engine")) ?? code,
      code,
    ]),
  )("%s", async (_, code) => {
    expect(promised(code).length).toBeGreaterThan(0);
    expect(await run(code)).toEqual(promised(code));
  });

  it("names every option", async () => {
    const source = readFileSync(resolve(import.meta.dirname, "options.ts"), "utf8");
    const declared = /export interface EngineOptions \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? "";
    const names = [...declared.matchAll(/readonly (\w+)\?:/g)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(DOCS).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "m"));
  });
});
