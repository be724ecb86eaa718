import { describe, expect, it } from "vitest";
import { combinePlans } from "./combine.ts";
import type { Plan } from "./plan.ts";
import { formatPlanFile, parsePlanFile } from "./plan-file.ts";

const configuration = { name: "web-team", hash: "abc" };
const scope = { account: "111122223333", region: "eu-central-1", type: "cloudwatch.alarm" };
const plan: Plan = combinePlans(
  [
    {
      parts: [
        {
          scopes: [{ ...scope, complete: true }],
          changes: [
            {
              address: "111122223333/eu-central-1/cloudwatch.alarm/web-team/p/a/i-1",
              scope,
              identity: "web-team/p/a/i-1",
              name: "a-i-1",
              action: "create",
              reason: { code: "new", text: "no such alarm yet" },
              fields: [],
              after: { alarmName: "a-i-1" },
            },
          ],
          unchanged: 2,
          notes: [],
          cost: { before: 0.2, after: 0.3 },
          callsToMake: { "cloudwatch:PutMetricAlarm": 1 },
        },
      ],
      seconds: 1,
    },
  ],
  { configuration, createdAt: new Date("2026-10-01T00:00:00Z"), callsMade: {} },
);
const reader = {
  toolVersion: "1.2.0",
  configuration,
  accounts: ["111122223333"],
  now: new Date("2026-10-01T23:00:00Z"),
};

describe("a plan file", () => {
  it("gives the plan back", () => {
    expect(parsePlanFile(formatPlanFile(plan, "1.2.0"), reader)).toEqual(plan);
  });

  it.each([
    ["of another tool", { toolVersion: "1.3.0" }, "plan-file-version"],
    [
      "of another configuration",
      { configuration: { name: "other", hash: "abc" } },
      "plan-file-configuration",
    ],
    [
      "of a changed configuration",
      { configuration: { name: "web-team", hash: "abd" } },
      "plan-file-configuration",
    ],
    ["of another account", { accounts: ["999999999999"] }, "plan-file-account"],
    ["of the day before", { now: new Date("2026-10-02T00:00:01Z") }, "plan-file-expired"],
    ["of tomorrow", { now: new Date("2026-09-30T00:00:00Z") }, "plan-file-expired"],
  ])("is refused when it is %s", (_, different, code) => {
    const read = () => parsePlanFile(formatPlanFile(plan, "1.2.0"), { ...reader, ...different });
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  it("is refused when it is damaged", () => {
    const text = formatPlanFile(plan, "1.2.0");
    const invalid = expect.objectContaining({ code: "plan-file-invalid" });
    for (const broken of [
      text.slice(0, 100),
      "[]",
      "{}",
      text.replace('"after"', '"before"'),
      text.replace('"changes"', '"chances"'),
    ])
      expect(() => parsePlanFile(broken, reader)).toThrow(invalid);
  });
});
