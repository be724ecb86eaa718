import { describe, expect, it } from "vitest";
import type { DenseSeries } from "../../alarms/history/series-grid.ts";
import type { MetricAlarm } from "../../engine/alarm.ts";
import { replayComposites } from "./composites.ts";
import { onlyNamed } from "./find-alarms.ts";
import { openSubjects } from "./open-subjects.ts";
import { type Replay, replay } from "./replay.ts";
import type { TestedAlarm, TestedMetricAlarm } from "./tested-alarm.ts";

const START = Date.UTC(2026, 0, 5) / 1000;
const HOURS = 48;

function subject(more: MetricAlarm = {}, name = "cpu"): TestedMetricAlarm {
  return {
    kind: "metric",
    name,
    label: undefined,
    condition: "",
    published: undefined,
    metrics: new Map([
      ["m1", { namespace: "AWS/EC2", metricName: "CPUUtilization", dimensions: [], stat: "Average" }],
    ]),
    alarm: {
      AlarmName: name,
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 300,
      EvaluationPeriods: 2,
      Threshold: 80,
      ComparisonOperator: "GreaterThanThreshold",
      ...more,
    },
  };
}

/** Five-minute points: 20, and the values given by index. */
function history(changes: Readonly<Record<number, number>> = {}, length = HOURS * 12): DenseSeries {
  const values = new Float64Array(length).fill(20);
  for (const [at, value] of Object.entries(changes)) values[Number(at)] = value;
  return { start: START, step: 300, points: length, chunk: { values } };
}

function run(alarm: TestedMetricAlarm, series: DenseSeries, more: object = {}): Replay {
  const [opened] = openSubjects([alarm]).open;
  if (!opened) throw new Error("the alarm can't be evaluated");
  return replay({ ...opened, series: new Map([["m1", series]]), delay: 0, chart: false, ...more });
}

describe("a replay", () => {
  it("tells when it fired, for how long, and that windows are aligned", () => {
    const { tested } = run(subject(), history({ 10: 90, 11: 95, 12: 99 }));
    expect(tested).toMatchObject({
      fired: { least: 1, most: 1 },
      secondsInAlarm: { most: 600 },
      first: START + 12 * 300,
      verdict: { kind: "ok", text: "ok" },
      fidelity: { windows: "aligned", step: 300 },
      firstReason: expect.stringContaining("Threshold Crossed"),
    });
  });

  it.each([
    ["how far off it was", {}, { 10: 60 }, "never fired: its max was 25 % below the threshold"],
    ["values where percents say little", {}, { 10: 21 }, "never fired: its max was 74 % below the threshold"],
    [
      "that it breached, but not together",
      {},
      { 10: 90, 20: 90 },
      "never fired: it breached at times, never 2 in a row",
    ],
    ["that a threshold was just reached", {}, { 10: 80 }, "never fired: its max was the threshold itself"],
    [
      "mins of alarms on low values",
      { ComparisonOperator: "LessThanThreshold", Threshold: 10 },
      {},
      "never fired: its min was 20 %, far above the threshold",
    ],
    [
      "a threshold out of reach",
      { Threshold: 100 },
      { 10: 99 },
      "cannot fire: the metric is at most 100, the threshold 100",
    ],
  ] as const)("says %s", (_, alarm, changes, text) => {
    const { tested } = run(subject(alarm), history(changes));
    expect(tested?.verdict.text).toBe(text);
  });

  it("says when there is nothing but ALARM, and when nothing is there", () => {
    expect(run(subject({ Threshold: 5 }), history()).tested?.verdict).toEqual({
      kind: "stuck",
      text: "in ALARM 100 % of the time",
    });
    const nothing = history(
      Object.fromEntries(Array.from({ length: HOURS * 12 }, (_, i) => [i, Number.NaN])),
    );
    expect(run(subject(), nothing).tested?.verdict.text).toBe("cannot fire: its metric has no points");
  });

  it("scores itself on the incidents within its time only", () => {
    const incidents = [
      { start: START - 7200, end: START - 3600 },
      { start: START + 3000, end: START + 4500 },
      { start: START + 40_000, end: START + 50_000 },
    ];
    const { tested } = run(subject(), history({ 10: 90, 11: 95, 12: 99 }), { incidents });
    expect(tested?.score).toMatchObject({ precision: 1, recall: 0.5, delay: { median: 600 } });
    expect(tested?.score?.incidents).toHaveLength(2);
  });

  it("draws what was judged", () => {
    const { chart } = run(subject(), history({ 10: 90, 11: 95 }), { chart: true });
    expect(chart?.low.length).toBe(480);
    expect(Math.max(...(chart?.high ?? []))).toBe(95);
    expect(chart).toMatchObject({ threshold: 80, alarms: [{ start: START + 3600 }] });
  });

  it("refuses points that are too coarse, in words", () => {
    const coarse = { ...history(), step: 3600 };
    expect(run(subject(), coarse).untested).toMatchObject({
      code: "series-too-coarse",
      reason: expect.stringContaining("3600 s apart"),
    });
  });
});

describe("composite alarms", () => {
  const child = (name: string, changes: Readonly<Record<number, number>>) =>
    run(subject({}, name), history(changes));
  const composite = (name: string, rule: string) =>
    ({ kind: "composite", name, label: undefined, condition: rule, rule }) as const;
  const outcome = (rules: Readonly<Record<string, string>>) => {
    const replayed = new Map([
      ["a", child("a", { 10: 90, 11: 90, 12: 90, 13: 90 })],
      ["b", child("b", { 12: 90, 13: 90 })],
      ["c", { ...child("c", {}), tested: undefined, untested: { code: "x", reason: "no history" } }],
    ]);
    const composites = Object.entries(rules).map(([name, rule]) => composite(name, rule));
    return new Map(
      [...replayComposites(composites, replayed, { incidents: () => undefined, chart: false })].map(
        ({ subject: { name }, replay: result }) => [name, result.tested?.alarms ?? result.untested?.code],
      ),
    );
  };

  it("are made of their children's states, children first", () => {
    const found = outcome({ outer: "ALARM(both) OR ALARM(a)", both: "ALARM(a) AND ALARM(b)" });
    expect(found.get("both")).toEqual([{ start: START + 14 * 300, end: START + 15 * 300 }]);
    expect(found.get("outer")).toEqual([{ start: START + 12 * 300, end: START + 15 * 300 }]);
  });

  it("are not guessed where a child, a rule or an end is missing", () => {
    const found = outcome({
      unknown: "ALARM(nobody)",
      untested: "ALARM(c)",
      broken: "ALARM(a",
      one: "ALARM(two)",
      two: "ALARM(one)",
    });
    expect(Object.fromEntries(found)).toEqual({
      unknown: "child-unknown",
      untested: "child-untested",
      broken: "composite-rule",
      one: "composite-cycle",
      two: "composite-cycle",
    });
  });

  it("bring their children along when only they are asked for", () => {
    const alarms: TestedAlarm[] = [
      subject({}, "a"),
      subject({}, "b"),
      composite("inner", "ALARM(a)"),
      composite("outer", "ALARM(inner)"),
    ];
    expect(onlyNamed(alarms, ["out*"]).map(({ name, dependency }) => [name, dependency])).toEqual([
      ["a", true],
      ["inner", true],
      ["outer", undefined],
    ]);
  });
});
