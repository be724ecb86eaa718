import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseTimeZone } from "../../engine/time-zone.ts";
import { readAlarmFile } from "./alarm-file.ts";
import { readIncidents } from "./incidents.ts";
import { readJsonPoints } from "./json-points.ts";
import { SeriesFileReader, seriesFiles } from "./series-files.ts";

const T0 = Date.UTC(2026, 0, 5, 12) / 1000;
const folder = mkdtempSync(join(tmpdir(), "watchkeeper-history-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pointsIn(value: unknown) {
  const { series, diagnostics } = readJsonPoints(JSON.stringify(value), "data.json");
  const points = series.map(({ points }) =>
    Array.from({ length: points.length }, (_, i) => [points.times[i], points.values[i]]),
  );
  return { series, points, diagnostics };
}

describe("points in JSON", () => {
  const iso = ["2026-01-05T12:00:00+00:00", "2026-01-05T12:05:00+00:00"];
  it.each([
    [
      "pairs",
      [
        [T0, 1],
        [T0 + 300, 2],
      ],
    ],
    [
      "objects",
      [
        { timestamp: iso[0], value: 1 },
        { timestamp: iso[1], value: 2 },
      ],
    ],
    ["columns", { timestamps: [T0 * 1000, (T0 + 300) * 1000], values: [1, 2] }],
    ["several", { series: [{ timestamps: iso, values: [1, 2] }] }],
    ["answers of GetMetricData", { MetricDataResults: [{ Id: "m1", Timestamps: iso, Values: [1, 2] }] }],
    [
      "answers of GetMetricStatistics",
      {
        Label: "CPU",
        Datapoints: [
          { Timestamp: iso[0], Average: 1, Unit: "Percent" },
          { Timestamp: iso[1], Average: 2 },
        ],
      },
    ],
  ] as const)("are read from %s", (_, value) => {
    const { points, diagnostics } = pointsIn(value);
    expect(points).toEqual([
      [
        [T0, 1],
        [T0 + 300, 2],
      ],
    ]);
    expect(diagnostics).toEqual([]);
  });

  it("may name their metric and period", () => {
    const { series } = pointsIn({
      namespace: "AWS/EC2",
      metricName: "CPUUtilization",
      dimensions: { InstanceId: "i-1" },
      period: 60,
      timestamps: [T0],
      values: [1],
    });
    expect(series[0]).toMatchObject({
      period: 60,
      metric: {
        namespace: "AWS/EC2",
        metricName: "CPUUtilization",
        dimensions: [{ name: "InstanceId", value: "i-1" }],
      },
    });
  });

  it("are in the zone given where they name none", () => {
    const { series } = readJsonPoints(
      '[["2026-01-05 13:00", 1]]',
      "data.json",
      parseTimeZone("Europe/Berlin"),
    );
    expect(series[0]?.points.times[0]).toBe(T0);
  });

  it("are counted when they can't be read", () => {
    expect(
      pointsIn([
        [T0, 1],
        ["soon", 2],
        [T0 + 300, "x"],
      ]).diagnostics,
    ).toEqual([
      expect.objectContaining({
        code: "json-unreadable",
        message: expect.stringMatching(/^2 points .* item 2 is the first$/),
      }),
    ]);
    expect(pointsIn({ nothing: 1 }).diagnostics[0]).toMatchObject({ severity: "error", code: "json-form" });
    expect(readJsonPoints("[[1,2],\n[3,", "data.json").diagnostics[0]).toMatchObject({ code: "json-syntax" });
    expect(readJsonPoints(" ", "data.json").diagnostics[0]).toMatchObject({ code: "json-empty" });
  });
});

describe("files of series", () => {
  it("come from files and folders, one after another, and what can't be read is told", () => {
    writeFileSync(join(folder, "a.csv"), "2026-01-05 12:00,1\n2026-01-05 12:05,2\n");
    writeFileSync(join(folder, "b.json"), JSON.stringify([[T0, 1]]));
    writeFileSync(join(folder, "c.csv"), "");
    writeFileSync(join(folder, "notes.md"), "no data");
    const paths = seriesFiles(["."], folder);
    expect(paths).toEqual(["a.csv", "b.json", "c.csv"]);
    const reader = new SeriesFileReader({ cwd: folder, now: T0 + 86_400 });
    const read = [...paths, "gone.csv"].flatMap((path) => [...reader.read(path)]);
    expect(read.map(({ name, series }) => [name, series?.points])).toEqual([
      ["a.csv", 2],
      ["b.json", 1],
      ["c.csv", undefined],
      ["gone.csv", undefined],
    ]);
    expect(read.slice(2).map(({ diagnostics }) => diagnostics.at(-1)?.code)).toEqual([
      "no-points",
      "no-data",
    ]);
    expect(() => seriesFiles(["gone"], folder)).toThrow("gone: there is no such file or folder");
  });
});

describe("incidents", () => {
  it("are a list, for all alarms or those of a name", () => {
    const { incidents } = readIncidents(
      "- { start: 2026-01-05T12:00:00Z, end: 2026-01-05T13:00:00Z }\n- { start: 1767618000, end: 1767621600, alarm: 'cpu-*' }\n",
      "incidents.yaml",
    );
    expect(incidents?.about("memory-1", undefined)).toEqual([{ start: T0, end: T0 + 3600 }]);
    expect(incidents?.about("cpu-1", undefined)).toHaveLength(2);
  });

  it("are windows by file or alarm", () => {
    const { incidents } = readIncidents(
      JSON.stringify({
        "set/one.csv": [["2026-01-05 12:00:00.000000", "2026-01-05 13:00:00.000000"]],
        "set/two.csv": [],
      }),
      "windows.json",
    );
    expect(incidents?.about("cpu", "data/set/one.csv")).toEqual([{ start: T0, end: T0 + 3600 }]);
    expect(incidents?.about("cpu", "set/two.csv")).toEqual([]);
    expect(incidents?.about("cpu", "otherset/one.csv")).toBeUndefined();
    expect(incidents?.about("cpu", undefined)).toBeUndefined();
  });

  it.each([
    ["- { start: yesterday, end: today }", 1],
    [
      "- { start: 2026-01-05T12:00:00Z, end: 2026-01-05T13:00:00Z }\n- { start: 2026-01-05T12:00:00Z, end: 2026-01-05T11:00:00Z }",
      2,
    ],
    ["just text", 1],
    ["a.csv: soon", 1],
  ])("say where they are wrong", (text, line) => {
    const { incidents, diagnostics } = readIncidents(text, "incidents.yaml");
    expect(incidents).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ severity: "error", path: "incidents.yaml", line });
  });
});

