import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmState } from "./alarm-state.ts";
import { compositeRuleProblems, findCompositeCycles, orderComposites } from "./composite-graph.ts";
import {
  alarmNameOf,
  type CompositeRule,
  evaluateCompositeRule,
  formatCompositeRule,
  mapReferences,
  parseCompositeRule,
  referencedAlarms,
} from "./composite-rule.ts";
import { SourceError } from "./source-error.ts";

const canonical = (text: string): string => formatCompositeRule(parseCompositeRule(text));
const states =
  (known: Readonly<Record<string, AlarmState>>) =>
  (alarm: string): AlarmState =>
    known[alarm] ?? "OK";

describe("canonical text", () => {
  it.each([
    ["ALARM(a)", "ALARM(a)"],
    ['  ALARM( "a" )\n', "ALARM(a)"],
    ['ALARM("a b")', 'ALARM("a b")'],
    ['OK("say \\"hi\\" (now)")', 'OK("say \\"hi\\" (now)")'],
    ["ALARM(a) AND OK(b) AND TRUE", "ALARM(a) AND OK(b) AND TRUE"],
    ["(ALARM(a) AND (OK(b) AND TRUE))", "ALARM(a) AND OK(b) AND TRUE"],
    ["ALARM(a) AND OK(b) OR FALSE", "(ALARM(a) AND OK(b)) OR FALSE"],
    ["ALARM(a) OR OK(b) AND FALSE", "ALARM(a) OR (OK(b) AND FALSE)"],
    ["NOT ALARM(a) AND OK(b)", "NOT ALARM(a) AND OK(b)"],
    ["NOT(ALARM(a) OR OK(b))", "NOT (ALARM(a) OR OK(b))"],
    ["NOT(ALARM(a))", "NOT ALARM(a)"],
    ["AT_LEAST(2,ALARM,(a,b,c))", "AT_LEAST(2, ALARM, (a, b, c))"],
    ['AT_LEAST( 50%, NOT OK, ("a, b", c) )', 'AT_LEAST(50%, NOT OK, ("a, b", c))'],
    [
      "INSUFFICIENT_DATA(arn:aws:cloudwatch:us-east-1:111122223333:alarm:cpu)",
      "INSUFFICIENT_DATA(arn:aws:cloudwatch:us-east-1:111122223333:alarm:cpu)",
    ],
  ])("%s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  it("refuses a name that no rule can hold", () => {
    expect(() => formatCompositeRule({ kind: "state", state: "OK", alarm: "a b\\" })).toThrow(SourceError);
  });
});

describe("errors say where", () => {
  it.each([
    ["", 1, "the end"],
    ["ALARM(a", 8, 'expected ")"'],
    ["ALARM(a) ALARM(b)", 10, "expected AND, OR or the end"],
    ["ALARM(a) and OK(b)", 10, "expected AND, OR"],
    ["alarm(a)", 1, "Keywords are upper case: ALARM"],
    ["ALRM(a)", 1, 'Did you mean "ALARM"?'],
    ["ALARM(cpu high)", 11, "needs double quotes"],
    ['ALARM("cpu)', 7, "never closed"],
    ["AT_LEAST(x, ALARM, (a))", 10, "count or a percentage"],
    ["AT_LEAST(3, ALARM, (a, b))", 10, "not between 1 and the 2"],
    ["AT_LEAST(101%, ALARM, (a, b))", 10, "1% and 100%"],
    ["AT_LEAST(1, RED, (a, b))", 13, "expected ALARM, OK"],
    ["ALARM()", 7, "expected an alarm's name"],
    ['ALARM("")', 7, "can't be empty"],
    ["TRUE AND )", 10, 'found ")"'],
  ])("%s", (text, column, problem) => {
    try {
      parseCompositeRule(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SourceError);
      expect((error as SourceError).column).toBe(column);
      expect((error as SourceError).message).toContain(problem);
    }
  });

  it("survives absurd nesting", () => {
    expect(() => parseCompositeRule("(".repeat(10_000))).toThrow(/nested/);
    expect(() => parseCompositeRule(`${"NOT ".repeat(2_500)}TRUE`)).toThrow(/nested/);
  });
});

describe("evaluation", () => {
  const stateOf = states({ a: "ALARM", b: "OK", c: "INSUFFICIENT_DATA", d: "ALARM" });

  it.each([
    ["TRUE", true],
    ["FALSE", false],
    ["ALARM(a)", true],
    ["ALARM(c)", false],
    ["INSUFFICIENT_DATA(c)", true],
    ["NOT OK(b)", false],
    ["ALARM(a) AND NOT ALARM(b)", true],
    ["ALARM(b) AND ALARM(a) OR ALARM(d)", true],
    ["ALARM(b) AND (ALARM(a) OR ALARM(d))", false],
    ["AT_LEAST(2, ALARM, (a, b, c, d))", true],
    ["AT_LEAST(3, ALARM, (a, b, c, d))", false],
    ["AT_LEAST(3, NOT OK, (a, b, c, d))", true],
    ["AT_LEAST(50%, ALARM, (a, b, c, d))", true],
    ["AT_LEAST(51%, ALARM, (a, b, c, d))", false],
    ["AT_LEAST(34%, ALARM, (a, b, c))", false],
    ["AT_LEAST(33%, ALARM, (a, b, c))", true],
  ])("%s is %s", (text, expected) => {
    expect(evaluateCompositeRule(parseCompositeRule(text), stateOf)).toBe(expected);
  });
});

