import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmState } from "./alarm-state.ts";
import { type AlarmEvaluation, evaluateAlarm } from "./evaluate-alarm.ts";
import { certainVerdict, judge } from "./missing-data.ts";

const START = Date.UTC(2026, 0, 1, 12) / 1000;
const TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"] as const;

/** Evaluates `0 - X` (not breaching, missing, breaching; newest right) with a threshold of 1. */
function evaluate(
  points: string,
  alarm: { n: number; m: number; treat: string; period?: number },
  state: AlarmState,
) {
  const cells = points.split(" ");
  const period = alarm.period ?? 60;
  const kept = cells.flatMap((cell, i) =>
    cell === "-" ? [] : [{ time: START + i * period, value: cell === "X" ? 2 : 0 }],
  );
  const result = evaluateAlarm({
    alarm: {
      Namespace: "Test",
      MetricName: "Value",
      Statistic: "Average",
      Period: period,
      EvaluationPeriods: alarm.n,
      DatapointsToAlarm: alarm.m,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: alarm.treat,
    },
    datapoints: { period, times: kept.map(({ time }) => time), values: kept.map(({ value }) => value) },
    now: START + cells.length * period + 4.67,
    state,
  });
  return result as AlarmEvaluation;
}

/** The state an evaluation leads to; `keep` when it depends on the state before. */
function outcome(points: string, alarm: { n: number; m: number; treat: string; period?: number }): string {
  const after = (["OK", "ALARM", "INSUFFICIENT_DATA"] as const).map(
    (state) => evaluate(points, alarm, state).state,
  );
  return new Set(after).size === 1
    ? (after[0] ?? "")
    : after.join() === "OK,ALARM,INSUFFICIENT_DATA"
      ? "keep"
      : after.join();
}

// User guide, "Configuring how CloudWatch alarms treat missing data", both tables as they read since 2020-09-14.
const THREE_OF_THREE = `
0 - X - X | OK                | OK    | OK    | OK
0 - - - - | OK                | OK    | OK    | OK
- - - - - | INSUFFICIENT_DATA | keep  | ALARM | OK
0 X X - X | ALARM             | ALARM | ALARM | ALARM
- - X - - | ALARM             | keep  | ALARM | OK`;
const TWO_OF_THREE = `
0 - X - X | ALARM | ALARM | ALARM | ALARM
0 0 X 0 X | ALARM | ALARM | ALARM | ALARM
0 - X - - | OK    | OK    | ALARM | OK
- - - - 0 | OK    | OK    | ALARM | OK
- - - X - | ALARM | keep  | ALARM | OK`;
// Same page, premature alarms: these must not alarm at once, and what may follow them.
const PREMATURE = `
- - - - X | keep  | keep  | ALARM | OK
- - - X - | keep  | keep  | ALARM | OK
- - - X 0 | OK    | OK    | OK    | OK
- - X - 0 | OK    | OK    | OK    | OK
- - X - X | ALARM | keep  | ALARM | OK
- X - - - | ALARM | keep  | ALARM | OK
X - - - - | ALARM | keep  | ALARM | OK`;

function rows(table: string): [string, string[]][] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [points = "", ...expected] = line.split("|").map((cell) => cell.trim());
      return [points, expected];
    });
}

describe("3 out of 3 over a range of 5", () => {
  it.each(rows(THREE_OF_THREE))("%s -> %s", (points, expected) => {
    expect(TREATMENTS.map((treat) => outcome(points, { n: 3, m: 3, treat }))).toEqual(expected);
  });
});

describe("2 out of 3 of 5 minutes over a range of 5", () => {
  it.each(rows(TWO_OF_THREE))("%s -> %s", (points, expected) => {
    expect(TREATMENTS.map((treat) => outcome(points, { n: 3, m: 2, treat, period: 300 }))).toEqual(expected);
  });
});

describe("premature alarms, 3 out of 3", () => {
  it.each(rows(PREMATURE))("%s -> %s", (points, expected) => {
    expect(TREATMENTS.map((treat) => outcome(points, { n: 3, m: 3, treat }))).toEqual(expected);
  });

  it("leaves the unpublished cell to an option", () => {
    const result = evaluateAlarm({
      alarm: {
        Statistic: "Sum",
        Period: 60,
        EvaluationPeriods: 3,
        Threshold: 0,
        ComparisonOperator: "GreaterThanThreshold",
      },
      datapoints: { period: 60, times: [START], values: [1] },
      now: START + 61,
      state: "OK",
      options: { youngBreaching: "insufficientData" },
    });
    expect(result.state).toBe("INSUFFICIENT_DATA");
  });
});

describe("the range", () => {
  it("ends two periods after the evaluation periods unless told otherwise", () => {
    // Measured: 10 periods for 8 of 900 s, 8 for 6 of 600 s, 3 for 1 of a day.
    expect(outcome("0 - -", { n: 1, m: 1, treat: "breaching", period: 900 })).toBe("OK");
    expect(outcome("0 - - -", { n: 1, m: 1, treat: "breaching", period: 900 })).toBe("ALARM");
  });

  it("re-judges old points after a metric stops (rule 6)", () => {
    const states = ["X X 0", "X X 0 -", "X X 0 - -", "X X 0 - - -", "X X 0 - - - - -"].map((points) =>
      outcome(points, { n: 3, m: 2, treat: "missing" }),
    );
    expect(states).toEqual(["ALARM", "ALARM", "ALARM", "OK", "INSUFFICIENT_DATA"]);
  });
});

describe("any range", () => {
  const cell = fc.constantFrom("0", "X", "-");
  it("never alarms on a gap alone, unless missing points breach", () => {
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(5),
        (cells, n, less) => {
          const m = Math.max(1, n - less);
          const points = cells.join(" ").replaceAll("X", "0");
          for (const treat of ["missing", "ignore", "notBreaching"])
            expect(evaluate(points, { n, m, treat }, "OK").state).not.toBe("ALARM");
        },
      ),
    );
  });

  it("treats nothing as missing once enough points are real", () => {
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(5),
        (cells, n, less) => {
          const m = Math.max(1, n - less);
          const real = cells.slice(-(n + 2)).filter((each) => each !== "-").length;
          fc.pre(real >= n);
          const states = TREATMENTS.map((treat) => outcome(cells.join(" "), { n, m, treat }));
          expect(new Set(states).size).toBe(1);
        },
      ),
    );
  });
});

describe("a certain verdict", () => {
  it("is that of every range whose newest points are the known ones", () => {
    for (const evaluationPeriods of [1, 2, 3, 4])
      for (let datapointsToAlarm = 1; datapointsToAlarm <= evaluationPeriods; datapointsToAlarm += 1)
        for (const treatMissingData of TREATMENTS)
          for (let real = 0; real <= evaluationPeriods; real += 1)
            for (let breaching = 0; breaching <= real; breaching += 1) {
              const rule = {
                evaluationPeriods,
                datapointsToAlarm,
                treatMissingData,
                youngBreaching: "keep",
              } as const;
              const certain = certainVerdict(rule, real, breaching);
              const possible = new Set<number>();
              for (let more = 0; more <= evaluationPeriods - real; more += 1)
                for (let moreBreaching = 0; moreBreaching <= more; moreBreaching += 1)
                  for (const age of [1, evaluationPeriods + 2])
                    possible.add(judge(rule, real + more, breaching + moreBreaching, age));
              if (certain !== undefined) expect([...possible]).toEqual([certain]);
              else expect(real).toBeLessThan(evaluationPeriods);
            }
  });
});
