import { describe, expect, it } from "vitest";
import { list, map, member, structure } from "../../../test/support/shapes.ts";
import { readDocument } from "./value-reader.ts";
import { writeDocument } from "./value-writer.ts";

const JSON_RPC = { binary: false, jsonNames: false };
const JSON_REST = { binary: false, jsonNames: true };
const CBOR = { binary: true, jsonNames: false };
const inner = structure("Inner", member("Id", "string"));
const shape = structure(
  "Input",
  member("Text", "string", { jsonName: "text" }),
  member("Count", "number"),
  member("On", "boolean"),
  member("At", "timestamp"),
  member("Day", "timestamp", { timestampFormat: "date-time" }),
  member("Data", "blob"),
  member("Items", list(inner)),
  member("Names", list("string")),
  member("Labels", map("string")),
  member("Inner", inner),
);
const seconds = (time: Date): number => time.getTime() / 1000;

describe("JSON and CBOR documents", () => {
  it("reads what the shape has and ignores the rest", () => {
    const raw = JSON.parse(
      '{"Text":"a","Count":1.5,"On":false,"At":1763632800.25,"Day":"2026-11-20T00:00:00Z","Data":"aGk=",' +
        '"Items":[{"Id":"x"},null],"Labels":{"__proto__":"p","k":null,"l":"m"},"Inner":null,"Unknown":{"a":1}}',
    );
    const value = readDocument(shape, raw, JSON_RPC);
    expect({ ...value, Labels: undefined }).toEqual({
      Text: "a",
      Count: 1.5,
      On: false,
      At: new Date(1_763_632_800_250),
      Day: new Date("2026-11-20T00:00:00Z"),
      Data: new Uint8Array([104, 105]),
      Items: [{ Id: "x" }],
    });
    expect(Object.entries(value["Labels"] as object)).toEqual([
      ["__proto__", "p"],
      ["l", "m"],
    ]);
    expect(readDocument(shape, { text: "x", Text: "y" }, JSON_REST)).toEqual({ Text: "x" });
  });

  it("refuses values of another type in the words of AWS", () => {
    for (const [raw, message] of [
      [{ Text: 1 }, "NUMBER_VALUE cannot be converted to String"],
      [{ Text: true }, "TRUE_VALUE cannot be converted to String"],
      [{ Text: ["a"] }, "Start of list found where not expected"],
      [{ Text: {} }, "Start of structure or map found where not expected."],
      [{ Count: "1" }, "STRING_VALUE cannot be converted to Number"],
      [{ On: "true" }, "STRING_VALUE cannot be converted to Boolean"],
      [{ At: "soon" }, "STRING_VALUE cannot be converted to Timestamp"],
      [{ At: 1e300 }, "NUMBER_VALUE cannot be converted to Timestamp"],
      [{ Data: "%" }, "STRING_VALUE cannot be converted to Blob"],
      [{ Items: {} }, "Unexpected field type: expected a list"],
      [{ Items: ["a"] }, "STRING_VALUE cannot be converted to Structure"],
      [{ Labels: [] }, "Unexpected field type: expected a map"],
      [[], "Start of list found where not expected"],
      [null, "NULL_VALUE cannot be converted to Structure"],
      ["x", "STRING_VALUE cannot be converted to Structure"],
    ] as const) {
      expect(() => readDocument(shape, raw, JSON_RPC)).toThrow(
        expect.objectContaining({ code: "SerializationException", status: 400, message }),
      );
    }
  });

  it("reads numbers that are none by name, and CBOR's own forms", () => {
    expect(readDocument(shape, { Count: "NaN" }, JSON_RPC)).toEqual({ Count: Number.NaN });
    expect(
      readDocument(shape, { Count: 5n, At: { tag: 1, value: 1.5 }, Data: new Uint8Array([1]) }, CBOR),
    ).toEqual({
      Count: 5,
      At: new Date(1500),
      Data: new Uint8Array([1]),
    });
    expect(() => readDocument(shape, { Data: "aGk=" }, CBOR)).toThrow(
      "STRING_VALUE cannot be converted to Blob",
    );
  });

  it("writes members of the shape only, without absent ones", () => {
    const labels = JSON.parse('{"__proto__":"p","n":null}');
    const value = {
      Text: "a",
      Count: Number.POSITIVE_INFINITY,
      At: new Date(1500),
      Day: new Date(0),
      Data: new Uint8Array([104, 105]),
      Items: [{ Id: "x", Secret: 1 }, undefined],
      Labels: labels,
      Inner: undefined,
      Secret: 1,
    };
    expect(JSON.stringify(writeDocument(shape, value, JSON_REST, seconds))).toBe(
      '{"text":"a","Count":"Infinity","At":1.5,"Day":"1970-01-01T00:00:00.000Z","Data":"aGk=","Items":[{"Id":"x"}],"Labels":{"__proto__":"p"}}',
    );
  });
});
