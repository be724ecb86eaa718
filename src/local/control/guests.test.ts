import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION, refusal } from "../../../test/support/ec2-cloud.ts";
import { scenarioCloud } from "../../../test/support/scenario-cloud.ts";
import type { Instance } from "../fleet/instance.ts";
import { type Listening, listen } from "../listen.ts";
import type { LocalCloud } from "../server.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";

let local: LocalCloud;
let server: Listening | undefined;

async function listening(group: string): Promise<Instance> {
  local = scenarioCloud(`{ version: 1, groups: [{ name: web, launched: 1h ago, profile: web, ${group} }] }`);
  server = await listen(local);
  const [instance] = local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values();
  if (!instance) throw new Error("no instance");
  return instance;
}
afterEach(async () => {
  await server?.close();
  server = undefined;
  local.close();
});

async function ask(path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(
    `${server?.endpoint}/_local/${path}`,
    body === undefined ? {} : { method: "PUT", body: JSON.stringify(body) },
  );
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<{ port: number; occupied: Server }> {
  const occupied = createServer();
  await new Promise<void>((resolve) => occupied.listen(0, "127.0.0.1", resolve));
  return { port: (occupied.address() as AddressInfo).port, occupied };
}

describe("/_local/guests", () => {
  it("shows a machine", async () => {
    const { id } = await listening("guest: { services: [{ name: nginx }] }");
    expect(await ask(`guests/${id}`)).toMatchObject({
      status: 200,
      json: {
        instanceId: id,
        account: ACCOUNT,
        region: REGION,
        state: "running",
        up: true,
        frozen: false,
        bootedAt: "2026-11-20T09:00:00.000Z",
        reboot: "normal",
        ssmAgent: { running: true, online: true },
        agent: { version: null, running: false },
        services: { nginx: "running" },
      },
    });
  });

  it("changes what is named, and nothing when anything is wrong", async () => {
    const { id } = await listening("agent: true, guest: { services: [{ name: nginx }] }");
    const changed = await ask(`guests/${id}`, {
      frozen: true, busy: true, reboot: "never", rebootHelps: false, clockSkew: "-90s", disk: "full", cpu: 80,
      httpHealthy: false, ssmAgent: "stopped", agent: "stopped", services: { nginx: "stopped" },
    }); // biome-ignore format: short
    expect(changed).toMatchObject({
      status: 200,
      json: {
        frozen: true, busy: true, reboot: "never", rebootHelps: false, clockSkewMs: -90_000, disk: "full", cpu: 80,
        httpHealthy: false, ssmAgent: { running: false }, agent: { running: false }, services: { nginx: "stopped" },
      },
    }); // biome-ignore format: short
    expect(await ask(`guests/${id}`, { frozen: false, reboot: "maybe" })).toEqual({
      status: 400,
      json: { error: 'reboot must be one of fast, normal, slow, never, now, not "maybe"' },
    });
    expect((await ask(`guests/${id}`)).json["frozen"]).toBe(true);
    const back = await ask(`guests/${id}`, { frozen: false, busy: false, agent: "running", ssmAgent: "running", services: { nginx: "running" } });
    expect(back.json).toMatchObject({ frozen: false, busy: false, agent: { running: true }, services: { nginx: "running" } });
    await ask(`guests/${id}`, { reboot: "fast" });
    await ask(`guests/${id}`, { reboot: "now" });
    await local.cloud.clock.advance(60_000);
    expect((await ask(`guests/${id}`)).json["bootedAt"]).toBe("2026-11-20T10:00:10.000Z");
  }); // biome-ignore format: long rows

  it.each<[string, unknown, string]>([
    ["an unknown key", { colour: "blue" }, 'a machine has no "colour" to change; there are frozen, busy, reboot, rebootHelps, clockSkew, disk, cpu, httpHealthy, ssmAgent, agent, services, systemCheck, lifecycle, deployment, event'],
    ["an unknown service", { services: { apache: "stopped" } }, 'there is no service "apache"; there are nginx'],
    ["no flag", { frozen: "yes" }, 'frozen must be true or false, not "yes"'],
    ["no duration", { clockSkew: "later" }, 'clockSkew must be a duration such as 1h or -90s, not "later"'],
    ["too much", { cpu: 101 }, "cpu must be a number from 0 to 100, not 101"],
  ])("refuses %s", async (_, body, error) => {
    const { id } = await listening("guest: { services: [{ name: nginx }] }");
    expect(await ask(`guests/${id}`, body)).toEqual({ status: 400, json: { error } });
  }); // biome-ignore format: a table

  it("says when there is no such machine", async () => {
    await listening("guest: {}");
    expect(await ask("guests/i-00000000000000000")).toMatchObject({ status: 400 });
    expect((await ask("guests")).status).toBe(404);
    expect((await ask("clock/x")).status).toBe(404);
  });
});

describe("services that answer outside", () => {
  it("are well, unwell, gone or silent as inside", async () => {
    const { port, occupied } = await freePort();
    await new Promise((resolve) => occupied.close(resolve));
    const { id } = await listening(`guest: { services: [{ name: app, kind: compose, port: 8080, listener: ${port} }] }`);
    const visit = (timeout = 1_000) => fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(timeout) });
    expect(await (await visit()).text()).toBe("ok\n");
    await ask(`guests/${id}`, { httpHealthy: false });
    expect((await visit()).status).toBe(503);
    await ask(`guests/${id}`, { services: { app: "stopped" } });
    expect(await refusal(visit())).toMatch(/^TypeError: fetch failed/);
    await ask(`guests/${id}`, { frozen: true });
    expect(await refusal(visit(50))).toMatch(/^TimeoutError/);
  }); // biome-ignore format: long rows

  it("say when their port is taken", async () => {
    const { port, occupied } = await freePort();
    const refused = await refusal(
      listening(`guest: { services: [{ name: app, port: 80, listener: ${port} }] }`),
    );
    expect(refused).toMatch(
      new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use, a service of i-\\w+ is to answer there`),
    );
    await new Promise((resolve) => occupied.close(resolve));
  });
});
