import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instance } from "../test-fixtures.ts";
import { alarmName } from "./alarm-name.ts";

const nameOf = (template: string | undefined, readable: readonly string[] = [], more = {}): unknown =>
  alarmName(
    { key: "cpu-high", ...(template === undefined ? {} : { name: template }) },
    instance("i-0abc", { name: "web 3", ...more }),
    readable,
  );

describe("alarmName", () => {
  it("is key and id by default, and what tells it apart", () => {
    expect(nameOf(undefined)).toEqual({ name: "cpu-high-i-0abc" });
    expect(nameOf(undefined, ["/data", "xfs"])).toEqual({ name: "cpu-high-i-0abc-/data-xfs" });
    expect(alarmName({ key: "queue-age" }, undefined, [])).toEqual({ name: "queue-age" });
  });

  it("takes any characters but control characters", () => {
    expect(nameOf("$resource.name: CPU")).toEqual({ name: "web 3: CPU" });
    expect(nameOf("$resource.name", [], { name: "网站/甲\u0007\n" })).toEqual({ name: "网站/甲" });
    expect(nameOf("$resource.name", [], { name: "\u0001" })).toEqual({ name: "cpu-high" });
    expect(nameOf("$resource.name", [], { name: "a\ud800b" })).toEqual({ name: "ab" });
  });

  it("says what the resource lacks", () => {
    expect(nameOf("$resource.tags.Owner")).toEqual({ lacks: 'has no tag "Owner"' });
  });

  it("fits and stays distinct whatever the texts are", () => {
    const part = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(part, part, (a, b) => {
        const [one, two] = [a, b].map(
          (name) => nameOf("$resource.name", ["x".repeat(250)], { name }) as { name: string },
        );
        expect([...(one?.name ?? "")].length).toBeLessThanOrEqual(255);
        expect(one?.name).not.toBe("");
        const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cs}]/gu, "").trimStart();
        if (clean(a) !== clean(b)) expect(one?.name).not.toBe(two?.name);
      }),
    );
  });
});
