import { afterEach, describe, expect, it, vi } from "vitest";
import { fieldsIn, jsonOf, member, textIn, timeOf } from "./fields.ts";

afterEach(() => vi.unstubAllEnvs());

describe("a member", () => {
  it("is what the JSON says, and never what objects have by themselves", () => {
    const fields = jsonOf('{"a": 1, "no": null, "__proto__": {"b": "2"}, "toString": "text"}') as never;
    expect([member(fields, "a"), member(fields, "no"), member(fields, "b")]).toEqual([1, null, undefined]);
    expect(member(fields, "toString")).toBe("text");
    expect(fieldsIn(fields, "__proto__")).toEqual({ b: "2" });
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect(member({}, name)).toBeUndefined();
    expect(member(undefined, "a")).toBeUndefined();
    expect(textIn(fields, "constructor", "toString")).toBe("text");
  });
});

describe("a time", () => {
  const AT = Date.UTC(2026, 10, 20, 10, 4, 5);

  it.each(["UTC", "America/New_York", "Asia/Kolkata"])("means the same on a machine in %s", (zone) => {
    vi.stubEnv("TZ", zone);
    for (const text of [
      "2026-11-20T10:04:05Z",
      "2026-11-20T10:04:05.000Z",
      "2026-11-20 10:04:05Z",
      "2026-11-20T10:04:05.000+0000",
      "2026-11-20T11:04:05+01:00",
      "2026-11-20T05:04:05-0500",
      "2026-11-20T10:04:05",
      "2026-11-20 10:04:05.000",
      " 2026-11-20T10:04:05Z\n",
      "Fri, 20 Nov 2026 10:04:05 GMT",
      "Fri Nov 20 05:04:05 EST 2026",
    ])
      expect(`${text}: ${timeOf(text)}`).toBe(`${text}: ${AT}`);
    expect(timeOf("2026-11-20 10:04")).toBe(AT - 5000);
    expect(timeOf(AT)).toBe(AT);
  });

  it("is none of what can't be read as one", () => {
    for (const value of ["", "Z", "soon", "2026-13-45T99:00:00Z", Number.NaN, null, undefined, {}, true])
      expect(timeOf(value)).toBeUndefined();
  });
});

describe("JSON that is nested", () => {
  const nested = (depth: number): string => `${'{"a":['.repeat(depth)}1${"]}".repeat(depth)}`;

  it("is none beyond what AWS writes", () => {
    expect(jsonOf(nested(10))).toBeDefined();
    expect(jsonOf(nested(40))).toBeUndefined();
    expect(jsonOf(`{"__proto__": ${nested(40)}}`)).toBeUndefined();
    expect(jsonOf("{")).toBeUndefined();
  });
});