const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.endsWith("\\"));
const alarmState = fc.constantFrom<AlarmState>("OK", "ALARM", "INSUFFICIENT_DATA");
const { rule: anyRule } = fc.letrec<{ rule: CompositeRule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: "small" },
    fc.record({ kind: fc.constant("constant" as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant("state" as const), state: alarmState, alarm: name }),
    fc
      .tuple(
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        alarmState,
        fc.boolean(),
        fc.nat(99),
      )
      .map(([alarms, percent, state, negated, seed]) => ({
        kind: "atLeast" as const,
        amount: percent ? seed + 1 : (seed % alarms.length) + 1,
        percent,
        state,
        negated,
        alarms,
      })),
    fc.record({ kind: fc.constant("not" as const), operand: tie("rule") }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      operands: fc.array(tie("rule"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

describe("any rule", () => {
  it("reads back what it writes, with the same meaning and references", () => {
    fc.assert(
      fc.property(anyRule, fc.func(alarmState), (rule, stateOf) => {
        const text = formatCompositeRule(rule);
        const again = parseCompositeRule(text);
        expect(formatCompositeRule(again)).toBe(text);
        expect(referencedAlarms(again)).toEqual(referencedAlarms(rule));
        expect(evaluateCompositeRule(again, stateOf)).toBe(evaluateCompositeRule(rule, stateOf));
      }),
    );
  });
});

describe("references", () => {
  it("are listed once, in order, and can be rewritten", () => {
    const rule = parseCompositeRule("OK(b) AND (ALARM(a) OR AT_LEAST(1, OK, (c, a)))");
    expect(referencedAlarms(rule)).toEqual(["b", "a", "c"]);
    expect(formatCompositeRule(mapReferences(rule, (alarm) => `${alarm}1`))).toBe(
      "OK(b1) AND (ALARM(a1) OR AT_LEAST(1, OK, (c1, a1)))",
    );
  });

  it("names alarms behind ARNs", () => {
    expect(alarmNameOf("arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:cpu: a/b")).toBe("cpu: a/b");
    expect(alarmNameOf("cpu")).toBe("cpu");
  });
});

describe("limits", () => {
  it("are those of the user guide", () => {
    const children = (count: number): string =>
      Array.from({ length: count }, (_, i) => `ALARM(a${i})`).join(" OR ");
    expect(compositeRuleProblems(children(100))).toEqual([]);
    expect(compositeRuleProblems(children(101)).map(({ code }) => code)).toEqual(["composite-children"]);
    expect(compositeRuleProblems(`ALARM(${"x".repeat(10_240)})`).map(({ code }) => code)).toEqual([
      "composite-characters",
    ]);
    const constants = (count: number): string => Array.from({ length: count }, () => "(TRUE)").join(" OR ");
    expect(compositeRuleProblems(constants(250))).toEqual([]);
    expect(compositeRuleProblems(constants(251)).map(({ code }) => code)).toEqual(["composite-elements"]);
  });

  it("include the grammar, with the place", () => {
    expect(compositeRuleProblems("ALARM(a) OR\n  OKAY(b)")).toMatchObject([
      { severity: "error", code: "composite-rule", line: 2, column: 3 },
    ]);
  });
});

describe("graph", () => {
  const rules = (table: Readonly<Record<string, string>>): Map<string, CompositeRule> =>
    new Map(Object.entries(table).map(([key, text]) => [key, parseCompositeRule(text)]));

  it("finds each cycle once", () => {
    expect(
      findCompositeCycles(
        rules({
          b: "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:c)",
          c: "ALARM(a)",
          a: "ALARM(b) OR ALARM(metric)",
          self: "NOT ALARM(self)",
          fine: "ALARM(a)",
        }),
      ),
    ).toEqual([["a", "b", "c"], ["self"]]);
  });

  it("orders children before parents and sets cycles apart", () => {
    const { ordered, blocked } = orderComposites(
      rules({ top: "ALARM(mid)", mid: "ALARM(cpu)", x: "ALARM(y)", y: "ALARM(x)", on: "ALARM(x)" }),
    );
    expect(ordered).toEqual(["mid", "top"]);
    expect([...blocked].sort()).toEqual(["on", "x", "y"]);
  });
});
