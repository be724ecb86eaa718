import { describe, expect, it } from "vitest";
import { ACCOUNT, REGION } from "../../test/support/ec2-cloud.ts";
import {
  APP,
  busyWorld,
  frozenWorld,
  HTTP,
  repairWorld,
  runbook,
  SELF,
  step,
} from "../../test/support/repair-world.ts";
import { changeGuest } from "../local/control/guests.ts";
import { impair } from "../local/fleet/impairments.ts";
import { setBusy } from "../local/guest/guest.ts";
import { fleetKey } from "../local/services/ec2/fleet-key.ts";
import { terminateInstance } from "../local/services/ec2/power.ts";
import type { RemediationRun } from "../model/remediation-run.ts";

const outcomes = ({ steps }: RemediationRun) =>
  steps.map(({ kind, attempt, outcome }) => `${kind} ${attempt} ${outcome?.status} ${outcome?.reason.code}`);

describe("a server", () => {
  it("that is frozen is rebooted, proved to be, brought up and checked", async () => {
    const { begin, drive, calls } = await frozenWorld();
    const run = await drive(await begin());
    expect(run).toMatchObject({ verdict: "fixed", reason: { code: "ok", text: "answered 200" } });
    expect(outcomes(run)).toEqual([
      "evidence 1 ok kept",
      "reboot 1 ok rebooted",
      "runCommand 1 ok success",
      "checks 1 ok ok",
    ]);
    expect(run.evidence).toEqual([
      expect.objectContaining({ title: "console output", text: expect.stringContaining("blocked for more") }),
    ]);
    expect(run.notes.map(({ code }) => code)).toEqual(["begun", "evidence", "reboot", "runCommand", "fixed"]);
    expect(run.notes[2]?.text).toBe("rebooted: up since 2026-11-20 10:15:01 UTC");
    expect(calls("ec2:RebootInstances")).toBe(1);
  });

  it("that still answers gives evidence and its boot id, and proves a reboot too fast for any ping", async () => {
    const { begin, drive, calls } = await busyWorld(`reboot: fast, ${SELF}`);
    const run = await drive(await begin());
    expect(run.verdict).toBe("fixed");
    expect(run.evidence.map(({ title }) => title)).toEqual(["uptime", "top -b -n 1 | head -n 20", "free -m", "df -h", "dmesg | tail -n 30", "docker ps -a"]); // biome-ignore format: a list
    expect(run.steps[1]?.outcome?.reason.text).toMatch(
      /^up since 2026-11-20 10:10:\d\d UTC, with another boot id$/,
    );
    expect(calls("ec2:RebootInstances")).toBe(1);
  });

  it.each([
    ["frozen", "1h", frozenWorld],
    ["frozen", "-1h", frozenWorld],
    ["busy", "1h", busyWorld],
    ["busy", "-1h", busyWorld],
  ])("that is %s and whose clock is off by %s is judged all the same", async (_, skew, begun) => {
    const { begin, drive } = await begun(`clockSkew: ${skew}, ${SELF}`);
    const run = await drive(await begin({ runbook: runbook({ ladder: [{ name: "r", steps: [step({ do: "reboot" })] }] }) })); // biome-ignore format: one thought
    expect(run.verdict).toBe("fixed");
    expect(run.steps[1]?.outcome?.reason.text).toContain(
      `its clock is 1 h ${skew === "1h" ? "fast" : "slow"}`,
    );
  });

  it("that never reboots is proved not to have, by the same boot going on", async () => {
    const { begin, drive, calls } = await busyWorld(`reboot: never, ${SELF}`);
    const run = await drive(await begin());
    expect(run).toMatchObject({ verdict: "never-rebooted", reason: { code: "never-rebooted" } });
    expect(run.reason?.text).toMatch(
      /^[67] min( \d+ s)? after it was asked to reboot it is still in the boot of 2026-11-14 (10:00:0|09:59:5)\d UTC$/,
    );
    expect(calls("ec2:RebootInstances")).toBe(1);
    expect(outcomes(run).slice(1)).toEqual(["reboot 1 failed never-rebooted", "checks 1 failed status"]);
  });

  it("that never reboots and answers nothing stays unknown, and nothing else is done to it", async () => {
    const { begin, drive, calls } = await frozenWorld(`reboot: never, ${APP}`);
    const ladder = [
      { name: "reboot", steps: [step({ do: "reboot" })] },
      { name: "stop", steps: [step({ do: "stopStart" })] },
    ];
    const run = await drive(await begin({ runbook: runbook({ ladder }) }));
    expect(run).toMatchObject({ verdict: "unknown", reason: { code: "reboot-unseen" } });
    expect(calls("ec2:RebootInstances")).toBe(1);
    expect(calls("ec2:StopInstances")).toBe(0);
  });

  it("that Systems Manager doesn't know proves no reboot; its checks decide", async () => {
    const { begin, drive, calls } = await busyWorld(`ssmAgent: false, ${SELF}`);
    const run = await drive(await begin());
    expect(outcomes(run)).toEqual(["evidence 1 ok kept", "reboot 1 unknown reboot-unseen", "checks 1 ok ok"]);
    expect(run.verdict).toBe("fixed");
    expect(calls("ec2:RebootInstances")).toBe(1);
  });

  it("that reboots and isn't better for it", async () => {
    const { begin, drive, calls } = await busyWorld(`reboot: fast, rebootHelps: false, ${SELF}`);
    const run = await drive(await begin());
    expect(run).toMatchObject({ verdict: "rebooted-not-fixed", reason: { text: "answered 503" } });
    expect(calls("ec2:RebootInstances")).toBe(1);
  });

  it("whose host is broken isn't rebooted but stopped and started", async () => {
    const { instance, now, begin, drive, calls } = await busyWorld();
    impair(instance, "system", now());
    const ladder = [
      { name: "reboot", steps: [step({ do: "reboot" })] },
      { name: "stop", steps: [step({ do: "stopStart" })] },
    ];
    const run = await drive(await begin({ runbook: runbook({ ladder }) }));
    expect(outcomes(run)[1]).toBe("reboot 1 failed system-impaired");
    expect(run.verdict).toBe("fixed");
    expect([calls("ec2:RebootInstances"), calls("ec2:StopInstances"), calls("ec2:StartInstances")]).toEqual([0, 1, 1]); // biome-ignore format: one thought
  });

  it("that gets well by itself before anything is done is left alone", async () => {
    const { instance, now, pass, begin, drive, calls } = await busyWorld();
    const key = await begin();
    setBusy(instance, false, now());
    await pass(3600);
    const run = await drive(key);
    expect(run).toMatchObject({ verdict: "recovered" });
    expect(outcomes(run)).toEqual(["evidence 1 ok kept", "recheck 1 ok ok"]);
    expect(calls("ec2:RebootInstances")).toBe(0);
  });

  it("that is terminated in the middle is gone", async () => {
    const { local, instance, now, begin, drive } = await frozenWorld();
    const key = await begin();
    await drive(key, undefined, 60);
    terminateInstance(local.cloud.state(fleetKey, ACCOUNT, REGION), instance, now());
    const run = await drive(key);
    expect(run).toMatchObject({ verdict: "gone", reason: { code: "terminated" } });
    expect(run.steps.at(-1)?.phase).toBe("ended");
  });

  it("of an Auto Scaling group is marked unhealthy in place of the ladder, and ends when it is replaced", async () => {
    const world = await frozenWorld(APP, ", autoScalingGroup: web");
    const { begin, drive, calls, request } = world;
    const { guards } = runbook();
    const key = await begin({
      instance: { ...(await request()).instance, autoScalingGroup: "web" },
      runbook: runbook({ guards: { ...guards, autoScaling: "markUnhealthy" } }),
    });
    const run = await drive(key);
    expect(run).toMatchObject({ verdict: "gone", reason: { code: "replaced" } });
    expect(outcomes(run)).toEqual(["evidence 1 ok kept", "markUnhealthy 1 ok replaced"]);
    expect([calls("autoscaling:SetInstanceHealth"), calls("ec2:RebootInstances")]).toEqual([1, 0]);
  });
});

