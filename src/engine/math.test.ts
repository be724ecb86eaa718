import { describe, expect, it } from "vitest";
import { mathAlarmProblems } from "./math-alarm.ts";
import { MATH_FUNCTIONS, mathFunction } from "./math-functions.ts";
import { evaluateQueries } from "./math-query.ts";
import type { EngineOptions } from "./options.ts";

const START = Date.UTC(2026, 0, 5, 10, 58) / 1000; // a Monday
const gap = undefined;
type Row = readonly (number | undefined)[];

/** Series from rows of values, one a minute; `gap` is missing. */
function queries(metrics: Readonly<Record<string, Row>>) {
  return Object.entries(metrics).map(([id, row]) => {
    const kept = row.flatMap((value, i) => (value === undefined ? [] : [{ time: START + i * 60, value }]));
    const series = {
      period: 60,
      times: kept.map(({ time }) => time),
      values: kept.map(({ value }) => value),
    };
    return { id, series };
  });
}

/** What an expression gives, as rows. */
function compute(
  expression: string,
  metrics: Readonly<Record<string, Row>>,
  options?: EngineOptions,
): (number | undefined)[][] {
  const length = Math.max(...Object.values(metrics).map((row) => row.length));
  const { series, diagnostics } = evaluateQueries({
    queries: [...queries(metrics), { id: "result", expression }],
    start: START,
    end: START + length * 60,
    ...(options ? { options } : {}),
  });
  expect(diagnostics).toEqual([]);
  return (series.get("result") ?? []).map(({ times, values }) =>
    Array.from({ length }, (_, i) => values[times.indexOf(START + i * 60)]),
  );
}

describe("operators (user guide, Metric math)", () => {
  const metrics = { metric1: [30, 20, 0, 0], metric2: [20, gap, 20, gap] };

  it.each<[string, Row]>([
    ["metric1 < metric2", [0, 0, 1, 0]],
    ["metric1 >= 30", [1, 0, 0, 0]],
    ["metric1 > 15 AND metric2 > 15", [1, 0, 0, 0]],
    ["metric1 > 15 && metric2 > 15", [1, 0, 0, 0]],
    ["metric1 > 15 OR metric2 > 15", [1, 1, 1, 0]],
    ["metric1 + metric2", [50, 20, 20, 0]],
    ["metric1 - metric2", [10, 20, -20, 0]],
    ["metric1 / metric2", [1.5, gap, 0, gap]],
    ["metric2 / metric1", [20 / 30, 0, gap, gap]],
    ["-metric2", [-20, gap, -20, gap]],
    ["metric2 + 1", [21, gap, 21, gap]],
    ["1 - metric2 / 10", [-1, gap, -1, gap]],
    ["metric1 ^ 2 + 1", [901, 401, 1, 1]],
    ["metric1 == metric2", [0, 0, 0, 1]],
    ["metric1 != 20", [1, 0, 1, 1]],
    // 100 * used / (used + free) with `free` missing is 100: the well-known trap.
    ["100 * metric1 / (metric1 + metric2)", [60, 100, 0, gap]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, metrics)).toEqual([expected]);
  });

  it.each<[string, number]>([
    ["1 + 2 * 3", 7],
    ["-2 ^ 2", 4],
    ["2 ^ 3 ^ 2", 512],
    ["10 - 4 - 3", 3],
    ["100 / 10 / 5", 2],
    ["1 + 1 == 2", 1],
    ["0 AND 0 OR 1", 1],
    ["1 OR 1 AND 0", 1],
    ["2 < 1 == 0", 1],
    ["1.5e2 + .5", 150.5],
  ])("%s is %s (our precedence)", (expression, expected) => {
    expect(compute(`TIME_SERIES(${expression})`, { m: [1] })).toEqual([[expected]]);
  });

  it("works on arrays, series by series", () => {
    expect(compute("[metric1, metric2] * 2", metrics)).toEqual([[60, 40, 0, 0], [40, gap, 40, gap]]); // biome-ignore format: rows
    expect(compute("[metric1, metric2] - metric1", metrics)).toEqual([[0, 0, 0, 0], [-10, -20, 20, 0]]); // biome-ignore format: rows
  });

  it("drops what is no finite number", () => {
    expect(compute("LOG(m)", { m: [0, -1, 1] })).toEqual([[gap, gap, 0]]);
    expect(compute("m * 1e300 * 1e300", { m: [1, 0] })).toEqual([[gap, 0]]);
  });
});

