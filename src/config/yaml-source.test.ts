import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "../support/diagnostic.ts";
import { readYaml } from "./yaml-source.ts";

const problems = (content: string | Uint8Array): string[] =>
  readYaml(content, "f").diagnostics.map(formatDiagnostic);

describe("readYaml", () => {
  it("knows the place of every key and value", () => {
    const source = readYaml('a: 1\nlist:\n  - x: "é"\n  - {  deep: [p,  q] }\n', "f");
    expect(source.value).toEqual({ a: 1, list: [{ x: "é" }, { deep: ["p", "q"] }] });
    const at = (path: (string | number)[], aim?: "key") => {
      const { line, column } = source.position(path, aim);
      return `${line}:${column}`;
    };
    expect(at(["a"])).toBe("1:4");
    expect(at(["a"], "key")).toBe("1:1");
    expect(at(["list", 0, "x"])).toBe("3:8");
    expect(at(["list", 1, "deep", 1])).toBe("4:19");
    expect(at(["list", 1, "deep"], "key")).toBe("4:8");
    expect(at(["list", 1, "nothing", "here"])).toBe("4:5");
    expect(at(["a", "b"])).toBe("1:1");
    expect(at(["nothing"])).toBe("1:1");
  });

  it("keeps scalars as they were written", () => {
    const source = readYaml("a: 0123\nb: Yes\nc: true\nd: '007'\ne: [1.50]\nf:\n", "f");
    expect(source.value).toEqual({ a: 123, b: "Yes", c: true, d: "007", e: [1.5], f: null });
    expect(["a", "b", "c", "d"].map((key) => source.text([key]))).toEqual(["0123", "Yes", "true", "007"]);
    expect(source.text(["e", 0])).toBe("1.50");
    expect(source.text(["e"])).toBeUndefined();
    expect(source.text(["f"])).toBeUndefined();
  });

  it("follows anchors and merges, nearer keys first", () => {
    const source = readYaml(
      "a: &a { x: 1, y: 2 }\nb: *a\nc: { <<: *a, y: 3 }\nd: { y: 4, <<: [*a, { z: 5 }] }\n",
      "f",
    );
    expect(source.diagnostics).toEqual([]);
    expect(source.value).toEqual({
      a: { x: 1, y: 2 },
      b: { x: 1, y: 2 },
      c: { x: 1, y: 3 },
      d: { x: 1, y: 4, z: 5 },
    });
    expect(source.position(["c", "y"]).line).toBe(3);
    expect(source.position(["c", "x"]).line).toBe(1);
    expect(source.position(["d", "y"]).line).toBe(4);
  });

  it("reads YAML 1.2 with a byte order mark, CRLF and comments", () => {
    expect(readYaml("\uFEFFa: no # said\r\nb: on\r\n", "f").value).toEqual({ a: "no", b: "on" });
    expect(readYaml(new TextEncoder().encode("\uFEFFa: ü"), "f").value).toEqual({ a: "ü" });
  });

  it.each<[string, string | Uint8Array, string]>([
    ["tab", "a:\n\tb: 1\n", "f:2:1  a tab can't indent YAML: use spaces"],
    ["duplicate key", "a: 1\nb: 2\na: 3\n", 'f:3:1  "a" is given twice; the first is in line 1'],
    [
      "two documents",
      "a: 1\n---\nb: 2\n",
      'f:2:1  a second document begins here: a configuration is one document, remove the line "---"',
    ],
    ["unknown anchor", "a: *x\n", 'f:1:4  no anchor "&x" in front of this alias'],
    [
      "unknown tag",
      "a: !x 1\n",
      "f:1:4  this YAML tag has no meaning here: put quotes around text that begins with !",
    ],
    [
      "reserved character",
      "a: @x\n",
      "f:1:4  plain value cannot start with reserved character @: put quotes around the text",
    ],
    ["open quote", 'a: "x\n', "f:2:1  this isn't YAML: missing closing \"quote"],
    [
      "key: value in a value",
      "a: b: c\n",
      "f:1:4  a mapping can't begin here: check the indentation, or put quotes around text that holds ': '",
    ],
    ["list as a key", "? [1]\n: 2\n", "f:1:3  keys must be plain text; put quotes around the key"],
    ["prototype", "__proto__: { a: 1 }\n", "f:1:1  keys must be plain text; put quotes around the key"],
    ["Latin 1", Uint8Array.of(0x61, 0x3a, 0x20, 0xe9), "f:1:1  the file isn't UTF-8: save it as UTF-8"],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0), "f:1:1  the file is UTF-16: save it as UTF-8"],
    ["brackets", "[".repeat(50_000), "f:1:65  nested more than 64 deep: is a bracket missing?"],
    ["dashes", `${"- ".repeat(50_000)}x`, "f:1:1  nested more than 64 deep: is a bracket missing?"],
    [
      "large",
      `a: ${"x".repeat(5_000_000)}`,
      "f:1:1  the file is larger than 4 MiB: this is no configuration",
    ],
  ])("refuses %s", (_, content, expected) => {
    const source = readYaml(content, "f");
    expect(source.value).toBeUndefined();
    expect(source.diagnostics.map(formatDiagnostic)[0]).toBe(expected);
  });

  it("stops an alias bomb and an alias of itself", () => {
    const bomb = [
      "a0: &a0 [x, x]",
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
    ];
    expect(problems(bomb.join("\n"))).toEqual([
      "f:1:1  the aliases (*name) in this file multiply without bound: write it out",
    ]);
    expect(problems("a: &a [*a]")).toEqual([
      "f:1:1  the aliases (*name) in this file multiply without bound: write it out",
    ]);
    expect(problems("a: &a { <<: *a }")).toEqual([
      "f:1:1  the aliases (*name) in this file multiply without bound: write it out",
    ]);
  });

  it("never throws, and places every problem inside the file", () => {
    const piece = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&x ",
      "*x",
      "<<",
      "'",
      '"',
      "#",
      "?",
      "|",
      "\t",
      "!",
      "1",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const lines = text.split("\n");
        for (const { line = 0, column = 0 } of readYaml(text, "f").diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length + 1);
          expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
