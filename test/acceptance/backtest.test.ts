// What alarms would have done: the shipped program on a local cloud's history and on files.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PutCompositeAlarmCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./support/stage.ts";
import { configuration } from "./support/worlds.ts";

const SCENARIO = `
version: 1
region: eu-central-1
groups:
  - name: detailed
    names: web-1
    type: t3.medium
    monitoring: detailed
    tags: { Managed: "Yes", Role: web }
    metrics:
      CPUUtilization: { steady: 10, spike: { height: 85, at: 3d ago, for: 30m } }
  - name: basic
    names: web-2
    type: t3.medium
    tags: { Managed: "Yes", Role: web }
    metrics:
      CPUUtilization: { steady: 10 }
`;

interface AlarmJson {
  readonly name: string;
  readonly label?: string;
  readonly verdict: { readonly kind: string; readonly text?: string; readonly code?: string };
  readonly fired?: { readonly most: number };
  readonly first?: string | null;
  readonly alarms?: readonly { readonly start: string; readonly end: string }[];
  readonly fidelity?: { readonly windows: string; readonly step: number };
  readonly points?: number;
  readonly score?: { readonly precision: number | null; readonly recall: number | null };
}

interface BacktestJson {
  readonly version: number;
  readonly calls: { readonly GetMetricData: number };
  readonly metrics: number;
  readonly dollars: number;
  readonly summary: {
    readonly alarms: number;
    readonly tested: number;
    readonly verdicts: Readonly<Record<string, number>>;
  };
  readonly diagnostics: readonly { readonly code: string; readonly path?: string; readonly line?: number }[];
  readonly alarms: readonly AlarmJson[];
}

let stage: Stage;
const backtest = async (...args: string[]): Promise<BacktestJson> =>
  (await stage.json(["backtest", ...args])) as unknown as BacktestJson;
const named = ({ alarms }: BacktestJson, start: string, label: string): AlarmJson | undefined =>
  alarms.find((alarm) => alarm.name.startsWith(start) && alarm.label === label);

beforeAll(async () => {
  stage = await openStage(SCENARIO, configuration());
});
afterAll(() => stage.close());

describe("the plan's alarms on CloudWatch's history", () => {
  it("fire where the metric had its spike, before anything was applied", async () => {
    stage.local.resetRequests();
    const found = await backtest();
    expect(found).toMatchObject({ version: 1, metrics: 4, summary: { alarms: 4, tested: 4 } });
    expect(stage.local.requests.get("cloudwatch:GetMetricData")).toBe(found.calls.GetMetricData);
    expect(stage.local.requests.get("cloudwatch:PutMetricAlarm")).toBeUndefined();
    const detailed = named(found, "cpu-", "web-1");
    expect(detailed).toMatchObject({
      fired: { most: 1 },
      verdict: { kind: "ok" },
      fidelity: { windows: "exact", step: 60 },
    });
    const [only] = detailed?.alarms ?? [];
    const minutes = (Date.parse(only?.end ?? "") - Date.parse(only?.start ?? "")) / 60_000;
    expect(minutes).toBeGreaterThan(10);
    expect(minutes).toBeLessThan(35);
    expect(named(found, "cpu-", "web-2")).toMatchObject({
      fired: { most: 0 },
      verdict: { kind: "quiet", text: expect.stringContaining("below the threshold") },
      fidelity: { windows: "aligned", step: 300 },
    });
  });

  it("say what reading costs before they read, and read nothing that costs too much", async () => {
    const { code, stdout, stderr } = await stage.watchkeeper("backtest", "--days", "2");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^4 alarms from .* UTC: 1 GetMetricData call for 4 metrics, \$0\.00004\n/);
    expect(stdout).toContain("fidelity: aligned for 1 alarm: points come every 5 min only");
    stage.local.resetRequests();
    const refused = await stage.watchkeeper("backtest", "--max-price", "0.00001");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("so nothing was read");
    expect(stage.local.requests.get("cloudwatch:GetMetricData")).toBeUndefined();
    expect((await stage.quick(["backtest", "--max-price", "0.00001", "--yes"])).code).toBe(0);
    expect((await stage.quick(["backtest", "--max-price", "0.00001"], { typed: "n" })).code).toBe(1);
    expect((await stage.quick(["backtest", "--max-price", "0.00001"], { typed: "y" })).code).toBe(0);
  });

  it("are told which of them begin later, since CloudWatch keeps their points no longer", async () => {
    const { stderr } = await stage.quick(["backtest", "--days", "40"]);
    expect(stderr).toMatch(/2 alarms of 1 min only from .* on: CloudWatch keeps such points no longer/);
  });

  it("are drawn on one page that needs nothing else", async () => {
    expect((await stage.watchkeeper("backtest", "--html", "report.html")).code).toBe(0);
    const page = readFileSync(join(stage.folder, "report.html"), "utf8");
    expect(page.match(/<section /g)).toHaveLength(4);
    expect(page.match(/<script type="application\/json"/g)).toHaveLength(4);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(src|href)="(?!#)/);
    expect(readdirSync(stage.folder)).not.toContain("report.html.part");
    const nowhere = await stage.watchkeeper("backtest", "--html", "no/such/folder/report.html");
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain("can't be written to no/such/folder/report.html");
  });
});

describe("a history that can't be read", () => {
  it("leaves its alarms untested and says so by the exit code", async () => {
    await stage.faults({
      rules: [{ service: "cloudwatch", operation: "GetMetricData", effect: "accessDenied" }],
    });
    const { code, stdout } = await stage.quick(["backtest", "--json"]);
    await stage.faults({});
    expect(code).toBe(1);
    const { alarms } = JSON.parse(stdout) as BacktestJson;
    expect(alarms.map(({ verdict }) => verdict.code)).toEqual(Array(4).fill("history-unreadable"));
  });
});

