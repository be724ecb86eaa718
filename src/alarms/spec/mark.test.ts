import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIdentity } from "./identity.ts";
import {
  cutText,
  formatMark,
  MAX_DESCRIPTION,
  MAX_MARK,
  type Mark,
  markIdentity,
  readMark,
  restampQuietStart,
  withMark,
} from "./mark.ts";
import { alarmTags, identityInTags, madeBy } from "./tags.ts";

const mark: Omit<Mark, "shortened"> = {
  configuration: "web-team",
  identity: "web-team/production/cpu-high/i-1#ab12",
  placeHash: "abcd",
  hashes: "efghijkl",
  keepsName: false,
};

const word = fc
  .string({ unit: "binary", minLength: 1, maxLength: 80 })
  .filter((text) => !/[/#\ud800-\udfff]/.test(text));
const identities = fc.record({
  configuration: word,
  policy: word,
  alarm: word,
  resource: fc.string({ unit: "binary", maxLength: 300 }).filter((text) => !/[#\ud800-\udfff]/.test(text)),
  variant: fc.constantFrom("", "0a1b2c3d", "x".repeat(40)),
});

describe("a mark", () => {
  it("is one line that reads back, whatever people write around it", () => {
    const line = formatMark(mark);
    expect(line).toBe("[wk1 web-team production/cpu-high/i-1#ab12 abcdefghijkl]");
    const read = (text: string) => readMark(text);
    expect(read(withMark("Busy.", line))).toEqual({
      kind: "mark",
      text: "Busy.",
      mark: { ...mark, shortened: false },
    });
    expect(read(`Busy.\r\n${line} see the wiki`)).toMatchObject({ kind: "mark", text: "Busy. see the wiki" });
    expect(read(line)).toMatchObject({ kind: "mark", text: "" });
  });

  it.each([
    "",
    "[wk",
    "[wk1]",
    "[wk1 a b]",
    "[wk1 web-team production abcd]",
    "[wk1 web-team a/b/c abc]",
    "[wkx web-team a/b/c abcd]",
  ])("is not %j", (text) => {
    expect(readMark(text)).toEqual({ kind: "none", text });
  });

  it("of a later version is known by its version and configuration", () => {
    expect(readMark("Busy.\n[wk2 web-team production/cpu-high/i-1 ? anything {}]")).toEqual({
      kind: "newer",
      text: "Busy.",
      version: 2,
      configuration: "web-team",
      identity: "web-team/production/cpu-high/i-1",
    });
  });

  it("keeps its flags", () => {
    const flagged = { ...mark, keepsName: true, quietSince: 1_790_000_000_000 };
    expect(readMark(formatMark(flagged))).toMatchObject({ mark: flagged });
    expect(readMark(restampQuietStart(formatMark(flagged), 1000))).toMatchObject({
      mark: { ...flagged, quietSince: 1000 },
    });
    expect(restampQuietStart(formatMark(mark), 1000)).toBe(formatMark(mark));
  });

  it("fits, reads back as the shortened identity, and is told to be shortened, for every identity", () => {
    fc.assert(
      fc.property(identities, (parts) => {
        const identity = formatIdentity(parts);
        const line = formatMark({
          ...mark,
          configuration: parts.configuration,
          identity,
          hashes: "x".repeat(76),
          keepsName: true,
          quietSince: 4_000_000_000_000,
        });
        expect(line.length).toBeLessThanOrEqual(MAX_MARK);
        const read = readMark(line);
        if (read.kind !== "mark") throw new Error("unreadable");
        expect(read.mark.identity).toBe(markIdentity(identity));
        expect(read.mark.shortened).toBe(read.mark.identity !== identity);
      }),
    );
  });

  it("leaves text room, cut at a code point", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 700, maxLength: 800 }), (text) => {
        const cut = cutText(text);
        expect(cut.length).toBeLessThanOrEqual(MAX_DESCRIPTION - MAX_MARK - 1);
        expect(cut).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
        expect(cutText(cut)).toBe(cut);
      }),
    );
  });
});

describe("tags", () => {
  it("hold every identity that fits, in characters that AWS takes", () => {
    fc.assert(
      fc.property(identities, (parts) => {
        const tags = alarmTags(parts);
        expect(madeBy(parts.configuration, tags)).toBe(true);
        for (const { Value } of tags) expect(Value).toMatch(/^[\p{L}\p{N} +\-=._:/@]{0,256}$/u);
        if (tags.length > 1) expect(identityInTags(tags)).toEqual(parts);
      }),
    );
  });
});