describe("IF (user guide, both versions)", () => {
  const metrics = { m1: [1, 1, 0, 0, gap], m2: [30, gap, 0, 0, 30], m3: [0, 0, 20, gap, 20] };

  it.each<[string, Row, Row]>([
    ["IF(m1, m2, m3)", [30, 0, 20, 0, gap], [30, 0, 20, gap, gap]],
    ["IF(m1, 5, m3)", [5, 5, 20, gap, gap], [5, 5, 20, gap, gap]],
    ["IF(m1, m2, 5)", [30, 0, 5, 5, gap], [30, 0, 5, 5, gap]],
    ["IF(m1, m2)", [30, 0, gap, gap, gap], [30, 0, gap, gap, gap]],
    ["IF(m1 > 0, 5, m3)", [5, 5, 20, 0, gap], [5, 5, 20, gap, gap]],
    ["IF(m1 > 0, 1, 2)", [1, 1, 2, 2, gap], [1, 1, 2, 2, gap]],
    ["IF(1, m2, m3)", [30, gap, 0, 0, 30], [30, gap, 0, 0, 30]],
    ["IF(0, m2, m3)", [0, 0, 20, gap, 20], [0, 0, 20, gap, 20]],
    ["IF(0, m2)", [gap, gap, gap, gap, gap], [gap, gap, gap, gap, gap]],
  ])("%s", (expression, guide2026, guide2023) => {
    expect(compute(expression, metrics)).toEqual([guide2026]);
    expect(compute(expression, metrics, { ifMissing: "dropped" })).toEqual([guide2023]);
  });
});

describe("functions", () => {
  const metrics = { a: [1, gap, 4, gap, 9], b: [2, 2, gap, gap, 1], c: [gap, gap, gap, gap, gap] };

  it.each<[string, Row[]]>([
    ["ABS(a - 5)", [[4, gap, 1, gap, 4]]],
    ["CEIL(b / 4)", [[1, 1, gap, gap, 1]]],
    ["FLOOR(b / 4)", [[0, 0, gap, gap, 0]]],
    ["LOG10(b * 5)", [[1, 1, gap, gap, Math.log10(5)]]],
    ["SUM([a, b])", [[3, 2, 4, gap, 10]]],
    ["AVG([a, b])", [[1.5, 1, 2, gap, 5]]],
    ["MIN([a, b])", [[1, 2, 4, gap, 1]]],
    ["MAX([a, b])", [[2, 2, 4, gap, 9]]],
    ["STDDEV([a, b])", [[0.5, 0, 0, gap, 4]]],
    ["DATAPOINT_COUNT([a, b])", [[2, 1, 1, gap, 2]]],
    ["IF(DATAPOINT_COUNT([a, b]) == 2, a + b)", [[3, gap, gap, gap, 10]]],
    ["a - a + SUM(a)", [[14, gap, 14, gap, 14]]],
    ["TIME_SERIES(AVG(a))", [[2.8, 2.8, 2.8, 2.8, 2.8]]],
    ["TIME_SERIES(MAX(a) - MIN(a))", [[8, 8, 8, 8, 8]]],
    ["TIME_SERIES(DATAPOINT_COUNT(a))", [[3, 3, 3, 3, 3]]],
    ["TIME_SERIES(METRIC_COUNT(METRICS()))", [[3, 3, 3, 3, 3]]],
    ["SUM(METRICS())", [[3, 2, 4, gap, 10]]],
    ['METRICS("b")', [[2, 2, gap, gap, 1]]],
    ["DIFF(a)", [[gap, gap, 3, gap, 5]]],
    ["DIFF_TIME(a)", [[gap, gap, 120, gap, 120]]],
    ["RATE(a)", [[gap, gap, 3 / 120, gap, 5 / 120]]],
    ["RUNNING_SUM(a)", [[1, gap, 5, gap, 14]]],
    ["FILL(a, 0)", [[1, 0, 4, 0, 9]]],
    ["FILL(a, b)", [[1, 2, 4, gap, 9]]],
    ["FILL(a, MIN(a))", [[1, 1, 4, 1, 9]]],
    ["FILL(a, REPEAT)", [[1, 1, 4, 4, 9]]],
    ["FILL(a, LINEAR)", [[1, 2.5, 4, 6.5, 9]]],
    ["FILL(c, REPEAT)", [[gap, gap, gap, gap, gap]]],
    ["FILL([a, b], 7)", [[1, 7, 4, 7, 9], [2, 2, 7, 7, 1]]],
    ["FIRST([a, b])", [[1, gap, 4, gap, 9]]],
    ["LAST([a, b])", [[2, 2, gap, gap, 1]]],
    ["SLICE([a, b, c], 1)", [[2, 2, gap, gap, 1]]],
    ["SLICE([a, b, c], 0, 2)", [[1, gap, 4, gap, 9], [2, 2, gap, gap, 1]]],
    ["SORT([b, a, c], SUM, DESC, 1)", [[1, gap, 4, gap, 9]]],
    ["FIRST(SORT([a, b], MAX, ASC))", [[2, 2, gap, gap, 1]]],
    ["REMOVE_EMPTY([c, b])", [[2, 2, gap, gap, 1]]],
    ["a * 0 + PERIOD(a)", [[60, gap, 60, gap, 60]]],
    ["MINUTE(c)", [[58, 59, 0, 1, 2]]],
    ["HOUR(c)", [[10, 10, 11, 11, 11]]],
    ["DAY(c)", [[1, 1, 1, 1, 1]]],
    ["DATE(c)", [[5, 5, 5, 5, 5]]],
    ["MONTH(c)", [[1, 1, 1, 1, 1]]],
    ["YEAR(c)", [[2026, 2026, 2026, 2026, 2026]]],
    ["EPOCH(c)", [[START, START + 60, START + 120, START + 180, START + 240]]],
  ])("%s", (expression, expected) => {
    expect(compute(expression, metrics)).toEqual(expected);
  }); // biome-ignore format: rows

  it("reads bands in the order of either guide", () => {
    const request = {
      queries: [...queries({ m: [1, 2] }), { id: "last", expression: "LAST(ANOMALY_DETECTION_BAND(m, 3))" }],
      start: START,
      end: START + 120,
      bands: { m: { bandAt: (_: number, k: number) => ({ lower: -k, upper: k }) } },
    };
    expect(evaluateQueries(request).series.get("last")?.[0]?.values).toEqual([3, 3]);
    const older = evaluateQueries({ ...request, options: { bandOrder: "upperFirst" } });
    expect(older.series.get("last")?.[0]?.values).toEqual([-3, -3]);
  });

  it("combines different periods where times are the same, and says so", () => {
    const coarse = { period: 300, times: [START - 180 + 300], values: [10] };
    const { series, diagnostics } = evaluateQueries({
      queries: [...queries({ a: [1, 2, 3] }), { id: "b", series: coarse }, { id: "e", expression: "a + b" }],
      start: START,
      end: START + 180,
    });
    expect(series.get("e")?.[0]?.values).toEqual([1, 2, 13]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["mixed-periods"]);
  });

  it("says what can't be computed here, and computes the rest", () => {
    const { series, diagnostics } = evaluateQueries({
      queries: [
        ...queries({ a: [1] }),
        { id: "s", expression: "SEARCH('{AWS/EC2,InstanceId} x', 'Average', 300)" },
        { id: "q", expression: "a / SERVICE_QUOTA(a)" },
        { id: "e", expression: "a + 1" },
      ],
      start: START,
      end: START + 60,
    });
    expect(diagnostics.map(({ path, code }) => [path, code])).toEqual([["s", "unsupported-function"], ["q", "unsupported-function"]]); // biome-ignore format: pairs
    expect(series.get("e")?.[0]?.values).toEqual([2]);
  });
});

