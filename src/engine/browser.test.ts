// The engine runs in a browser: nothing it imports needs Node.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, it } from "vitest";

function importsFrom(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = readFileSync(file, "utf8");
  seen.set(file, text);
  for (const [, target = ""] of text.matchAll(/^(?:import|export|\}) [^;"]*?from "([^"]+)"/gm))
    if (target.startsWith(".")) importsFrom(resolve(dirname(file), target), seen);
    else throw new Error(`${file} imports ${target}`);
  return seen;
}

it("imports no package and uses nothing of Node's", () => {
  const files = importsFrom(resolve(import.meta.dirname, "index.ts"));
  expect(files.size).toBeGreaterThan(30);
  for (const [file, text] of files)
    expect([file, /\b(process|Buffer|setImmediate|require)\b[.(]/.exec(text)?.[0]]).toEqual([
      file,
      undefined,
    ]);
});
