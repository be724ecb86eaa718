import { describe, expect, it } from "vitest";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import { validateFleet } from "./fleet-validation.ts";

const common = {
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
} as const;
const composite = (alarmName: string, alarmRule: string) => ({
  definition: { alarmRule },
  spec: { kind: "composite", ...common, alarmName, alarmRule } satisfies AlarmSpec,
});
const band = (id: number, width = 2) => ({
  definition: { band: width },
  spec: {
    kind: "metric",
    ...common,
    alarmName: `net-${id}-${width}`,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanUpperThreshold",
    thresholdMetricId: "ad1",
    metrics: [
      {
        id: "m1",
        metricStat: {
          namespace: "AWS/EC2",
          metricName: "NetworkOut",
          dimensions: [{ name: "InstanceId", value: `i-${id}` }],
          period: 300,
          stat: "Average",
        },
      },
      { id: "ad1", expression: `ANOMALY_DETECTION_BAND(m1, ${width})` },
    ],
  } satisfies AlarmSpec,
});
const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const codes = (alarms: Parameters<typeof validateFleet>[0]): string[] =>
  validateFleet(alarms).map(({ code }) => code);

describe("validateFleet", () => {
  it("allows 500 anomaly models, however many alarms share one", () => {
    expect(codes(many(500, (i) => band(i)))).toEqual([]);
    expect(codes(many(1000, (i) => band(i % 500, 2 + (i % 3))))).toEqual([]);
    expect(validateFleet(many(501, (i) => band(i)))).toMatchObject([
      { severity: "error", code: "too-many-models", message: expect.stringContaining("501 anomaly bands") },
    ]);
  });

  it("allows a child 150 parents, by name or ARN", () => {
    const arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a";
    expect(codes(many(150, (i) => composite(`c${i}`, "ALARM(a) OR OK(a)")))).toEqual([]);
    expect(codes(many(151, (i) => composite(`c${i}`, i % 2 === 0 ? "ALARM(a)" : `ALARM(${arn})`)))).toEqual([
      "too-many-parents",
    ]);
  });

  it("finds cycles", () => {
    expect(
      validateFleet([composite("a", "ALARM(b)"), composite("b", "OK(a)"), composite("c", "ALARM(")])[0]
        ?.message,
    ).toContain("a -> b -> a");
  });

  it("looks only at specs that may matter", () => {
    const plain = {
      definition: {},
      get spec(): AlarmSpec {
        throw new Error("read");
      },
    };
    expect(codes([plain])).toEqual([]);
  });
});
