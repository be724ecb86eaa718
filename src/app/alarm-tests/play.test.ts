import { describe, expect, it } from "vitest";
import { loadAlarmTests } from "../../config/alarm-tests/load-alarm-tests.ts";
import { chartOf } from "./chart.ts";
import { offset } from "./judge.ts";
import { playTest } from "./play.ts";
import type { PlayedTest } from "./played.ts";
import { resolveAlarms } from "./resolve-alarms.ts";

/** Plays the only test of a file whose tests begin with these lines, indented by four. */
function play(lines: string): PlayedTest {
  const text = `version: 1\ntests:\n  - name: x\n    expect: { transitions: [] }\n${lines}`;
  const { tests, diagnostics } = loadAlarmTests(text, "x.yaml", {});
  const [test] = tests?.tests ?? [];
  if (!tests || !test) throw new Error(JSON.stringify(diagnostics));
  return playTest(test, resolveAlarms(test, tests, undefined));
}

/** `8m ALARM, 9m OK`, by alarm. */
function changes(played: PlayedTest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    played.alarms.map(({ alarm, transitions }) => [
      alarm.key,
      transitions.map(({ time, to }) => `${offset(time)} ${to}`).join(", "),
    ]),
  );
}

function actions(played: PlayedTest, key: string): string {
  const found = played.alarms.find(({ alarm }) => alarm.key === key);
  return found?.actions.map(({ time, state }) => `${offset(time)} ${state}`).join(", ") ?? "";
}

/** An alarm on X above 10, N of N periods of a minute, in flow style. */
const alarm = (more = "", n = 1): string =>
  `{ namespace: Acme, metricName: X, statistic: Sum, period: 1m, evaluationPeriods: ${n}, comparisonOperator: GreaterThanThreshold, threshold: 10, treatMissingData: notBreaching${more} }`;

describe("the published tables of missing data", () => {
  // User guide, "How alarm states are evaluated when data is missing": M = N = 3, range 5.
  const table = [
    ["0 _ 99 _ 99", "OK", "OK", "OK", "OK"],
    ["0 _ _ _ _", "OK", "OK", "OK", "OK"],
    ["_ _ _ _ _", "INSUFFICIENT_DATA", "OK", "ALARM", "OK"],
    ["0 99 99 _ 99", "ALARM", "ALARM", "ALARM", "ALARM"],
    ["_ _ 99 _ _", "ALARM", "OK", "ALARM", "OK"],
  ] as const;
  const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
  const rows = table.flatMap(([points, ...states]) =>
    treatments.map((treatment, i) => [points, treatment, states[i] as string] as const),
  );

  it.each(rows)("%s with %s: %s", (points, treatment, state) => {
    const played = play(`    before: OK
    alarms: { a: ${alarm("", 3).replace("notBreaching", treatment)} }
    series: { X: ${points} }
`);
    const at = played.alarms[0]?.transitions.findLast(({ time }) => time <= 300)?.to ?? "OK";
    expect(at).toBe(state);
  });
});

describe("points", () => {
  it("finer than the period are combined by the alarm's statistic, in windows that slide", () => {
    const sum = alarm().replace("period: 1m", "period: 5m");
    const played = play(`    before: OK
    alarms: { a: ${sum} }
    series: { X: 0x5 3x5 0x10 }
`);
    // 3 a minute are more than 10 once four of them lie in the last five minutes.
    expect(changes(played)).toEqual({ a: "9m ALARM, 12m OK" });
    const [a] = played.alarms;
    const chart = a && chartOf(a, { start: 0, seconds: played.seconds, band: undefined });
    expect(chart?.map(({ time, value, breaching }) => [time, value, breaching])).toEqual([
      [300, 0, false],
      [600, 15, true],
      [900, 0, false],
      [1200, 0, false],
    ]);
  });

  it("coarser than the period leave gaps", () => {
    const played = play(`    before: OK
    alarms: { a: ${alarm(", datapointsToAlarm: 2", 3).replace("notBreaching", "missing")} }
    series: { X: { period: 5m, values: 99x4 _x2 } }
`);
    // Two of three minutes never have a point; with "missing" one alone is enough once it is old.
    expect(changes(played)).toEqual({ a: "2m ALARM, 21m INSUFFICIENT_DATA" });
  });

  it("that come late are judged late", () => {
    const late = (delay: string): string =>
      changes(
        play(
          `    before: OK\n    delay: ${delay}\n    alarms: { a: ${alarm()} }\n    series: { X: 0x3 20x4 0x9 }\n`,
        ),
      )["a"] ?? "";
    expect(late("0")).toBe("4m ALARM, 8m OK");
    expect(late("2m")).toBe("6m ALARM, 10m OK");
  });

  it("of few samples keep the state, where the alarm says so", () => {
    const p99 = alarm(", evaluateLowSampleCountPercentile: ignore").replace("Sum", "p99");
    const samples = (count: string): string =>
      changes(
        play(
          `    before: OK\n    alarms: { a: ${p99} }\n    series: { X: { values: 20x3, samples: ${count} } }\n`,
        ),
      )["a"] ?? "";
    expect(samples("50x3")).toBe("");
    expect(samples("50x2 2000")).toBe("3m ALARM");
  });
});

