import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aNotification, anAlert } from "../../test/support/notifications.ts";
import type { AlarmTrigger } from "../model/alarm-event.ts";
import { alarmWidget, widgetOfNotification } from "./alarm-widget.ts";
import { alertFromEvent } from "./alert-from-event.ts";
import { noKnowledge } from "./knowledge.ts";
import { payload } from "./test-fixtures.ts";

const FOLDER = new URL("../../test/fixtures/alarm-events/", import.meta.url);
const AT = Date.parse("2026-11-20T10:04:00Z");
const HOUR = 3_600_000;

const CPU: AlarmTrigger = {
  namespace: "AWS/EC2",
  metricName: "CPUUtilization",
  dimensions: [{ name: "InstanceId", value: "i-1" }],
  statistic: "p99.9",
  period: 60,
  evaluationPeriods: 5,
  comparisonOperator: "LessThanThreshold",
  threshold: 90,
};

function widgetOf(watched: AlarmTrigger) {
  const found = alarmWidget(anAlert("1", { watched, startsAt: AT }), AT);
  return found && { ...found, widget: JSON.parse(found.widget) };
}

function hoursOf(watched: AlarmTrigger): number {
  const { start, end } = widgetOf(watched)?.widget ?? {};
  return (Date.parse(end) - Date.parse(start)) / HOUR / 1.04;
}

describe("the widget of an alarm", () => {
  it("of every payload is what it should be, or none", async () => {
    const all: Record<string, unknown> = {};
    for (const file of readdirSync(FOLDER).sort()) {
      const verdict = alertFromEvent(payload(file.replace(".json", "")), true, noKnowledge);
      const found =
        "alert" in verdict ? alarmWidget(verdict.alert, verdict.alert.changedAt + 1000) : undefined;
      all[file] = found === undefined ? "none" : { ...found, widget: JSON.parse(found.widget) };
    }
    await expect(`${JSON.stringify(all, null, 2)}\n`).toMatchFileSnapshot(
      "../../test/golden/alarm-widgets.json",
    );
  });

  it("shows the statistic that the alarm judges by, shaded where it fires", () => {
    expect(widgetOf(CPU)).toMatchObject({
      account: "111122223333",
      region: "eu-central-1",
      widget: {
        title: "cpu-high-1 · web-1 (i-1)",
        metrics: [["AWS/EC2", "CPUUtilization", "InstanceId", "i-1", { stat: "p99.9", period: 60 }]],
        annotations: {
          horizontal: [{ value: 90, fill: "below" }],
          vertical: [{ value: new Date(AT).toISOString(), label: "ALARM" }],
        },
      },
    });
  });

  it("shows three hours, or longer where the alarm looks back further", () => {
    expect(hoursOf(CPU)).toBeCloseTo(3);
    expect(hoursOf({ ...CPU, period: 1 })).toBeCloseTo(0.4);
    expect(hoursOf({ ...CPU, period: 3600 })).toBeCloseTo(15);
    expect(hoursOf({ ...CPU, period: 86_400, evaluationPeriods: 1 })).toBeCloseTo(12 * 24);
  });

  it("takes the gravest firing alarm that has one", () => {
    const other = { ...CPU, metricName: "Other" };
    const alerts = [anAlert("n"), anAlert("1", { watched: other }), anAlert("2", { watched: CPU })];
    expect(widgetOfNotification(aNotification("x", { alerts }))?.widget).toContain("Other");
    const over = alerts.map((alert) => ({ ...alert, status: "resolved" as const }));
    expect(widgetOfNotification(aNotification("x", { alerts: over }))).toBeUndefined();
  });

  it("is none for series of a query, and where account or region aren't known", () => {
    const query = { id: "q1", expression: 'SELECT MAX(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId' };
    expect(widgetOf({ dimensions: [], metrics: [query] })).toBeUndefined();
    expect(widgetOf({ dimensions: [], metrics: [] })).toBeUndefined();
    const { account: _, ...text } = anAlert("1").text;
    expect(alarmWidget({ ...anAlert("1", { watched: CPU }), text }, AT)).toBeUndefined();
  });
});
