import { DescribeInstanceStatusCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { ec2Client, START } from "../../../../test/support/ec2-cloud.ts";
import { scenarioCloud } from "../../../../test/support/scenario-cloud.ts";
import { changeGuest, describeGuest } from "../../control/guests.ts";
import type { LocalCloud } from "../../server.ts";
import { actOnInstance } from "./incidents.ts";

let local: LocalCloud;
afterEach(() => local.close());

async function world(group: string) {
  local = scenarioCloud(`{ version: 1, groups: [{ name: a, ${group} }] }`);
  const ec2 = ec2Client(local);
  const status = async (Filters?: { Name: string; Values: string[] }[]) =>
    (await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true, Filters })))
      .InstanceStatuses?.[0];
  const id = (await status())?.InstanceId ?? "";
  return { status, id, guest: () => describeGuest(local.cloud, id) as Readonly<Record<string, unknown>> };
}

const advance = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

describe("scheduled events", () => {
  it("are told, happen, and are told as over", async () => {
    const { status, guest } = await world('events: [{ code: system-reboot, at: "+1h", for: 30m }]');
    const [event] = (await status())?.Events ?? [];
    expect(event).toEqual({
      InstanceEventId: expect.stringMatching(/^instance-event-0[0-9a-f]{16}$/),
      Code: "system-reboot",
      Description: "The instance is scheduled for a reboot",
      NotBefore: at(3600),
      NotAfter: at(5400),
    });
    expect(await status([{ Name: "event.code", Values: ["instance-stop"] }])).toBeUndefined();
    expect(await status([{ Name: "event.code", Values: ["system-*"] }])).toBeDefined();
    const before = guest()["bootId"];
    await advance(3600 + 120);
    expect(guest()["bootId"]).not.toBe(before);
    await advance(3600);
    expect((await status())?.Events?.[0]?.Description).toBe(
      "[Completed] The instance is scheduled for a reboot",
    );
    await advance(8 * 86_400);
    expect((await status())?.Events).toBeUndefined();
  });

  it("retire an instance by stopping it", async () => {
    const { guest } = await world('events: [{ code: instance-retirement, at: "+1h" }]');
    await advance(3700);
    expect(guest()["state"]).toBe("stopped");
  });

  it("are planned and called off from outside", async () => {
    const { status, id, guest } = await world("count: 1");
    changeGuest(local.cloud, id, { event: { code: "instance-stop", at: "+10m" } });
    expect((await status())?.Events).toHaveLength(1);
    changeGuest(local.cloud, id, { event: null });
    await advance(1200);
    expect(guest()).toMatchObject({ state: "running", events: [] });
    expect(() => changeGuest(local.cloud, id, { event: { code: "system-reboot" } })).toThrow(
      /event.at must be a moment/,
    );
    expect(() => changeGuest(local.cloud, id, { lifecycle: "Standby" })).toThrow(
      /is in no Auto Scaling group/,
    );
  });
});

describe("instances in trouble", () => {
  it("are terminated in the middle when the scenario says so", async () => {
    const { guest } = await world('terminatedAt: "+5m", terminationProtection: true');
    await advance(299);
    expect(guest()["state"]).toBe("running");
    await advance(30);
    expect(guest()["state"]).toBe("terminated");
  });

  it("are recovered on another host, restarted, and only while their host fails", async () => {
    const { status, id, guest } = await world("guest: { reboot: never }");
    const place = { account: "111122223333", region: "eu-central-1", instanceId: id };
    const before = guest()["bootId"];
    actOnInstance(local.cloud, place, "recover");
    await advance(300);
    expect(guest()["bootId"]).toBe(before);
    changeGuest(local.cloud, id, { systemCheck: "failed" });
    await advance(60);
    expect((await status())?.SystemStatus?.Status).toBe("impaired");
    actOnInstance(local.cloud, place, "recover");
    expect(guest()["up"]).toBe(false);
    await advance(120);
    expect(guest()).toMatchObject({ state: "running", systemCheck: "ok" });
    expect(guest()["bootId"]).not.toBe(before);
  });
});
