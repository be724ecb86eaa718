// `watchkeeper test` as people use it: the examples, failures with their drawing, broken tests, and machines.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Output } from "../../src/cli/io.ts";
import { run as runInProcess } from "../../src/cli/run.ts";
import { run } from "./support/child-process.ts";
import { PROGRAM } from "./support/stage.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = mkdtempSync(join(tmpdir(), "watchkeeper-tests-"));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** The shipped program. */
const shipped = (args: readonly string[], cwd: string) =>
  run(process.execPath, [PROGRAM, "test", ...args], { environment: {}, cwd, timeoutMs: 60_000 });

/** The same command line in this process: quicker. */
async function watchkeeper(args: readonly string[], cwd = FOLDER) {
  const written = { stdout: "", stderr: "" };
  const output = (stream: keyof typeof written): Output => ({
    isTerminal: false,
    columns: 100,
    write: async (text) => {
      written[stream] += text;
    },
  });
  const code = await runInProcess(["test", ...args], {
    env: {},
    cwd,
    stdout: output("stdout"),
    stderr: output("stderr"),
    signal: new AbortController().signal,
    interactive: false,
    ask: async () => "",
  });
  return { code, ...written };
}

function write(name: string, text: string): string {
  writeFileSync(join(FOLDER, name), text);
  return name;
}

/** A file of one test of an alarm on CPU above 80 for three minutes. */
const cpu = (series: string, expectation: string, more = ""): string => `version: 1
tests:
  - name: a busy machine
    before: OK
    alarms:
      cpu:
        namespace: AWS/EC2
        metricName: CPUUtilization
        statistic: Average
        period: 1m
        evaluationPeriods: 3
        comparisonOperator: GreaterThanThreshold
        threshold: 80
${more}    series: { CPUUtilization: ${series} }
    expect: ${expectation}
`;

const failing = (expectation: string, series = "20x3 95x5 _x6 20x3") =>
  watchkeeper([write("a.yaml", cpu(series, expectation))]);

describe("tests that pass", () => {
  it.each(readdirSync(join(ROOT, "examples/tests")))("examples/tests/%s", async (name) => {
    const { code, stdout, stderr } = await shipped([`examples/tests/${name}`], ROOT);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^1 file, \d+ tests: \d+ passed/m);
    expect(readFileSync(join(ROOT, "examples/tests", name), "utf8")).toMatch(/^#/);
  });

  const page = readFileSync(join(ROOT, "docs/testing-alarms.md"), "utf8");
  const shown = [...page.matchAll(/^```yaml\n(version: 1\n.*?)^```$/gms)].map(([, text = ""]) => text);

  it.each(shown.map((text, i) => [i + 1, text] as const))(
    "block %i of docs/testing-alarms.md",
    async (i, text) => {
      const { code, stdout } = await watchkeeper([write(`docs-${i}.yaml`, text)]);
      expect(code, stdout).toBe(0);
    },
  );

  it("are shown in the documentation", () => {
    expect(shown.length).toBeGreaterThan(1);
  });

  it("may be picked by name", async () => {
    const { stdout } = await watchkeeper(["--only", "ratio", "examples/tests/inline.yaml"], ROOT);
    expect(stdout).toMatch(/1 file, 1 test: 1 passed/);
    expect(
      (await watchkeeper(["--only", "nothing of that name", "examples/tests/inline.yaml"], ROOT)).code,
    ).toBe(1);
  });
});

