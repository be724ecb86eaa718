import { describe, expect, it } from "vitest";
import type { Change, FieldChange } from "../../plan/plan.ts";
import { changeText } from "./change-text.ts";

const field = (
  name: string,
  live: unknown,
  desired: unknown,
  verdict: FieldChange["verdict"],
): FieldChange => ({
  field: name,
  live,
  desired,
  verdict,
  lastAsked: "other",
});
const TUNED = field("threshold", 95, 80, "keep");
const CONFLICT = field("evaluationPeriods", 5, 3, "conflict");

function text(action: Change["action"], fields: readonly FieldChange[]): string {
  const scope = { account: "111122223333", region: "eu-central-1", type: "cloudwatch.alarm" };
  const before = { kind: "metric", metricName: "CPUUtilization" };
  return changeText({
    address: "a",
    scope,
    identity: "i",
    name: "n",
    action,
    reason: { code: "c", text: "t" },
    fields,
    before,
  });
}

describe("changeText", () => {
  it("tells what is kept beside what is written, and never that a conflict's value comes", () => {
    expect(text("update", [field("period", 300, 60, "update"), TUNED, CONFLICT])).toBe(
      "period 5 min -> 1 min, threshold 95 % kept (configuration: 80 %), evaluation periods 5 kept (configuration: 3)",
    );
  });

  it("leaves the configuration's value to the reason where nothing is written", () => {
    expect(text("keep", [TUNED])).toBe("threshold 95 % kept");
    expect(text("conflict", [CONFLICT, TUNED])).toBe("evaluation periods 5 kept, threshold 95 % kept");
  });

  it("says what is empty, and keeps to one line", () => {
    const topic = "arn:aws:sns:eu-central-1:111122223333:team";
    const fields = [
      field("alarmDescription", "", "High.\nRunbook: look.", "restore"),
      field("alarmActions", [], [topic], "restore"),
      field("statistic", "Average", "Average", "mark"),
    ];
    expect(text("update", fields)).toBe(
      "alarm description none -> High. Runbook: look., alarm actions none -> team",
    );
  });
});