describe("a rung", () => {
  it("that fails leads to the next, and one that helps to the end", async () => {
    const { instance, now, begin, drive, calls } = await busyWorld(
      "reboot: fast, services: [{ name: nginx, port: 8080 }]",
    );
    const ladder = [
      { name: "restart", steps: [step({ do: "restartService", service: "nginx" })] },
      { name: "reboot", steps: [step({ do: "reboot" })] },
      { name: "stop", steps: [step({ do: "stopStart" })] },
    ];
    const run = await drive(await begin({ runbook: runbook({ ladder, settleSeconds: 30 }) }));
    expect(outcomes(run).slice(1)).toEqual([
      "restartService 1 ok success",
      "checks 1 failed status",
      "reboot 1 ok rebooted",
      "checks 1 ok ok",
    ]);
    expect(run.verdict).toBe("fixed");
    expect(calls("ec2:StopInstances")).toBe(0);
    expect(instance.phase.settles).toBeLessThan(now());
  });

  it.each([
    ["a service of systemd", "nginx", "services: [{ name: nginx, port: 8080 }]"],
    ["a compose project", "compose:/home/ubuntu", APP],
  ])("restarts %s", async (_, service, guest) => {
    const world = await repairWorld(guest);
    changeGuest(world.local.cloud, world.instance.id, { services: { [service.includes(":") ? "app" : service]: "stopped" } }); // biome-ignore format: one thought
    const ladder = [{ name: "restart", steps: [step({ do: "restartService", service })] }];
    const run = await world.drive(await world.begin({ runbook: runbook({ ladder }) }));
    expect(run.verdict).toBe("fixed");
  });

  it.each([["unreachable", "InvalidInstanceId", { ssmAgent: "stopped" }]])(
    "whose command is %s says why",
    async (_, __, change) => {
      const world = await repairWorld(SELF);
      changeGuest(world.local.cloud, world.instance.id, change);
      changeGuest(world.local.cloud, world.instance.id, { httpHealthy: false });
      await world.pass(1200);
      const ladder = [
        { name: "c", steps: [step({ do: "runCommand", commands: ["true"] }, { timeoutSeconds: 60 })] },
      ];
      const run = await world.drive(await world.begin({ runbook: runbook({ ladder }) }));
      expect(run).toMatchObject({ verdict: "not-fixed", reason: { code: "delivery-timed-out" } });
      expect(world.calls("ssm:SendCommand")).toBe(1);
      expect(world.calls("ssm:CancelCommand")).toBe(1);
    },
  );

  it("whose command takes too long calls it off", async () => {
    const world = await repairWorld(SELF);
    changeGuest(world.local.cloud, world.instance.id, { httpHealthy: false });
    const ladder = [
      { name: "c", steps: [step({ do: "runCommand", commands: ["sleep 900"] }, { timeoutSeconds: 60 })] },
    ];
    const run = await world.drive(await world.begin({ runbook: runbook({ ladder }) }));
    expect(outcomes(run)[1]).toBe("runCommand 1 failed execution-timed-out");
    expect(run.verdict).toBe("not-fixed");
  });

  it("tries a step as often as it says, each try a command of its own", async () => {
    const world = await repairWorld(SELF);
    changeGuest(world.local.cloud, world.instance.id, { httpHealthy: false });
    const ladder = [
      {
        name: "c",
        steps: [step({ do: "runCommand", commands: ["exit 3"] }, { attempts: 3, retrySeconds: 150 })],
      },
    ];
    const key = await world.begin({ runbook: runbook({ ladder, settleSeconds: 5 }) });
    const begun = world.now();
    const run = await world.drive(key);
    expect(outcomes(run).slice(1, 4)).toEqual([1, 2, 3].map((n) => `runCommand ${n} failed failed`));
    expect(new Set(world.comments()).size).toBe(4);
    expect(world.now() - begun).toBeGreaterThan(300_000);
    expect(run.reason?.text).toBe("answered 503 (runCommand: exit code 3)");
  });

  it("refuses values that a shell could take for more than text", async () => {
    const world = await repairWorld(SELF);
    changeGuest(world.local.cloud, world.instance.id, { httpHealthy: false });
    const ladder = [
      { name: "c", steps: [step({ do: "runCommand", commands: ["echo $resource.tags.App"] })] },
    ];
    const instance = { ...(await world.request()).instance, tags: { App: "$(reboot)" } };
    const run = await world.drive(await world.begin({ instance, runbook: runbook({ ladder }) }));
    expect(run.reason?.code).toBe("unsafe-value");
    expect(world.comments()).toHaveLength(1);
  });

  it("may wait, check, start and tell", async () => {
    const world = await repairWorld(SELF);
    const ladder = [
      {
        name: "all",
        steps: [
          step({ do: "startInstance" }),
          step({ do: "waitFor", until: "running" }),
          step({ do: "waitFor", until: "statusChecks" }, { timeoutSeconds: 600 }),
          step({ do: "waitFor", until: "ssm" }, { timeoutSeconds: 600 }),
          step({ do: "check", check: { kind: "command", commands: ["true"] } }),
          step({ do: "notify", text: "$resource.name is up" }),
        ],
      },
    ];
    const off = await world.session.send("ec2", "StopInstances", { InstanceIds: [world.instance.id] });
    expect(off.StoppingInstances).toHaveLength(1);
    await world.pass(60);
    const checks = [
      HTTP,
      { kind: "command", commands: ["test -f /etc/hostname"] },
      { kind: "alarm" },
    ] as const;
    const run = await world.drive(await world.begin({ runbook: runbook({ ladder, checks }) }));
    expect(outcomes(run).slice(1)).toEqual([
      "startInstance 1 ok started",
      "waitFor 1 ok running",
      "waitFor 1 ok statusChecks",
      "waitFor 1 ok ssm",
      "check 1 ok success",
      "notify 1 ok noted",
      "checks 1 ok status-ok",
    ]);
    expect(run.notes.map(({ text }) => text)).toContain("app-1 is up");
    expect(run.verdict).toBe("fixed");
  });
});

describe("a Windows server", () => {
  it("is proved to have rebooted by its own clock, and its service is restarted", async () => {
    const world = await repairWorld(
      "services: [{ name: W3SVC, port: 8080 }]",
      ", platform: windows, type: m6i.large",
    );
    setBusy(world.instance, true, world.now());
    const ladder = [
      { name: "r", steps: [step({ do: "reboot" }), step({ do: "restartService", service: "W3SVC" })] },
    ];
    const instance = { ...(await world.request()).instance, platform: "windows" as const };
    const run = await world.drive(await world.begin({ instance, runbook: runbook({ ladder }) }));
    expect(outcomes(run)).toEqual([
      "evidence 1 ok kept",
      "reboot 1 ok rebooted",
      "restartService 1 ok success",
      "checks 1 ok ok",
    ]);
    expect(run.verdict).toBe("fixed");
  });
});