describe("a test that fails", () => {
  it("says what was expected, what is, and draws the alarm's life", async () => {
    const { code, stdout } = await failing("{ at: { 5m: ALARM } }");
    expect(code).toBe(1);
    expect(stdout.replace(/[\d.]+ ms/g, "0 ms")).toBe(`a.yaml
  FAIL    a busy machine  0 ms
    a.yaml:15:21  at 5m cpu is OK, not ALARM
      it never changed before

  cpu  CPUUtilization > 80 % for 3 x 1 min  a column is 1 min
              1m   6m   11m  16m
    value     ▁▁▁█████      ▁▁▁  20 to 95
    breaches  ···xxxxx------···  x breaching, · not, - no point
    state     oooooAAAAAAA??ooo  A ALARM, o OK, ? INSUFFICIENT_DATA
                  ^              not as expected
    6m        OK -> ALARM  Threshold Crossed: 3 datapoints [95.0 (05/01/26 00:05:00), 95.0 (05/01/26 00:04:00), 95.0 (05/01/26 00:03:00)] were greater than the threshold (80.0).
    13m       ALARM -> INSUFFICIENT_DATA  Insufficient Data: 3 datapoints were unknown.
    15m       INSUFFICIENT_DATA -> OK  Threshold Crossed: 1 datapoint [20.0 (05/01/26 00:14:00)] was not greater than the threshold (80.0).

1 file, 1 test: 0 passed, 1 failed (0 ms)
`);
  });

  it.each([
    ["{ transitions: [] }", /at 6m cpu goes OK -> ALARM, which isn't expected/],
    [
      "{ transitions: [{ at: 7m, to: ALARM }] }",
      /at 7m cpu doesn't go to ALARM\n {6}its changes: 6m OK -> ALARM/,
    ],
    ["{ transitions: [{ at: 6m, from: ALARM, to: ALARM }] }", /doesn't go ALARM -> ALARM/],
    [
      "{ reasons: [{ at: 6m, reason: Because. }] }",
      /is another\n {6}expected: Because\.\n {6}it is: {4}Threshold Crossed/,
    ],
    ["{ reasons: [{ at: 6m, reasonContains: 4 datapoints }] }", /doesn't hold the text/],
    ["{ reasons: [{ at: 5m, reasonContains: crossed }] }", /no reason yet/],
    ["{ actions: [{ at: 6m, state: ALARM }] }", /at 6m no ALARM actions of cpu run\n {6}none ever run/],
  ])("%s", async (expectation, message) => {
    const { code, stdout } = await failing(expectation);
    expect(code).toBe(1);
    expect(stdout).toMatch(message);
  });

  it("is told to machines", async () => {
    write("a.yaml", cpu("95x5", "{ at: { 3m: OK } }"));
    const { code, stdout } = await watchkeeper(["--json", "a.yaml"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      passed: 0,
      failed: 1,
      broken: 0,
      files: [
        {
          file: "a.yaml",
          diagnostics: [],
          tests: [
            {
              name: "a busy machine",
              status: "failed",
              problems: [{ alarm: "cpu", time: 180, path: "a.yaml", line: 15, column: 21 }],
              alarms: [
                {
                  alarm: "cpu",
                  before: "OK",
                  transitions: [
                    {
                      time: 180,
                      from: "OK",
                      to: "ALARM",
                      reason: expect.stringMatching(/^Threshold Crossed: 3/),
                    },
                  ],
                  actions: [],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("a test that can't be run", () => {
  const broken = async (text: string): Promise<string> => {
    const { code, stdout, stderr } = await watchkeeper([write("b.yaml", text)]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).not.toMatch(/\bat .*\.js:\d+|\[object|undefined/);
    return stdout;
  };
  const good = cpu("95x5", "{ at: { 3m: ALARM } }");

  it.each<[string, string, RegExp]>([
    [
      "no series for its metric",
      good.replace("{ CPUUtilization: 95x5 }", "{}"),
      /b\.yaml:6:7 .*reads AWS\/EC2 CPUUtilization Average, and the test gives no series/,
    ],
    [
      "a series that nobody reads",
      good.replace("95x5 }", "95x5, Errors: 1 }"),
      /b\.yaml:14:37 .*no alarm of this test reads series "Errors"; they read AWS\/EC2 CPUUtilization/,
    ],
    [
      "two series for one metric",
      good.replace("95x5 }", "95x5, more: { metric: CPUUtilization, values: 1 } }"),
      /series "CPUUtilization" and "more" both fit/,
    ],
    ["an alarm that CloudWatch would refuse", good.replace("period: 1m", "period: 45s"), /b\.yaml:6:7 .*45/],
    [
      "percentiles of finer points",
      good.replace("statistic: Average", "statistic: p99").replace("period: 1m", "period: 5m"),
      /p99|percentile/,
    ],
    [
      "a rule that names nothing",
      good
        .replace("    series:", "      both:\n        alarmRule: ALARM($cpu) AND ALARM(other)\n    series:")
        .replace("3m: ALARM", "3m: { cpu: ALARM }"),
      /looks at alarm "other", which the test doesn't have/,
    ],
    [
      "a rule that names itself",
      good
        .replace("    series:", "      both:\n        alarmRule: ALARM(both)\n    series:")
        .replace("3m: ALARM", "3m: { cpu: ALARM }"),
      /refer to each other in a circle: both -> both/,
    ],
    [
      "states of an alarm under test",
      good.replace("    series:", "    states: { cpu: OK }\n    series:"),
      /follows from its series/,
    ],
    [
      "a start within a minute",
      good.replace("version: 1", "version: 1\nstart: 2026-01-05T00:00:30Z"),
      /minute|multiple of 60/,
    ],
    [
      "a policy without a configuration",
      good.replace(/cpu:\n[\s\S]*threshold: 80/, "cpu: { policy: production }"),
      /name its configuration with config:/,
    ],
    [
      "a configuration that isn't there",
      good.replace("version: 1", "version: 1\nconfig: none.yaml"),
      /b\.yaml:2:9 .*none\.yaml can't be read: there is no such file/,
    ],
    ["YAML that isn't", "version: 1\ntests: [", /^ {2}b\.yaml:2:/m],
  ])("because of %s", async (_, text, message) => {
    expect(await broken(text)).toMatch(message);
  });

  it("or a file that isn't there", async () => {
    const { code, stderr } = await watchkeeper(["missing.yaml"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/missing\.yaml can't be read: there is no such file/),
    });
  });

  it("doesn't keep the others from being run", async () => {
    write("good.yaml", good);
    write("bad.yaml", "version: 1");
    const { code, stdout } = await watchkeeper(["bad.yaml", "good.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/2 files, 1 test: 1 passed, 1 file can't be read/);
  });
});

describe("alarms of a policy", () => {
  const test = (alarm: string, series: string): string => `version: 1
config: ${join(ROOT, "examples/essentials.yaml")}
resources:
  web: { type: ec2.instance, id: i-1, tags: { Managed: "Yes" }, facts: { platform: linux } }
tests:
  - name: x
    alarms: { a: ${alarm} }
    series: { ${series} }
    expect: { at: { 0: INSUFFICIENT_DATA } }
`;
  it.each([
    ["{ policy: prod }", "x: 1", /has no policy "prod"\. Did you mean|There are: production/],
    ["{ policy: production, alarm: cpu-hihg }", "x: 1", /no alarm "cpu-hihg"\. Did you mean "cpu-high"/],
    [
      "{ policy: production, alarm: disk-full-critical }",
      "x: 1",
      /made for every path: say which by dimensions: \{ path: \.\.\. \}/,
    ],
    [
      "{ policy: production, alarm: credits-low }",
      "x: 1",
      /makes no alarm "credits-low" for i-1: .*burstable/,
    ],
    ["{ policy: production, alarm: burst-low }", "x: 1", /makes no alarm "burst-low"/],
  ])("%s", async (alarm, series, message) => {
    const { code, stdout } = await watchkeeper([write("p.yaml", test(alarm, series))]);
    expect(code).toBe(1);
    expect(stdout).toMatch(message);
  });
});
