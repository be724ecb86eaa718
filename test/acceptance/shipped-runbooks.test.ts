// The runbooks that come with Watchkeeper, as a configuration takes them over, on the servers that they are for.
import { describe, expect, it } from "vitest";
import { shippedRunbooks } from "../../src/app/read-configuration.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import type { RemediationRun } from "../../src/model/remediation-run.ts";
import type { Runbook } from "../../src/model/runbook.ts";
import { decide } from "../../src/remediation/decide.ts";
import { formatDiagnostic } from "../../src/support/diagnostic.ts";
import { ACCOUNT } from "../support/ec2-cloud.ts";
import { APP, busyWorld, frozenWorld, type RepairWorld, SELF } from "../support/repair-world.ts";

const WILLING = ', tags: { "watchkeeper:remediate": "yes" }';
const HEALTH = 'checks: [{ http: "http://$resource.privateIp:8080/health" }]';

let world: RepairWorld;

function shipped(name: string, more: string): Runbook {
  const text = `version: 1\nname: a\npolicies: []\nremediation:\n  runbooks:\n    one: { use: ${name}, ${more} }\n`;
  const { configuration, diagnostics } = loadConfiguration(text, "w.yaml", {
    resourceTypes: {},
    packs: {},
    runbooks: shippedRunbooks(),
  });
  const [runbook] = configuration?.remediation?.runbooks ?? [];
  if (!runbook) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return runbook;
}

/** Decides, and where that says so repairs. */
async function repaired(runbook: Runbook): Promise<RemediationRun> {
  const { session, context, instance } = world;
  const alarm = { name: "a", account: ACCOUNT, changedAt: world.now() };
  const question = { instance: instance.id, runbooks: [runbook] as const, alarm, earlier: [] };
  const { course, guards } = await decide(session, question, context);
  expect(course, JSON.stringify(guards)).toEqual({ act: "repair" });
  return world.drive(await world.begin({ runbook, guards }));
}

const did = ({ steps }: RemediationRun) => steps.map(({ kind, outcome }) => `${kind} ${outcome?.status}`);

describe("shipped runbooks", () => {
  it("frozen-instance brings back a server that starts its own services", async () => {
    world = await frozenWorld(SELF, WILLING);
    const run = await repaired(shipped("frozen-instance", HEALTH));
    expect(run).toMatchObject({ verdict: "fixed" });
    expect(did(run)).toContain("reboot ok");
    expect(world.calls("ec2:RebootInstances")).toBe(1);
  });

  it("busy-instance brings back a server whose containers must be started", async () => {
    world = await busyWorld(APP, WILLING);
    const run = await repaired(shipped("busy-instance", HEALTH));
    expect(run, JSON.stringify(did(run))).toMatchObject({ verdict: "fixed" });
    expect(did(run)).toEqual(
      expect.arrayContaining(["reboot ok", "waitFor ok", "runCommand ok", "checks ok"]),
    );
  });

  it("say so where they didn't help", async () => {
    world = await frozenWorld(APP, WILLING);
    const run = await repaired(shipped("frozen-instance", HEALTH));
    expect(run).toMatchObject({ verdict: "rebooted-not-fixed" });
  });
});