describe("alarms in a file", () => {
  it("are one, named after the file, or several by key", () => {
    const one =
      "statistic: p99\nperiod: 5m\nevaluationPeriods: 3\ncomparisonOperator: GreaterThanThreshold\nthreshold: 80\n";
    expect(readAlarmFile(one, "rules/slow.yaml").alarms).toEqual([
      expect.objectContaining({
        AlarmName: "slow",
        ExtendedStatistic: "p99",
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 80,
      }),
    ]);
    const two = `alarms:\n  a:\n    ${one.replaceAll("\n", "\n    ")}\n  b:\n    namespace: X\n    metricName: Y\n    statistic: Sum\n    period: 60\n    band: 3\n    evaluationPeriods: 2\n`;
    const { alarms, diagnostics } = readAlarmFile(two, "two.yaml");
    expect(diagnostics).toEqual([]);
    expect(alarms.map(({ AlarmName, ThresholdMetricId }) => [AlarmName, ThresholdMetricId])).toEqual([
      ["a", undefined],
      ["b", "ad1"],
    ]);
  });

  it("may be what the AWS CLI prints", () => {
    const live = { AlarmName: "x", ComparisonOperator: "GreaterThanThreshold", EvaluationPeriods: 1 };
    expect(readAlarmFile(JSON.stringify({ MetricAlarms: [live] }), "live.json").alarms).toEqual([live]);
  });

  it("say where they are wrong", () => {
    const { diagnostics } = readAlarmFile("statistic: Average\nperiod: 5m\ntreshold: 80\n", "a.yaml");
    expect(diagnostics[0]).toMatchObject({
      severity: "error",
      path: "a.yaml",
      line: 3,
      message: expect.stringContaining("threshold"),
    });
  });
});