describe("composite alarms", () => {
  it("that are new are evaluated at once, those that existed stand as their rule says", () => {
    const both = (before: string): Readonly<Record<string, string>> =>
      changes(
        play(
          `${before}    alarms: { a: ${alarm()}, both: { alarmRule: ALARM($a) } }\n    series: { X: 0 99 0 }\n`,
        ),
      );
    expect(both("")).toEqual({ a: "1m OK, 2m ALARM, 3m OK", both: "0 OK, 2m ALARM, 3m OK" });
    expect(both("    before: OK\n")).toEqual({ a: "2m ALARM, 3m OK", both: "2m ALARM, 3m OK" });
  });

  it("of composites change in the same moment, and name their child", () => {
    const played = play(`    before: OK
    alarms:
      top: { alarmRule: ALARM($middle) OR ALARM(other) }
      middle: { alarmRule: "ALARM($a) AND NOT ALARM($b)" }
      a: ${alarm()}
      b: ${alarm().replace("metricName: X", "metricName: Y")}
    series: { X: 0 99x4, Y: 0x3 99 0 }
    states: { other: OK }
`);
    expect(changes(played)).toMatchObject({
      middle: "2m ALARM, 4m OK, 5m ALARM",
      top: "2m ALARM, 4m OK, 5m ALARM",
    });
    const top = played.alarms.find(({ alarm: { key } }) => key === "top");
    expect(top?.transitions[0]?.reason).toBe(
      "arn:aws:cloudwatch:us-east-1:111122223333:alarm:middle transitioned to ALARM at Monday 05 January, 2026 00:02:00 UTC",
    );
  });

  // User guide, "Composite alarm actions suppression", with a wait of 2 and an extension of 3 minutes.
  const suppressed = (x: string, states: string): string =>
    actions(
      play(`    before: OK
    alarms:
      a: ${alarm()}
      c:
        alarmRule: ALARM($a)
        actionsSuppressor: s
        actionsSuppressorWaitPeriod: 120
        actionsSuppressorExtensionPeriod: 180
        actions: { alarm: "arn:aws:sns:us-east-1:111122223333:t", ok: "arn:aws:sns:us-east-1:111122223333:t" }
    series: { X: ${x} }
    states: { s: ${states} }
`),
      "c",
    );

  it.each([
    ["nobody suppresses", "0 99x12", "OK", "4m ALARM"],
    ["the suppressor comes while it waits", "0 99x12", "{ 0: OK, 3m: ALARM }", ""],
    ["it goes back while it waits", "0 99 0x10", "OK", "5m OK"],
    ["the suppressor was there before", "0 99x12", "ALARM", ""],
    ["the suppressor leaves", "0 99x12", "{ 0: OK, 3m: ALARM, 6m: OK }", "9m ALARM"],
    ["it goes back in the extension", "0 99x5 0x9", "{ 0: OK, 3m: ALARM, 6m: OK }", "9m OK"],
  ])("%s", (_, x, states, expected) => {
    expect(suppressed(x, states)).toBe(expected);
  });

  it("may be suppressed by another composite", () => {
    const played = play(`    before: OK
    alarms:
      a: ${alarm()}
      c:
        alarmRule: ALARM($a)
        actionsSuppressor: $quiet
        actionsSuppressorWaitPeriod: 120
        actionsSuppressorExtensionPeriod: 60
        actions: { alarm: "arn:aws:sns:us-east-1:111122223333:t" }
      quiet: { alarmRule: ALARM(night) }
    series: { X: 0 99x9 }
    states: { night: { 0: OK, 3m: ALARM, 6m: OK } }
`);
    expect(changes(played)).toMatchObject({ quiet: "3m ALARM, 6m OK" });
    expect(actions(played, "c")).toBe("7m ALARM");
  });
});

describe("times", () => {
  it.each([
    [0, "0"],
    [45, "45s"],
    [900, "15m"],
    [5400, "1h30m"],
    [90_061, "1d1h1m1s"],
  ])("%i s are %s", (seconds, text) => {
    expect(offset(seconds)).toBe(text);
  });
});