describe("existing alarms", () => {
  it("are replayed whoever made them, composite ones with their children", async () => {
    const { cloudwatch } = stage.person("eu-central-1");
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "somebody-else",
        Namespace: "AWS/EC2",
        MetricName: "CPUUtilization",
        Statistic: "Average",
        Dimensions: [{ Name: "InstanceId", Value: "i-nowhere" }],
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 50,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    await cloudwatch.send(
      new PutCompositeAlarmCommand({ AlarmName: "either", AlarmRule: "ALARM(somebody-else)" }),
    );
    const found = await backtest("--existing", "--name", "*e*");
    expect(found.alarms.map(({ name, verdict }) => [name, verdict.text])).toEqual([
      ["somebody-else", "cannot fire: its metric has no points"],
      ["either", "never fired"],
    ]);
    expect((await backtest("--existing", "--name", "either")).alarms.map(({ name }) => name)).toEqual([
      "either",
    ]);
    const none = await stage.quick(["backtest", "--existing", "--name", "nobody"]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("there are no alarms named nobody");
  });
});

describe("histories out of files", () => {
  const rows = (from: number, step: number, values: readonly (number | string)[]): string =>
    values.map((value, i) => `${new Date((from + i * step) * 1000).toISOString()},${value}\n`).join("");
  const T0 = Date.UTC(2026, 0, 5) / 1000;

  beforeAll(() => {
    stage.write(
      "rule.yaml",
      "statistic: Average\nperiod: 5m\nevaluationPeriods: 2\ncomparisonOperator: GreaterThanThreshold\nthreshold: 80\n",
    );
    mkdirSync(join(stage.folder, "series"));
    stage.write("series/good.csv", `timestamp,value\n${rows(T0, 300, [10, 90, 95, 10, 10, 10])}`);
    stage.write(
      "series/odd.csv",
      `timestamp,value\n${rows(T0, 300, [10, "NaN", 20])}nonsense\n${rows(T0, 300, [30])}`,
    );
    stage.write("series/empty.csv", "");
    stage.write(
      "incidents.yaml",
      "- { start: 2026-01-05T00:05:00Z, end: 2026-01-05T00:20:00Z, file: good.csv }\n",
    );
  });

  it("need no account, and tell what was wrong with them", async () => {
    const local = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "" };
    const { code, stdout } = await stage.quick(
      ["backtest", "--alarm", "rule.yaml", "--data", "series", "--incidents", "incidents.yaml", "--json"],
      { environment: local },
    );
    // One of the files holds nothing.
    expect(code).toBe(1);
    const found = JSON.parse(stdout) as BacktestJson;
    expect(found.alarms.map(({ label, verdict }) => [label, verdict.kind])).toEqual([
      ["empty.csv", "untested"],
      ["good.csv", "ok"],
      ["odd.csv", "quiet"],
    ]);
    expect(found.alarms[1]?.score).toMatchObject({ precision: 1, recall: 1 });
    expect(found.diagnostics.map(({ code: what, path, line }) => [path, line, what])).toEqual([
      ["series/empty.csv", 1, "no-points"],
      ["series/odd.csv", 5, "csv-unreadable"],
      ["series/odd.csv", 3, "points-nan"],
      ["series/odd.csv", 6, "points-unordered"],
      ["series/odd.csv", 6, "points-duplicate"],
    ]);
  });

  it("go to the alarms on their metric, where they name it", async () => {
    const id = (await backtest()).alarms.find(({ name }) => name.startsWith("cpu-"))?.name.slice(4) ?? "";
    const found = await backtest(
      ...[
        "--data",
        "series/good.csv",
        "--metric",
        "AWS/EC2/CPUUtilization",
        "--dimensions",
        `InstanceId=${id}`,
      ],
    );
    expect(found.alarms.map(({ name }) => name)).toEqual([`cpu-${id}`]);
    expect(found.diagnostics.map(({ code }) => code)).toEqual(["alarms-without-history"]);
  });
});

describe("series of a folder given from outside", () => {
  const folder = process.env["WATCHKEEPER_SERIES_DIR"];
  const why = "set WATCHKEEPER_SERIES_DIR to a folder of CSV series (docs/backtest.md)";

  it.skipIf(folder === undefined)(
    `are replayed with their labelled windows${folder === undefined ? `: skipped, ${why}` : ""}`,
    async () => {
      const labels = join(folder ?? "", "combined_windows.json");
      const data = existsSync(join(folder ?? "", "data")) ? join(folder ?? "", "data") : (folder ?? "");
      const incidents = existsSync(labels) ? ["--incidents", labels] : [];
      const { code, stdout } = await stage.watchkeeper(
        "backtest",
        "--alarm",
        "rule.yaml",
        "--data",
        data,
        ...incidents,
      );
      process.stdout.write(stdout);
      expect(code).toBe(0);
      const found = await backtest("--alarm", "rule.yaml", "--data", data, ...incidents);
      expect(found.summary.alarms).toBeGreaterThan(0);
      for (const { verdict, points } of found.alarms)
        if (verdict.kind === "untested") expect(verdict.code).toBeTruthy();
        else expect(points).toBeGreaterThan(0);
      if (incidents.length > 0) expect(found.alarms.some(({ score }) => score?.recall === 1)).toBe(true);
    },
  );
});
