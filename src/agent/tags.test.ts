import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AgentMark, formatMark, parseMark } from "./agent-mark.ts";
import { agentTags } from "./agent-state.ts";
import { type BeforeRecord, formatBefore, mergeBefore, parseBefore } from "./before-tag.ts";
import { policiesOf } from "./required-policies.ts";

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const version = fc.stringMatching(/^[\w.]{1,24}$/);
const agent = fc.oneof(
  fc.constant({ was: "absent" as const }),
  fc.record({ was: fc.constantFrom("idle" as const, "configured" as const), version }),
);
const record: fc.Arbitrary<BeforeRecord> = fc
  .record({
    configuration: name,
    profile: fc.option(fc.stringMatching(/^[a-z/]{5,60}$/), { nil: undefined }),
    attached: fc.constantFrom("", "s", "a", "sa").map(policiesOf),
    carrier: fc.option(fc.stringMatching(/^[a-z/]{5,60}$/), { nil: undefined }),
    agent: fc.option(agent, { nil: undefined }),
  })
  .map(({ profile, carrier, agent: was, ...rest }) => ({
    ...rest,
    ...(profile === undefined ? {} : { profile }),
    ...(carrier === undefined || rest.attached.length === 0 ? {} : { carrier }),
    ...(was === undefined ? {} : { agent: was }),
  }));
const mark: fc.Arbitrary<AgentMark> = fc
  .record({
    configuration: name,
    profile: name,
    hash: fc.option(fc.stringMatching(/^[0-9a-f]{16}$/), { nil: undefined }),
    version,
  })
  .map(({ hash, ...rest }) => (hash === undefined ? rest : { ...rest, hash }));

describe("tags of instances", () => {
  it("say again what was written into them, and fit", () => {
    fc.assert(
      fc.property(record, (one) => {
        const text = formatBefore(one) ?? "";
        expect(parseBefore(text)).toEqual(one);
        expect(text.length).toBeLessThanOrEqual(256);
      }),
    );
    fc.assert(
      fc.property(mark, (one) => {
        expect(parseMark(formatMark(one))).toEqual(one);
        expect(formatMark(one).length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it("keep what was first, however often more is added", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const same = records.map((one) => ({ ...one, configuration: "web-team" }));
        const merged = same.reduce((all: BeforeRecord | undefined, one) => mergeBefore(all, one), undefined);
        expect(merged?.profile).toBe(same.find(({ profile }) => profile !== undefined)?.profile);
        expect(merged?.agent).toEqual(same.find((one) => one.agent !== undefined)?.agent);
        for (const { attached } of same)
          for (const policy of attached) expect(merged?.attached).toContain(policy);
      }),
    );
  });

  it("leave the profile that got policies away where there is no room for it", () => {
    const text = formatBefore({
      configuration: "web-team",
      attached: policiesOf("sa"),
      carrier: "x".repeat(250),
    });
    expect(text).toBe("wk1 web-team profile=same attached=sa");
  });

  it("that are another configuration's, of a newer version or damaged are nobody's to change", () => {
    const tags = (text: string) => agentTags("web-team", { tags: { "watchkeeper:agent": text } });
    expect(tags("wk1 web-team default - latest").mark).toEqual({
      configuration: "web-team",
      profile: "default",
      version: "latest",
    });
    for (const text of [
      "wk1 other default - latest",
      "wk2 web-team something",
      "",
      "wk1 web-team default 123 latest",
    ])
      expect(tags(text)).toEqual({ taken: `watchkeeper:agent="${text}"` });
  });
});
