import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { loadAlarmTests } from "./load-alarm-tests.ts";

const TYPES = { "ec2.instance": { facts: {} } };

const TEXT = `version: 1
start: 2026-01-05
resources:
  web: { type: ec2.instance, id: i-1, tags: { Port: 080 } }
tests:
  - name: it works
    period: 5m
    alarms:
      cpu: { policy: production, resource: web }
      errors:
        namespace: Acme
        metricName: Errors
        statistic: Sum
        period: 1m
        evaluationPeriods: 1
        comparisonOperator: GreaterThanThreshold
        threshold: 10
    series:
      CPUUtilization: 20x3
      bad: { metric: Errors, dimensions: { Zone: 1 }, period: 1m, values: [0x2, 12] }
    states:
      deploying: { 10m: ALARM, 0: OK }
    expect:
      at:
        15m: { cpu: OK }
      transitions:
        - { at: 3m, alarm: errors, to: ALARM, reasonContains: 12.0 }
`.replace("12.0 }", '"12.0" }');

const read = (text: string) => loadAlarmTests(text, "a.yaml", TYPES);
const problems = (text: string): readonly string[] => read(text).diagnostics.map(formatDiagnostic);

describe("a file of alarm tests", () => {
  it("is read whole, with places", () => {
    const { tests: file, diagnostics } = read(TEXT);
    expect(diagnostics).toEqual([]);
    expect(file?.resources).toMatchObject([{ key: "web", id: "i-1", tags: { Port: "080" } }]);
    const [test] = file?.tests ?? [];
    expect(test).toMatchObject({
      name: "it works",
      start: Date.UTC(2026, 0, 5) / 1000,
      alarms: [
        { kind: "policy", key: "cpu", policy: "production", alarm: "cpu", resource: "web" },
        { kind: "inline", key: "errors", definition: { metricName: "Errors", threshold: 10 } },
      ],
      series: [
        { key: "CPUUtilization", metric: "CPUUtilization", period: 300, values: [20, 20, 20] },
        { key: "bad", metric: "Errors", dimensions: { Zone: "1" }, period: 60, values: [0, 0, 12] },
      ],
      states: [
        {
          alarm: "deploying",
          changes: [
            { time: 0, state: "OK" },
            { time: 600, state: "ALARM" },
          ],
        },
      ],
      expect: {
        states: [{ time: 900, alarm: "cpu", state: "OK" }],
        transitions: { value: [{ time: 180, alarm: "errors", to: "ALARM", reason: { contains: "12.0" } }] },
      },
    });
  });

  it.each([
    ["version: 1", "version: 2", /^a\.yaml:1:10 .*version 2.*upgrade/],
    ["start: 2026-01-05", "start: yesterday", /^a\.yaml:2:8 .*no moment/],
    ["start: 2026-01-05", "start: 2026-01-05T10:00", /no moment/],
    ["type: ec2.instance", "type: ec2.instances", /^a\.yaml:4:16 .*Did you mean "ec2\.instance"/],
    ["resource: web", "resource: wed", /^a\.yaml:9:44 .*no resource "wed"\. Did you mean "web"/],
    ["policy: production", "policys: production", /unknown key "policys".*/],
    ["threshold: 10", "treshold: 10", /Did you mean "threshold"/],
    ["threshold: 10", "unit: Count", /^a\.yaml:10:7 .*needs threshold/],
    ["20x3", "20x3 up", /^a\.yaml:19:23 {2}"up" is no entry of a series/],
    ["[0x2, 12]", "[]", /a\.yaml:20/],
    ["period: 5m", "period: 45s", /45/],
    ["15m: {", "soon: {", /^a\.yaml:25:9 .*"soon" is no time/],
    ["{ cpu: OK }", "{ cpus: OK }", /no alarm "cpus"\. Did you mean "cpu"/],
    ["{ cpu: OK }", "OK", /several alarms: say which of cpu, errors/],
    ["{ cpu: OK }", "{ cpu: BAD }", /BAD/],
    ["alarm: errors, to", "alarm: error, to", /no alarm "error"\. Did you mean "errors"/],
    [
      "namespace: Acme",
      "namespace: Acme\n        dimensions: { Id: $resource.id }",
      /belongs to no resource/,
    ],
  ])("%s -> %s is told with its place", (from, to, expected) => {
    expect(TEXT).toContain(from);
    expect(problems(TEXT.replace(from, to)).join("\n")).toMatch(expected);
  });

  it("that expects nothing is refused", () => {
    const [before] = TEXT.split("    expect:");
    expect(problems(`${before}    expect: {}\n`).join("\n")).toMatch(
      /a test that expects nothing can't fail/,
    );
    expect(problems(`${before}`).join("\n")).toMatch(/expect/);
  });

  it.each([
    "",
    "- a\n",
    "null",
    "version: 1\n",
    "version: 1\ntests: []\n",
    "\u0000",
    "a: [",
    "version: 1\ntests: [{}]",
  ])("%j never throws and is never accepted", (text) => {
    expect(read(text).tests).toBeUndefined();
    expect(problems(text)[0]).toMatch(/^a\.yaml:\d+:\d+ /);
  });

  it("never throws, whatever line of a right one is damaged", () => {
    const lines = TEXT.split("\n");
    for (let i = 0; i < lines.length; i += 1)
      for (const damaged of ["", `${lines[i]} :`, lines[i]?.replace(":", "") ?? "", `  ${lines[i]}`]) {
        const { tests, diagnostics } = read(
          [...lines.slice(0, i), damaged, ...lines.slice(i + 1)].join("\n"),
        );
        expect(tests === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
      }
  });
});
