import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMatcher, matches, matchesAll, parseMatchers } from "./matcher.ts";

describe("parseMatchers", () => {
  it.each([
    ["severity=critical", [["severity", "=", "critical"]]],
    [
      '{severity="critical", team=~"a|b"}',
      [
        ["severity", "=", "critical"],
        ["team", "=~", "a|b"],
      ],
    ],
    [
      "a!=b,c!~d.*",
      [
        ["a", "!=", "b"],
        ["c", "!~", "d.*"],
      ],
    ],
    ['tag:Team="web, shop"', [["tag:Team", "=", "web, shop"]]],
    ['"tag:Cost Centre"=""', [["tag:Cost Centre", "=", ""]]],
    ["region=", [["region", "=", ""]]],
    ['a="say \\"hi\\""', [["a", "=", 'say "hi"']]],
    ['a=~"\\d+"', [["a", "=~", "\\d+"]]],
  ])("%s", (text, expected) => {
    expect(parseMatchers(text)).toEqual(
      expected.map(([name, operator, value]) => ({ name, operator, value })),
    );
  });

  it.each([
    ["", "is empty"],
    ["critical", '"critical" is no matcher'],
    ["a=b c=d", "put a comma"],
    ['a=~"b, c=d', 'the quote of "\\"b, c=d" isn\'t closed'],
    ['a=~"("', '"(" is no regular expression: Unterminated group'],
    ['""="x"', "no label name"],
    ["a==b", "put a comma"],
  ])("%s is refused", (text, message) => {
    expect(parseMatchers(text)).toContain(message);
  });

  it("reads back what formatMatcher wrote", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" });
    const operator = fc.constantFrom("=" as const, "!=" as const);
    fc.assert(
      fc.property(name, operator, fc.string({ unit: "grapheme" }), (label, op, value) => {
        const matcher = { name: label, operator: op, value };
        expect(parseMatchers(formatMatcher(matcher))).toEqual([matcher]);
      }),
    );
  });
});

describe("matches", () => {
  const labels = { severity: "critical", team: "web" };
  it.each([
    ["severity=critical", true],
    ["severity=Critical", false],
    ['severity=~"(?i)CRITICAL"', true],
    ["severity=~crit", false],
    ["severity=~crit.*", true],
    ["team!~we", true],
    ["absent=", true],
    ["absent!=", false],
    ['absent=~".*"', true],
    ["absent!=x", true],
  ])("%s: %s", (text, expected) => {
    expect(matchesAll(parseMatchers(text) as never, labels)).toBe(expected);
  });

  it("knows no label that objects have by themselves", () => {
    expect(matches({ name: "constructor", operator: "=", value: "" }, labels)).toBe(true);
  });
});
