import { describe, expect, it } from "vitest";
import { momentAt, parseMoment } from "./moments.ts";
import { parseRecording } from "./scenario/recording.ts";

const START = Date.parse("2026-11-20T10:00:00Z");
const read = (text: string) => {
  const moment = parseMoment(text);
  return moment && new Date(momentAt(moment, START)).toISOString();
};

describe("moments", () => {
  it.each([
    ["start", "2026-11-20T10:00:00.000Z"],
    ["+10m", "2026-11-20T10:10:00.000Z"],
    ["in 1h30m", "2026-11-20T11:30:00.000Z"],
    ["-2h", "2026-11-20T08:00:00.000Z"],
    ["30d ago", "2026-10-21T10:00:00.000Z"],
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31 12:00", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
  ])("reads %s", (text, expected) => expect(read(text)).toBe(expected));

  it.each(["", "soon", "10m", "ago", "+m", "2026-13-01", "2026-01-31T25:00:00Z", "5 parsecs ago"])(
    "refuses %j",
    (text) => expect(read(text)).toBeUndefined(),
  );
});

describe("recordings", () => {
  it("read ISO times and epoch seconds, a heading, blank lines and a byte-order mark", () => {
    expect(
      parseRecording("\uFEFFtimestamp,value\r\n2014-04-01 00:00:00,1.5\r\n\r\n2014-04-01T00:05:00Z,2\r\n"),
    ).toEqual({
      readings: [
        { time: 1_396_310_400, value: 1.5 },
        { time: 1_396_310_700, value: 2 },
      ],
    });
    expect(parseRecording("100,1\n160,2")).toEqual({
      readings: [
        { time: 100, value: 1 },
        { time: 160, value: 2 },
      ],
    });
  });

  it.each([
    ["", 1, /holds no data/],
    ["timestamp,value\n100,1\n100,2", 3, /"100" isn't after the line before it/],
    ["timestamp,value\nyesterday,1", 2, /"yesterday" is no time/],
    ["100,1\n160,many", 2, /"many" is no number/],
    ["100,1\n160,", 2, /"" is no number/],
    ["100;1", 1, /expected two columns/],
    ["100,1,2", 1, /expected two columns/],
  ])("say what is wrong in %j", (text, line, problem) => {
    expect(parseRecording(text)).toEqual({ line, problem: expect.stringMatching(problem) });
  });
});
