import { expect, it } from "vitest";
import { MINUTE, NOW, SETTINGS, said, verdictOf } from "../../../test/support/guard-cases.ts";
import type { InstanceFacts } from "../guard.ts";

const tags = { Deploying: { exists: true } };

it.each<[string, Partial<InstanceFacts>, string]>([
  [
    "CodeDeploy",
    { deployments: ["d-ABC123"] },
    "refuse codedeploy: CodeDeploy is deploying to it (d-ABC123)",
  ],
  [
    "an instance refresh",
    { autoScalingGroup: "web", lifecycle: "InService", refresh: "08b9" },
    "refuse instance-refresh: instance refresh 08b9 of web is under way",
  ],
  [
    "a lifecycle state",
    { autoScalingGroup: "web", lifecycle: "Standby" },
    "refuse lifecycle: its lifecycle state is Standby, not InService",
  ],
  [
    "a tag",
    { tags: { Deploying: "v7" } },
    "refuse deployment-tag: its tag Deploying says that it is being deployed to",
  ],
])("refuses for %s", (_, instance, expected) => {
  const verdict = verdictOf("deployment", {
    instance,
    settings: { deployments: { codeDeploy: true, tags } },
  });
  expect(said(verdict)).toBe(expected);
  expect(verdict.again).toBe(NOW + 5 * MINUTE);
});

it("says who wasn't asked", () => {
  expect(said(verdictOf("deployment", {}))).toBe(
    "pass no-deployment: no deployment to it is known; CodeDeploy wasn't asked",
  );
  const deployments = { ...SETTINGS.deployments, codeDeploy: true };
  expect(said(verdictOf("deployment", { settings: { deployments } }))).toBe(
    "pass no-deployment: no deployment to it is known",
  );
});
