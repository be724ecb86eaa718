import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTimeZone } from "../../engine/time-zone.ts";
import { CsvPoints } from "./csv-points.ts";
import { PointList } from "./point-list.ts";

const T0 = Date.UTC(2026, 0, 5, 12) / 1000;

function read(text: string | Uint8Array, zone?: string, cuts: readonly number[] = []) {
  const list = new PointList(2);
  const csv = new CsvPoints(list, {
    path: "data.csv",
    zone: zone === undefined ? undefined : parseTimeZone(zone),
  });
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    csv.push(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  const diagnostics = csv.finish();
  const points = Array.from({ length: list.length }, (_, i) => [
    list.times[i],
    list.values[i],
    list.lineOf(i),
  ]);
  return { points, diagnostics };
}

describe("lines of a CSV file", () => {
  it.each([
    ["plain", "2026-01-05T12:00:00Z,1.5\n2026-01-05T12:05:00Z,2\n"],
    [
      "a byte-order mark, Windows lines, no last newline",
      "\ufeff2026-01-05 12:00:00,1.5\r\n2026-01-05 12:05:00,2",
    ],
    ["semicolons and decimal commas", "2026-01-05 12:00;1,5\n2026-01-05 12:05;2,0\n"],
    ["tabs", "2026/01/05 12:00\t1.5\n2026/01/05 12:05\t2\n"],
    ["bars and spaces", "2026-01-05 12:00 | 1.5\n2026-01-05 12:05 | 2\n"],
    ["quotes", '"2026-01-05 12:00","1.5"\n"2026-01-05 12:05","2"\n'],
    ["offsets", "2026-01-05T14:00:00+02:00,1.5\n2026-01-05T07:05:00-0500,2\n"],
    ["seconds", `${T0},1.5\n${T0 + 300},2\n`],
    ["milliseconds", `${T0}000,15e-1\n${T0 + 300}000,2\n`],
    ["fractions of a second", "2026-01-05 12:00:00.000000,1.5\n2026-01-05 12:05:00.000000,+2.0\n"],
  ])("understands %s", (_, text) => {
    const { points, diagnostics } = read(text);
    expect(points).toEqual([
      [T0, 1.5, 1],
      [T0 + 300, 2, 2],
    ]);
    expect(diagnostics).toEqual([]);
  });

  it("finds its columns by their names, and passes over comments and empty lines", () => {
    const { points } = read(
      "# from the console\n\nid,Timestamp,unit,value\n7,2026-01-05 12:00,Percent,3\n\n8,2026-01-05 12:05,Percent,4\n",
    );
    expect(points).toEqual([
      [T0, 3, 4],
      [T0 + 300, 4, 6],
    ]);
  });

  it("takes times without a zone to be in the zone given, through a change of clocks", () => {
    const { points } = read("2026-03-29 01:55,1\n2026-03-29 03:00,2\n2026-03-29T03:05Z,3\n", "Europe/Berlin");
    const change = Date.UTC(2026, 2, 29, 1) / 1000;
    expect(points.map(([time]) => time)).toEqual([change - 300, change, change + 2 * 3600 + 300]);
  });

  it("counts what it can't read, with the first line's number", () => {
    const { points, diagnostics } = read(
      "timestamp,value\n2026-01-05 12:00,1\noops\n2026-13-05 12:00,1\n2026-02-30 12:00,1\n2026-01-05 12:05,two\n",
    );
    expect(points).toHaveLength(1);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: "csv-unreadable",
        line: 3,
        message: '4 lines left out, no time and value: "oops"',
      }),
    ]);
  });

  it.each([
    ["csv-encoding", Uint8Array.of(0xff, 0xfe, 0x32, 0)],
    ["csv-columns", "just words\nmore words\n"],
    ["csv-time", "day,value\nyesterday,1\n"],
    ["csv-value", "timestamp,cpu,memory\n2026-01-05 12:00,1,2\n"],
    ["csv-empty", "timestamp,value\n"],
  ])("refuses a file with %s and says why", (code, text) => {
    expect(read(text).diagnostics).toEqual([
      expect.objectContaining({ severity: "error", code, path: "data.csv" }),
    ]);
  });

  it("keeps NaN, nothing and infinity for those who count them", () => {
    const { points } = read(
      "2026-01-05 12:00,NaN\n2026-01-05 12:05,\n2026-01-05 12:10,-inf\n2026-01-05 12:15,1\n",
    );
    expect(points.map(([, value]) => value)).toEqual([Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY, 1]);
  });

  it("reads every number as JavaScript does, however the bytes come in", () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(numbers, fc.array(fc.nat(600), { maxLength: 4 }), (values, cuts) => {
        const text = values
          .map((value, i) => `${new Date((T0 + i * 60) * 1000).toISOString()},${value}\n`)
          .join("");
        const sorted = [...cuts].sort((a, b) => a - b).filter((cut) => cut < text.length);
        const { points } = read(text, undefined, sorted);
        expect(points).toEqual(values.map((value, i) => [T0 + i * 60, Number(String(value)), i + 1]));
      }),
    );
  });
});
