import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFault } from "./json-fault.ts";

const said = (text: string): string => {
  const fault = jsonFault(text);
  return fault === undefined ? "fine" : `${fault.line}:${fault.column} ${fault.message}`;
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("a fault in JSON", () => {
  it.each([
    ['{"a": 1,}', '1:9 a name in double quotes belongs here, not "}"'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3 "," or "}" belongs here, not "\\""'],
    ["{a: 1}", '1:2 a name in double quotes or "}" belongs here, not "a"'],
    ['{"a" 1}', '1:6 ":" belongs here, not "1"'],
    ['{"a": yes}', '1:7 a value belongs here, not "yes"'],
    ['{"a": 01}', '1:7 a value belongs here, not "01"'],
    ["[1, 2", '1:6 it ends where "," or "]" belongs'],
    ["[1 2]", '1:4 "," or "]" belongs here, not "2"'],
    ["[1}", '1:3 "," or "]" belongs here, not "}"'],
    ["", "1:1 it ends where a value belongs"],
    ['{"a": "b', "1:9 it ends where a double quote that ends the text belongs"],
    ['{"a": "b\n"}', '1:9 a double quote that ends the text belongs here, not "\\n"'],
    ['{"a": "\\x"}', '1:8 an escape such as \\n, \\" or \\u00e9 belongs here, not "\\\\"'],
    ['{} {"b": 2}', '1:4 nothing more belongs here, not "{"'],
    ['{"a": 💥}', '1:7 a value belongs here, not "💥"'],
  ])("%j", (text, message) => {
    expect(said(text)).toBe(message);
  });

  it("is found just where the engine finds one", () => {
    const broken = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "\\", "0", "x", "\n", "-", "e", ":"),
      )
      .map(([text, at, change]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + change + text.slice(place + (at % 3));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken, fc.string()), (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
});
