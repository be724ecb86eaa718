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

describe("toXlsx", () => {
  it("writes a workbook whose texts are texts", async () => {
    const table = inventoryTable([instance("i-1", { Note: "=HYPERLINK(\u0001)" }, { maxCredits: 288 })]);
    const bytes = await toXlsx(table);
    expect(Buffer.from(bytes.subarray(0, 2)).toString()).toBe("PK");
    expect(bytes.length).toBeGreaterThan(1000);
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
