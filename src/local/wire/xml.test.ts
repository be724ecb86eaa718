import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { list, map, member, structure } from "../../../test/support/shapes.ts";
import { parseXml, readXmlMembers } from "./xml-reader.ts";
import { escapeXml, writeXmlMembers } from "./xml-writer.ts";

const grantee = structure(
  "Grantee",
  member("Type", "string", { xmlAttribute: true, xmlName: "xsi:type" }),
  member("Id", "string"),
);
const shape = structure(
  "Thing",
  member("Name", "string", { xmlName: "name" }),
  member("Count", "number"),
  member("At", "timestamp"),
  member("Data", "blob"),
  member("Items", list(structure("Item", member("Id", "string")), { xmlName: "item" }), {
    xmlName: "itemSet",
  }),
  member("Flat", list("string"), { xmlFlattened: true }),
  member("Labels", map("string")),
  member("FlatLabels", map("number"), { xmlFlattened: true, xmlName: "Label" }),
  member("Grantee", grantee, { xmlNamespace: ["xsi", "http://x"] }),
);

describe("XML", () => {
  it("writes names, flattened and wrapped collections, attributes, empty elements", () => {
    const text = writeXmlMembers(shape, {
      Name: "a<b>&\"'\r\n\u0007é",
      Count: 1.5,
      At: new Date("2026-11-20T10:00:00.250Z"),
      Data: new Uint8Array([104, 105]),
      Items: [{ Id: "1", Other: "x" }, { Id: undefined }, null],
      Flat: ["p", "q"],
      Labels: { k: "v" },
      FlatLabels: { n: 1 },
      Grantee: { Type: 'User"', Id: "7" },
    });
    expect(text).toBe(
      "<name>a&lt;b&gt;&amp;&quot;&apos;&#xD;&#xA;&#x7;é</name><Count>1.5</Count><At>2026-11-20T10:00:00.250Z</At><Data>aGk=</Data>" +
        "<itemSet><item><Id>1</Id></item><item></item></itemSet><Flat>p</Flat><Flat>q</Flat>" +
        "<Labels><entry><key>k</key><value>v</value></entry></Labels><Label><key>n</key><value>1</value></Label>" +
        '<Grantee xmlns:xsi="http://x" xsi:type="User&quot;"><Id>7</Id></Grantee>',
    );
    expect(writeXmlMembers(shape, { Name: "", Items: [], Flat: [], Labels: {} })).toBe(
      "<name/><itemSet/><Labels/>",
    );
  });

  it("reads back what it wrote", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(
        fc.record({
          Name: text,
          Count: fc.double({ noNaN: true }).map((value) => value + 0),
          At: fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true }),
          Items: fc.array(fc.record({ Id: text })),
          Flat: fc.array(text, { minLength: 1 }),
          Labels: fc.dictionary(text, text, { noNullPrototype: false }),
        }),
        (value) => {
          const read = readXmlMembers(
            shape,
            parseXml(`<Thing xmlns="u">${writeXmlMembers(shape, value)}</Thing>`),
          );
          expect(read).toEqual(value);
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });

  it("reads declarations, comments, CDATA, prefixes, entities and unknown elements", () => {
    const document = parseXml(
      '<?xml version="1.0"?>\n<!-- x -->\n<t:Thing xmlns:t="u" a=">"><t:name>a&#x41;&#66;&lt;<![CDATA[<&]]></t:name><Nope><name>b</name></Nope><Count> 7 </Count></t:Thing>\n',
    );
    expect(readXmlMembers(shape, document)).toEqual({ Name: "aAB<<&", Count: 7 });
  });

  it("refuses broken documents and document types, in linear time", () => {
    const large = 200_000;
    for (const text of [
      "",
      "x",
      "<a>",
      "<a></b>",
      "</a>",
      "<a/><b/>",
      "<a>&</a>",
      "<a>&#xFFFFFF;</a>",
      "<a",
      "<!-- ",
      '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
      "<a>".repeat(large),
      "<".repeat(large),
      `<a>${"<a".repeat(large)}`,
      `<${"a".repeat(large)}`,
      `<a${" ".repeat(large)}`,
      `<a${"/".repeat(large)}`,
      `<a>${"&".repeat(large)}</a>`,
      `<a ${'"'.repeat(large + 1)}`,
      `<a>${"<![CDATA[".repeat(large)}`,
    ]) {
      expect(() => parseXml(text), text.slice(0, 40)).toThrow(
        expect.objectContaining({ code: "MalformedInput" }),
      );
    }
  });

  it("escapes only what must be", () => {
    expect(escapeXml("plain 東京 🚨\t/")).toBe("plain 東京 🚨\t/");
  });
});
