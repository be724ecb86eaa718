import { describe, expect, it } from "vitest";
import { list, map, member, structure } from "../../../test/support/shapes.ts";
import { parseForm, readQuery } from "./query-reader.ts";

const tag = structure("Tag", member("Key", "string"), member("Value", "string"));
const shape = structure(
  "Input",
  member("Name", "string"),
  member("Count", "number"),
  member("On", "boolean"),
  member("At", "timestamp"),
  member("Data", "blob"),
  member("Tags", list(tag)),
  member("Filters", list(tag, { xmlName: "Filter" })),
  member("Flat", list("string"), { xmlName: "Piece", xmlFlattened: true }),
  member("Attributes", map("string")),
  member("resource", structure("Nested", member("id", "string", { ec2QueryName: "ResourceId" }))),
);

const read = (text: string, ec2 = false) => readQuery(shape, parseForm(text), ec2);

describe("query requests", () => {
  it("reads scalars, decoding plus signs and percents", () => {
    expect(
      read("Name=a+b%2Bc%26%E6%9D%B1&Count=-1.5e3&On=TRUE&Data=aGk%3D&At=2026-11-20T10%3A00%3A00Z"),
    ).toEqual({
      Name: "a b+c&東",
      Count: -1500,
      On: true,
      Data: new Uint8Array([104, 105]),
      At: new Date("2026-11-20T10:00:00Z"),
    });
    expect(read("At=2026-11-20T10:00:00.5%2B01:00")["At"]).toEqual(new Date("2026-11-20T09:00:00.500Z"));
    expect(read("At=1763632800")["At"]).toEqual(new Date(1_763_632_800_000));
    expect(read("At=2026-11-20")["At"]).toEqual(new Date("2026-11-20T00:00:00Z"));
    expect(read("At=2026-11-20T10:00:00")["At"]).toEqual(new Date("2026-11-20T10:00:00Z"));
  });

  it("reads lists in the order of their numbers, flat, named and empty", () => {
    expect(read("Tags.member.10.Key=b&Tags.member.2.Key=a&Tags.member.2.Value=")).toEqual({
      Tags: [{ Key: "a", Value: "" }, { Key: "b" }],
    });
    expect(read("Filters.Filter.1.Key=x&Piece.1=p&Piece.2=q")).toEqual({
      Filters: [{ Key: "x" }],
      Flat: ["p", "q"],
    });
    expect(read("Tags=")).toEqual({ Tags: [] });
    expect(read("Tags.1.Key=x&Piece.1=p&Resource.ResourceId=i", true)).toEqual({
      Tags: [{ Key: "x" }],
      Flat: ["p"],
      resource: { id: "i" },
    });
  });

  it("reads maps without touching prototypes", () => {
    const { Attributes } = read(
      "Attributes.entry.1.key=__proto__&Attributes.entry.1.value=x&Attributes.entry.2.key=a&Attributes.entry.2.value=b",
    ) as { Attributes: Record<string, string> };
    expect(Object.entries(Attributes)).toEqual([
      ["__proto__", "x"],
      ["a", "b"],
    ]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    expect(() => read("Attributes.entry.1.value=x")).toThrow("Attributes.1.key is required");
  });

  it("ignores what the shape lacks", () => {
    expect(
      read("__proto__.polluted=1&constructor.prototype.polluted=1&Nothing=1&Name.x=1&Version=1"),
    ).toEqual({ Name: "" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("refuses values of another type, naming them", () => {
    for (const [text, where] of [
      ["Count=ten", "Count"],
      ["Count=", "Count"],
      ["Count=0x10", "Count"],
      ["On=yes", "On"],
      ["At=yesterday", "At"],
      ["At=2026-13-45", "At"],
      ["Data=%25%25", "Data"],
    ] as const) {
      expect(() => read(text)).toThrow(
        expect.objectContaining({
          code: "InvalidParameterValue",
          message: expect.stringContaining(`parameter ${where}`),
        }),
      );
    }
    expect(() => read("Name=%zz")).toThrow(
      expect.objectContaining({ code: "MalformedQueryString", status: 404 }),
    );
  });

  it("takes time in proportion to the size of what is sent", () => {
    const items = 50_000;
    const wide = Array.from({ length: items }, (_, i) => `Tags.member.${i + 1}.Key=k`).join("&");
    expect((read(wide)["Tags"] as unknown[]).length).toBe(items);
    const deep = `${"a.".repeat(200_000)}b=1`;
    expect(read(deep)).toEqual({});
    expect(read(`${"&".repeat(200_000)}Name=x`)).toEqual({ Name: "x" });
  });
});
