import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../model/resource.ts";
import { inventoryTable, toCsv, toJson, toXlsx } from "./export-table.ts";

function instance(id: string, tags: Record<string, string>, facts: Resource["facts"] = {}): Resource {
  const arn = `arn:aws:ec2:eu-central-1:1:instance/${id}`;
  return {
    arn,
    type: "ec2.instance",
    account: "1",
    region: "eu-central-1",
    id,
    name: id,
    state: "running",
    tags,
    facts,
  };
}

/** Reads CSV by RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe("inventoryTable", () => {
  it("has one row a resource, with the facts and tags that occur as columns", () => {
    const table = inventoryTable([
      instance(
        "i-1",
        { Role: "web" },
        { instanceType: "t3.micro", volumeIds: ["vol-1", "vol-2"], vpcId: undefined },
      ),
      instance("i-2", { Env: "prod" }, { instanceType: "m5.large" }),
    ]);
    expect(table.columns).toEqual([
      ..."type name id account region state instanceType volumeIds tag:Env tag:Role arn".split(" "),
    ]);
    expect(table.rows[0]?.slice(6)).toEqual([
      "t3.micro",
      "vol-1, vol-2",
      undefined,
      "web",
      "arn:aws:ec2:eu-central-1:1:instance/i-1",
    ]);
  });
});

describe("toCsv", () => {
  it("makes formulas harmless and leaves numbers alone", () => {
    const rows = [["=1+1", "+1", "-1", "@x", "\tx", "\rx", -5, true, undefined, "a=b", 'say "x", y']];
    expect(toCsv({ columns: ["a"], rows })).toBe(
      `a\r\n'=1+1,'+1,'-1,'@x,'\tx,"'\rx",-5,true,,a=b,"say ""x"", y"\r\n`,
    );
    expect(toCsv({ columns: ["a"], rows: [] }, { bom: true })).toBe("\uFEFFa\r\n");
  });

  it("reads back as it was, and no cell begins like a formula", () => {
    const cell = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const read = parseCsv(toCsv({ columns: ["a", "b"], rows })).slice(1);
        expect(read.map((row) => row.map((text) => text.replace(/^'(?=[=+\-@\t\r\n])/, "")))).toEqual(rows);
        for (const text of read.flat()) expect(text).not.toMatch(/^[=+\-@\t\r\n]/);
      }),
    );
  });
});

/** A file of a ZIP archive, found by its central directory. */
function unzip(archive: Buffer, name: string): string {
  for (let at = archive.indexOf("PK\u0001\u0002"); at >= 0; at = archive.indexOf("PK\u0001\u0002", at + 4)) {
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString("utf8", at + 46, at + 46 + nameLength) !== name) continue;
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    return inflateRawSync(archive.subarray(start, start + size)).toString();
  }
  throw new Error(`no ${name} in the archive`);
}

describe("toXlsx", () => {
  it("writes numbers as numbers, and every text as a text that no spreadsheet runs", async () => {
    const table = { columns: ["a", "b", "c"], rows: [["=HYPERLINK(\u0001)", -5, true]] };
    const archive = Buffer.from(await toXlsx(table));
    const sheet = unzip(archive, "xl/worksheets/sheet1.xml");
    expect(sheet).not.toContain("<f>");
    expect(sheet).toContain('<c r="A2" t="s">');
    expect(sheet).toContain('<c r="B2"><v>-5</v>');
    expect(sheet).toContain('<c r="C2" t="b"><v>1</v>');
    expect(unzip(archive, "xl/sharedStrings.xml")).toContain("<t>=HYPERLINK()</t>");
  });
});

describe("toJson", () => {
  it("says whether everything was seen", () => {
    const scope = { account: "1", region: "eu-central-1", type: "ec2.instance", complete: false };
    const text = toJson({ resources: [instance("i-1", {})], scopes: [scope] });
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      complete: false,
      scopes: [scope],
      resources: [{ id: "i-1" }],
    });
  });
});