describe("errors say where", () => {
  it.each<[string, number, string]>([
    ["", 1, "the end"],
    ["a +", 4, "found the end"],
    ["a + * b", 5, 'found "*"'],
    ["(a + b", 7, 'expected ")"'],
    ["a b", 3, "expected an operator"],
    ["a = b", 3, 'compare with "=="'],
    ["a & b", 3, 'write "&&"'],
    ["!a", 1, "no NOT"],
    ["a + #", 5, 'unexpected character "#"'],
    ["'x", 1, "never closed"],
    ["sum([a, b])", 1, "functions are upper case: SUM"],
    ["Sum([a, b])", 1, "Functions are upper case: SUM"],
    ["SUMM([a, b])", 1, 'Did you mean "SUM"?'],
    ["a + mm1", 5, 'no metric or expression "mm1"'],
    ["SUM(1)", 1, "SUM doesn't take (a scalar (S)); it is called as SUM(TS) or SUM(TS[])"],
    ["1 + IF(a, [a, b], 1)", 5, "IF doesn't take"],
    ["[a, b] + [a, b]", 1, "+ doesn't work on an array"],
    ["[a, b] > 1", 1, "> doesn't work on an array"],
    ["[a, 1]", 5, "a scalar (S) in an array of time series"],
    ["[]", 1, "an empty array"],
    ["FILL(a, ZERO)", 9, 'doesn\'t know the word "ZERO"; it takes REPEAT, LINEAR'],
    ["SORT([a], ASC, SUM)", 11, "AVG, MIN, MAX or SUM first"],
    ["PERIOD(a + b)", 8, "id of a metric"],
    ["SLICE([a, b], 0.5)", 15, "whole numbers"],
    ["a + REPEAT", 5, 'unknown word "REPEAT"'],
    ["ABS", 1, "needs brackets"],
    ["-'x'", 1, "unary minus on a string"],
  ])("%s", (expression, column, problem) => {
    const { diagnostics } = evaluateQueries({
      queries: [...queries({ a: [1], b: [1] }), { id: "e", expression }],
      start: START,
      end: START + 60,
    });
    expect(diagnostics[0]).toMatchObject({ severity: "error", path: "e", line: 1, column });
    expect(diagnostics[0]?.message).toContain(problem);
  });

  it("finds cycles, doubled and malformed ids", () => {
    const codes = (list: readonly { id: string; expression?: string }[]) =>
      evaluateQueries({ queries: list, start: 0, end: 60 }).diagnostics.map(({ code }) => code);
    expect(codes([{ id: "a", expression: "b + 1" }, { id: "b", expression: "a + 1" }])).toContain("math-cycle"); // biome-ignore format: pair
    expect(codes([{ id: "a", expression: "a" }])).toContain("math-cycle");
    expect(codes([{ id: "M1" }])).toEqual(["math-id"]);
    expect(codes([{ id: "m" }, { id: "m" }])).toEqual(["math-duplicate-id"]);
    expect(codes([{ id: "m" }, { id: "e", expression: "(".repeat(2000) }])).toEqual(["metric-math"]);
  });
});

