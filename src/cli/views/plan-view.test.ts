import { describe, expect, it } from "vitest";
import type { Change, FieldChange, Plan } from "../../plan/plan.ts";
import { styleOf } from "../style.ts";
import { planLines } from "./plan-view.ts";

const SCOPE = { account: "111122223333", region: "eu-central-1", type: "cloudwatch.alarm" };
const TOPIC = "arn:aws:sns:eu-central-1:111122223333:team";

function change(name: string, action: Change["action"], fields: readonly FieldChange[] = []): Change {
  return {
    address: `111122223333/eu-central-1/cloudwatch.alarm/${name}`,
    scope: SCOPE,
    identity: name,
    name,
    action,
    reason: { code: "c", text: "because" },
    fields,
    before: { kind: "metric", metricName: "CPUUtilization" },
  };
}
const actions = (verdict: FieldChange["verdict"], live: readonly string[]): FieldChange => ({
  field: "alarmActions",
  live,
  desired: [TOPIC],
  verdict,
  lastAsked: "other",
});

function listed(changes: readonly Change[], most = 100): string[] {
  const plan: Plan = {
    configuration: { name: "web-team", hash: "h" },
    createdAt: "2026-11-20T10:00:00.000Z",
    complete: true,
    scopes: [],
    summary: { create: 0, update: 0, delete: 0, mark: 0, kept: 0, conflict: 0, unchanged: 0 },
    calls: { made: {}, toMake: {} },
    estimatedSeconds: 0,
    cost: { before: 0, after: 0, currency: "USD" },
    notes: [],
    changes,
  };
  const { account, region } = SCOPE;
  const place = { account, region, accountName: account, resources: [] };
  const style = styleOf({ isTerminal: false, columns: 120, write: async () => undefined }, {});
  return [...planLines(plan, [place], { width: 120, style, most })];
}

describe("planLines", () => {
  it("begins with alarms that tell nobody, also those that wait for a decision", () => {
    const lines = listed([
      change("gone", "delete"),
      change("tuned", "conflict", [actions("conflict", ["arn:aws:sns:eu-central-1:111122223333:other"])]),
      change("silent", "conflict", [actions("conflict", [])]),
      change("off", "update", [actions("restore", [])]),
    ]);
    const order = lines.flatMap((line) => /^ {2}[-!~] (\w+)/.exec(line)?.[1] ?? []);
    expect(order).toEqual(["silent", "off", "gone", "tuned"]);
  });

  it("counts what it doesn't list", () => {
    const lines = listed([change("a", "delete"), change("b", "delete"), change("c", "delete")], 1);
    expect(lines).toContain("  - … and 2 more to delete (--all lists them)");
  });
});
