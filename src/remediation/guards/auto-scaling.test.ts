import { expect, it } from "vitest";
import { said, verdictOf } from "../../../test/support/guard-cases.ts";

const member = { autoScalingGroup: "web" };

it("lets the group care for its members, as configured", () => {
  expect(said(verdictOf("auto-scaling", {}))).toBe("pass no-member: it is in no Auto Scaling group");
  expect(said(verdictOf("auto-scaling", { instance: member }))).toBe(
    "refuse auto-scaling-member: it is in Auto Scaling group web, which replaces members by itself; autoScaling: markUnhealthy asks it to",
  );
  expect(
    said(verdictOf("auto-scaling", { instance: member, settings: { autoScaling: "markUnhealthy" } })),
  ).toBe("pass mark-unhealthy: it is in Auto Scaling group web: it is marked unhealthy there");
});
