// Random expressions of metric math. They follow the table of functions: a new function takes part by itself.
import fc from "fast-check";
import { MATH_FUNCTIONS, mathFunction } from "../../src/engine/math-functions.ts";

/** The metrics that expressions read; they may also name another expression, `e`. */
export const METRICS = ["a", "ab", "c"];

/** What there is for a function besides values: `undefined` leaves an argument to its type. */
const SPECIAL: Readonly<Record<string, readonly (readonly string[] | undefined)[]>> = {
  METRICS: [['"a"']],
  PERIOD: [["a"]],
  FILL: [undefined, undefined],
  SLICE: [undefined, ["0", "1"], ["1", "2", "3"]],
  SORT: [undefined, ["AVG", "MIN", "MAX", "SUM"], ["ASC", "DESC"], ["1", "2"]],
  ANOMALY_DETECTION_BAND: [["a", "e"], undefined],
};

/** Expressions that are one time series, out of every form of every function that can be computed. */
export const { TS: anyExpression } = fc.letrec<Record<"S" | "TS" | "TS[]", string>>((tie) => {
  const value = (types: string): fc.Arbitrary<string> =>
    fc.oneof(...types.split("|").map((type) => tie(type as "S")));
  const call = (name: string, form: string): fc.Arbitrary<string> => {
    const text = (form.split("->")[0] ?? "").trim();
    const args = (text === "" ? [] : text.split(",")).map((types, i) => {
      const special = SPECIAL[name]?.[i];
      if (special) return fc.constantFrom(...special);
      return types === "Word" ? fc.constantFrom(...(mathFunction(name)?.words ?? [])) : value(types);
    });
    return fc.tuple(...args).map((written) => `${name}(${written.join(", ")})`);
  };
  const calls = (type: string): fc.Arbitrary<string>[] =>
    Object.keys(MATH_FUNCTIONS)
      .filter((name) => mathFunction(name)?.evaluate)
      .flatMap((name) =>
        (mathFunction(name)?.forms ?? [])
          .filter((form) => form.split("->")[1]?.trim().split(" ")[0] === type)
          .map((form) => call(name, form)),
      );
  const operator = fc.constantFrom("+", "-", "*", "/", "^", "<", ">=", "==", "!=", "AND", "OR");
  const arithmetic = fc.constantFrom("+", "-", "*", "/", "^");
  const operation = (left: string, right: string, between = operator): fc.Arbitrary<string> =>
    fc.tuple(value(left), between, value(right)).map(([x, by, y]) => `(${x} ${by} ${y})`);
  const negated = (type: string): fc.Arbitrary<string> => value(type).map((each) => `(-${each})`);
  const deep = { maxDepth: 4, withCrossShrink: true, depthIdentifier: "expression" };
  return {
    S: fc.oneof(deep, fc.constantFrom("0", "1", "2.5"), ...calls("S"), operation("S", "S"), negated("S")),
    TS: fc.oneof(
      deep,
      fc.constantFrom(...METRICS),
      operation("TS", "TS"),
      operation("TS", "S"),
      operation("S", "TS"),
      negated("TS"),
      ...calls("TS"),
    ),
    "TS[]": fc.oneof(
      deep,
      fc.constantFrom("METRICS()", "[a, c]"),
      fc.tuple(tie("TS"), tie("TS")).map((both) => `[${both.join(", ")}]`),
      operation("TS[]", "S|TS", arithmetic),
      operation("S|TS", "TS[]", arithmetic),
      negated("TS[]"),
      ...calls("TS[]"),
    ),
  };
});
