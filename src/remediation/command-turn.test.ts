import { describe, expect, it } from "vitest";
import {
  busyWorld,
  frozenWorld,
  type RepairWorld,
  runbook,
  SELF,
  step,
} from "../../test/support/repair-world.ts";
import type { FaultRule } from "../local/fault-settings.ts";
import type { RemediationRun } from "../model/remediation-run.ts";

let world: RepairWorld;

/** Runs a script on a server as a step; `meanwhile` happens once it was sent. */
async function scripted(
  begun: RepairWorld,
  { commands = ["sleep 20"], rules = [] as readonly FaultRule[], meanwhile = async () => {} } = {},
): Promise<RemediationRun> {
  world = begun;
  world.local.cloud.faults.set({ rules });
  const script = step({ do: "runCommand", commands }, { timeoutSeconds: 90 });
  const key = await world.begin({
    runbook: runbook({
      ladder: [{ name: "s", steps: [script] }],
      evidence: { timeoutSeconds: 10, commands: [] },
      settleSeconds: 0,
    }),
  });
  await world.drive(key, undefined, 4);
  await meanwhile();
  return world.drive(key);
}

const lastCommand = async () => {
  const { Commands = [] } = await world.session.send("ssm", "ListCommands", {});
  return Commands[0]?.CommandId ?? "";
};
const scriptOf = ({ steps }: RemediationRun) => {
  const record = steps.find(({ kind }) => kind === "runCommand");
  return `${record?.outcome?.status} ${record?.outcome?.reason.code} ${record?.memo["did"]}`;
};

describe("a step's command", () => {
  it("that succeeds did something", async () => {
    expect(scriptOf(await scripted(await busyWorld()))).toBe("ok success true");
  });

  it("that fails did something, too", async () => {
    const run = await scripted(await busyWorld(), { commands: ["ls /nowhere"] });
    expect(scriptOf(run)).toBe("failed failed true");
  });

  it("that the agent may not fetch did nothing", async () => {
    const rules = [{ service: "ssm", operation: "DeliverCommand", effect: "accessDenied" }] as const;
    const run = await scripted(await busyWorld(), { rules });
    expect(scriptOf(run)).toBe("failed access-denied false");
    expect(run).toMatchObject({ verdict: "not-fixed", reason: { code: "access-denied" } });
  });

  it("for an instance that Systems Manager doesn't know wasn't sent", async () => {
    const run = await scripted(await busyWorld(`ssmAgent: false, ${SELF}`));
    expect(scriptOf(run)).toBe("failed unreachable false");
  });

  it("for an instance that is stopped meanwhile can't be delivered", async () => {
    const run = await scripted(await frozenWorld(), {
      meanwhile: async () => {
        await world.session.send("ec2", "StopInstances", { InstanceIds: [world.instance.id] });
      },
    });
    expect(scriptOf(run)).toBe("failed undeliverable false");
  });

  it("that somebody cancels may have done something", async () => {
    const run = await scripted(await busyWorld(), {
      meanwhile: async () => {
        await world.session.send("ssm", "CancelCommand", { CommandId: await lastCommand() });
      },
    });
    expect(scriptOf(run)).toBe("failed cancelled true");
  });

  it("that isn't fetched in time is called off and did nothing", async () => {
    const run = await scripted(await frozenWorld());
    expect(scriptOf(run)).toBe("failed delivery-timed-out false");
    expect(world.calls("ssm:CancelCommand")).toBe(1);
  });

  it("that can't be called off is ended by Systems Manager itself", async () => {
    const rules = [{ service: "ssm", operation: "CancelCommand", effect: "error500" }] as const;
    const run = await scripted(await busyWorld(), { commands: ["sleep 9000"], rules });
    expect(scriptOf(run)).toBe("failed execution-timed-out true");
  });

  it("that waits and can't be called off is given up by Systems Manager itself", async () => {
    const rules = [{ service: "ssm", operation: "CancelCommand", effect: "error500" }] as const;
    const run = await scripted(await frozenWorld(), { rules });
    expect(scriptOf(run)).toBe("failed delivery-timed-out false");
  });

  it("whose answer is lost is found, and not sent again", async () => {
    const rules = [
      { service: "ssm", operation: "SendCommand", effect: "timeoutAfterEffect", nth: 1 },
    ] as const;
    const run = await scripted(await busyWorld(), { rules });
    expect(scriptOf(run)).toBe("ok success true");
    expect(world.comments()).toHaveLength(1);
  });

  it("that was never sent is sent once it was looked for in vain", async () => {
    const rules = [{ service: "ssm", operation: "SendCommand", effect: "timeoutBefore", nth: 1 }] as const;
    const run = await scripted(await busyWorld(), { rules });
    expect(scriptOf(run)).toBe("ok success true");
    expect(world.comments()).toHaveLength(1);
    expect(world.calls("ssm:SendCommand")).toBe(2);
  });

  it("that can't be sent at all, nor seen, stays unknown", async () => {
    const rules = [{ service: "ssm", operation: "SendCommand", effect: "error500" }] as const;
    const run = await scripted(await busyWorld(), { rules });
    expect(scriptOf(run)).toBe("unknown no-answer true");
    expect(run.verdict).toBe("unknown");
    expect(world.calls("ssm:SendCommand")).toBe(3);
  });
});
