import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../model/resource.ts";
import type { Selector } from "../model/selector.ts";
import { compileSelector } from "./selector.ts";

const WEB: Resource = {
  arn: "arn:aws:ec2:eu-central-1:111122223333:instance/i-0a",
  type: "ec2.instance",
  account: "111122223333",
  region: "eu-central-1",
  id: "i-0a",
  name: "web/1 前端",
  state: "running",
  tags: { Managed: "Yes", Role: "web-front", Empty: "" },
  facts: { dnsNames: ["www.example.com", "*.shop.example.com"] },
};

const verdict = (selector: Selector, resource = WEB): string => {
  const { matches, reason } = compileSelector(selector).explain(resource);
  expect(compileSelector(selector).matches(resource)).toBe(matches);
  return `${matches ? "yes" : "no"} ${reason.code}: ${reason.text}`;
};

describe("compileSelector", () => {
  it.each<[Selector, string]>([
    [{}, "yes selected: matches the selector"],
    [{ types: ["ec2.instance"] }, "yes selected: matches the selector"],
    [{ types: ["ebs.volume"] }, 'no other-type: is of type ec2.instance, not "ebs.volume"'],
    [{ states: ["stopped", "stopping"] }, 'no other-state: is running, not "stopped" or "stopping"'],
    [{ tags: { Managed: { anyOf: ["Yes", "yes"] } } }, "yes selected: matches the selector"],
    [{ tags: { Managed: { anyOf: ["No"] } } }, 'no tag-differs: its tag Managed is "Yes", not "No"'],
    [{ tags: { Owner: { anyOf: ["a"] } } }, "no tag-missing: has no tag Owner"],
    [{ tags: { Empty: { exists: true } } }, "yes selected: matches the selector"],
    [{ tags: { Owner: { exists: true } } }, "no tag-missing: has no tag Owner"],
    [{ tags: { Managed: { exists: false } } }, "no tag-present: has a tag Managed"],
    [{ tags: { Owner: { exists: false } } }, "yes selected: matches the selector"],
    [{ tags: { Role: { pattern: "web-*" } } }, "yes selected: matches the selector"],
    [{ tags: { Role: { pattern: "db-*" } } }, 'no tag-differs: its tag Role is "web-front", not "db-*"'],
    [{ tags: { constructor: { exists: true } } }, "no tag-missing: has no tag constructor"],
    [{ names: ["web/? 前*"] }, "yes selected: matches the selector"],
    [{ names: ["web"] }, 'no other-name: its name is "web/1 前端", not "web"'],
    [{ ids: ["i-0*"] }, "yes selected: matches the selector"],
    [{ regions: ["us-*"] }, 'no other-region: its region is "eu-central-1", not "us-*"'],
    [{ accounts: ["4444*"] }, 'no other-account: its account is "111122223333", not "4444*"'],
    [{ dnsNames: ["WWW.example.com."] }, "yes selected: matches the selector"],
    [
      { dnsNames: ["db.*"] },
      'no other-dns-name: its DNS names are www.example.com, *.shop.example.com, not "db.*"',
    ],
  ])("%j: %s", (selector, expected) => {
    expect(verdict(selector)).toBe(expected);
  });

  it("leaves out what is gone, unless asked for it", () => {
    const gone = { ...WEB, state: "terminated" };
    expect(verdict({}, gone)).toBe("no gone: is terminated");
    expect(verdict({ states: ["terminated"] }, gone)).toMatch(/^yes/);
    expect(verdict({}, { ...WEB, state: "stopped" })).toMatch(/^yes/);
  });

  it("wants every field: adding one never adds resources", () => {
    const text = fc.constantFrom("a", "b", "*", "?", "i-0a", "Yes");
    const list = fc.array(text, { maxLength: 2 });
    const selector = fc.record<Selector>(
      {
        names: list,
        ids: list,
        regions: list,
        states: list,
        tags: fc.dictionary(text, fc.record({ anyOf: list })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(selector, selector, (one, other) => {
        const both = { ...other, ...one, states: ["running"], tags: { ...other.tags, ...one.tags } };
        if (compileSelector(both).matches(WEB)) {
          expect(compileSelector({ ...one, states: ["running"] }).matches(WEB)).toBe(true);
        }
      }),
    );
  });
});