describe("alarms", () => {
  const metric = (Id: string, Period = 60) => ({
    Id,
    MetricStat: { Period, Stat: "Sum" },
    ReturnData: false,
  });
  const codes = (...list: Parameters<typeof mathAlarmProblems>[0]) =>
    mathAlarmProblems(list).map(({ severity, code }) => `${severity} ${code}`);

  it("accept one time series", () => {
    expect(codes(metric("m1"), metric("m2"), { Id: "e1", Expression: "100 * m1 / m2" })).toEqual([]);
  });

  it.each<[string, Parameters<typeof mathAlarmProblems>[0], string]>([
    ["SEARCH", [{ Id: "e1", Expression: "SUM(SEARCH('{a,b} c', 'Sum', 60))" }], "error math-function"],
    ["an array", [metric("a"), metric("b"), { Id: "e1", Expression: "[a, b]" }], "error math-result"],
    ["a scalar", [metric("a"), { Id: "e1", Expression: "AVG(a)" }], "error math-result"],
    [
      "mixed periods",
      [metric("a"), metric("b", 300), { Id: "e1", Expression: "a + b" }],
      "error mixed-periods",
    ],
    [
      "nothing returned",
      [metric("a"), { Id: "e1", Expression: "a", ReturnData: false }],
      "error return-data",
    ],
    [
      "two returned",
      [metric("a"), { Id: "e1", Expression: "a" }, { Id: "e2", Expression: "a" }],
      "error return-data",
    ],
    [
      "eleven metrics",
      [...Array.from({ length: 11 }, (_, i) => metric(`m${i}`)), { Id: "e1", Expression: "SUM(METRICS())" }],
      "error math-metrics",
    ],
    ["neither metric nor expression", [{ Id: "x" }], "error math-entry"],
    ["FILL (advice)", [metric("a"), { Id: "e1", Expression: "FILL(a, 0)" }], "warning math-advice"],
    [
      "a scalar inside (advice)",
      [metric("a"), { Id: "e1", Expression: "a - AVG(a)" }],
      "warning math-advice",
    ],
  ])("refuse or advise against %s", (_, list, expected) => {
    expect(codes(...list)).toContain(expected);
  });

  it("don't mind reductions of arrays", () => {
    expect(codes(metric("a"), metric("b"), { Id: "e1", Expression: "SUM([a, b])" })).toEqual([]);
  });
});

describe("the registry", () => {
  it("has every function of the guide, and no other", () => {
    // User guide, "Functions supported for metric math", April 2026.
    const names =
      "ABS ANOMALY_DETECTION_BAND AVG CEIL DATAPOINT_COUNT DATE DAY DB_PERF_INSIGHTS DIFF DIFF_TIME EPOCH FILL FIRST FLOOR HOUR IF INSIGHT_RULE_METRIC LAMBDA LAST LOG LOG10 MAX METRIC_COUNT METRICS MIN MINUTE MONTH PERIOD RATE REMOVE_EMPTY RUNNING_SUM SEARCH SERVICE_QUOTA SLICE SORT STDDEV SUM TIME_SERIES YEAR";
    expect(Object.keys(MATH_FUNCTIONS).sort()).toEqual(names.split(" ").sort());
  });

  it("says of every form that can be computed how much of it can be computed at once", () => {
    const silent = Object.keys(MATH_FUNCTIONS).filter((name) => {
      const { evaluate, forms } = mathFunction(name) ?? { forms: [] };
      return evaluate && forms.some((form) => !/ by (period|range)$/.test(form));
    });
    expect(silent).toEqual(["REMOVE_EMPTY"]);
  });
});
