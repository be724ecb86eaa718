import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION, START, stillCloud } from "../../../../test/support/ec2-cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import type { Volume, VolumeAttachment } from "../../fleet/volume.ts";
import type { GeneratedSeries, MetricId } from "../../metrics/metric-store.ts";
import { applyScenario } from "../../scenario/apply.ts";
import { parseScenario } from "../../scenario/scenario.ts";
import type { LocalCloud } from "../../server.ts";
import { fleetKey } from "./fleet-key.ts";
import { impairInstance, setAgent } from "./incidents.ts";
import { fleetMetrics } from "./metrics.ts";
import { startInstance, stopInstance, terminateInstance } from "./power.ts";

const NOW = START.getTime() / 1000;
let local: LocalCloud;

beforeEach(() => {
  local = stillCloud();
  return () => local.close();
});

function fleetOf(group: string): { fleet: Fleet; instance: Instance } {
  const { scenario, diagnostics } = parseScenario(
    `version: 1\nregion: ${REGION}\ngroups: [${group}]`,
    "test.yaml",
  );
  if (!scenario) throw new Error(JSON.stringify(diagnostics));
  applyScenario(local.cloud, scenario);
  const fleet = local.cloud.state(fleetKey, ACCOUNT, REGION);
  return { fleet, instance: [...fleet.instances.values()][0] as Instance };
}

const named = (fleet: Fleet, namespace?: string, metricName?: string) => [
  ...fleetMetrics(fleet).list({ ...(namespace && { namespace }), ...(metricName && { metricName }) }),
];
const names = (fleet: Fleet, namespace: string) => named(fleet, namespace).map(({ id }) => id.metricName);
const read = (series: GeneratedSeries | undefined, from: number, to: number) => [
  ...(series?.samples(from, to) ?? []),
];
const find = (fleet: Fleet, namespace: string, metricName: string, dimensions: MetricId["dimensions"]) =>
  fleetMetrics(fleet).find({ namespace, metricName, dimensions });

describe("AWS/EC2", () => {
  it("has the metrics that the type has", () => {
    const { fleet } = fleetOf("{ name: a, type: t3.micro }");
    const burstable = names(fleet, "AWS/EC2");
    expect(burstable).toContain("CPUCreditBalance");
    expect(burstable).toContain("EBSIOBalance%");
    local = stillCloud();
    const large = names(fleetOf("{ name: a, type: m6i.8xlarge }").fleet, "AWS/EC2");
    expect(large).not.toContain("CPUCreditBalance");
    expect(large).not.toContain("EBSIOBalance%");
    expect(large).toContain("StatusCheckFailed_AttachedEBS");
    local = stillCloud();
    const xen = names(fleetOf("{ name: a, type: m4.large }").fleet, "AWS/EC2");
    expect(xen).not.toContain("StatusCheckFailed_AttachedEBS");
    expect(xen).not.toContain("EBSReadOps");
  });

  it("publishes every five minutes, or every minute with detailed monitoring; status checks always every minute", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, type: t3.micro, metrics: { CPUUtilization: 40, NetworkOut: 1000 } }",
    );
    const InstanceId = instance.id;
    const series = (name: string) => find(fleet, "AWS/EC2", name, { InstanceId });
    expect(read(series("CPUUtilization"), NOW, NOW + 900)).toEqual([
      { time: NOW, value: 40 },
      { time: NOW + 300, value: 40 },
      { time: NOW + 600, value: 40 },
    ]);
    expect(series("CPUUtilization")).toMatchObject({ unit: "Percent", interval: 300 });
    // A rate a second: what an interval makes of it.
    expect(read(series("NetworkOut"), NOW, NOW + 300)).toEqual([{ time: NOW, value: 300_000 }]);
    instance.detailedMonitoring = true;
    expect(read(series("CPUUtilization"), NOW, NOW + 900)).toHaveLength(15);
    expect(read(series("NetworkOut"), NOW, NOW + 60)).toEqual([{ time: NOW, value: 60_000 }]);
    expect(series("NetworkPacketsOut")?.interval).toBe(300);
    expect(read(series("StatusCheckFailed"), NOW, NOW + 120)).toEqual([
      { time: NOW, value: 0 },
      { time: NOW + 60, value: 0 },
    ]);
  });

  it("knows dimension sets exactly", () => {
    const { fleet, instance } = fleetOf("{ name: a }");
    const InstanceId = instance.id;
    expect(find(fleet, "AWS/EC2", "CPUUtilization", { InstanceId })).toBeDefined();
    expect(find(fleet, "AWS/EC2", "CPUUtilization", {})).toBeUndefined();
    expect(find(fleet, "AWS/EC2", "CPUUtilization", { InstanceId, ImageId: "ami-1" })).toBeUndefined();
    expect(find(fleet, "AWS/EC2", "CPUUtilization", { InstanceId: "i-0" })).toBeUndefined();
    expect(find(fleet, "AWS/RDS", "CPUUtilization", { InstanceId })).toBeUndefined();
    for (const { id } of named(fleet)) expect(fleetMetrics(fleet).find(id)).toBeDefined();
  });

  it("is silent while an instance is stopped, and goes on when it is started", async () => {
    const { fleet, instance } = fleetOf("{ name: a, launched: 1h ago, metrics: { CPUUtilization: 40 } }");
    const series = find(fleet, "AWS/EC2", "CPUUtilization", { InstanceId: instance.id });
    const times = () => read(series, NOW - 7200, NOW + 7200).map(({ time }) => (time - NOW) / 60);
    expect(times()[0]).toBe(-60);
    expect(series?.end()).toBeUndefined();
    stopInstance(instance, START.getTime());
    expect(times().at(-1)).toBe(-5);
    expect(series?.end()).toBe(NOW);
    await local.cloud.clock.advance(3_600_000);
    startInstance(instance, local.cloud.clock.time());
    expect(series?.end()).toBeUndefined();
    expect(times().filter((minute) => minute >= 0)[0]).toBe(65);
    await local.cloud.clock.advance(600_000);
    terminateInstance(fleet, instance, local.cloud.clock.time());
    expect(times().at(-1)).toBe(65);
    expect(series?.end()).toBe(NOW + 4200);
  });

  it("shows failing checks", () => {
    const { fleet, instance } = fleetOf("{ name: a, type: m6i.large }");
    impairInstance(local.cloud, { account: ACCOUNT, region: REGION, instanceId: instance.id }, "system", 120);
    const values = (name: string) =>
      read(find(fleet, "AWS/EC2", name, { InstanceId: instance.id }), NOW - 60, NOW + 180).map(
        ({ value }) => value,
      );
    expect(values("StatusCheckFailed_System")).toEqual([0, 1, 1, 0]);
    expect(values("StatusCheckFailed")).toEqual([0, 1, 1, 0]);
    expect(values("StatusCheckFailed_Instance")).toEqual([0, 0, 0, 0]);
  });

  it("gives the same points whatever pieces they are read in", () => {
    const { fleet } = fleetOf("{ name: a, type: t3.small, creditMode: standard, agent: true }");
    const all = named(fleet).map(({ series }) => series);
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.array(fc.integer({ min: 0, max: 30 * 3600 }), { maxLength: 5 }),
        (series, cuts) => {
          const [from, to] = [NOW - 30 * 3600, NOW];
          const edges = [from, ...cuts.map((cut) => from + cut).sort((a, b) => a - b), to];
          const pieces = edges.slice(1).flatMap((edge, index) => read(series, edges[index] as number, edge));
          expect(pieces).toEqual(read(series, from, to));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("CPU credits", () => {
  const credits = (fleet: Fleet, instance: Instance, name: string, hours = 30) =>
    read(find(fleet, "AWS/EC2", name, { InstanceId: instance.id }), NOW, NOW + hours * 3600).map(
      ({ value }) => value,
    );

  it("fill up to the maximum while idle, and a day's load uses what it uses", () => {
    const { fleet, instance } = fleetOf("{ name: a, type: t3.micro, metrics: { CPUUtilization: 2 } }");
    expect(credits(fleet, instance, "CPUCreditBalance").at(-1)).toBe(288);
    // Two virtual CPUs at 2 % for five minutes.
    expect(credits(fleet, instance, "CPUCreditUsage")[0]).toBeCloseTo(0.2);
  });

  it("run out in standard mode, and no more is used than there is", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, type: t3.micro, creditMode: standard, metrics: { CPUUtilization: 60 } }",
    );
    expect(credits(fleet, instance, "CPUCreditBalance").at(-1)).toBe(0);
    expect(credits(fleet, instance, "CPUCreditUsage").at(-1)).toBeCloseTo(1);
    expect(credits(fleet, instance, "CPUSurplusCreditsCharged").at(-1)).toBe(0);
  });

  it("are borrowed and then charged in unlimited mode", () => {
    const { fleet, instance } = fleetOf("{ name: a, type: t3.micro, metrics: { CPUUtilization: 60 } }");
    expect(credits(fleet, instance, "CPUCreditBalance").at(-1)).toBe(0);
    expect(credits(fleet, instance, "CPUSurplusCreditBalance").at(-1)).toBe(288);
    expect(credits(fleet, instance, "CPUSurplusCreditsCharged").at(-1)).toBeCloseTo(5);
  });

  it("begin at nothing with a new instance", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, type: t3.micro, launched: start, metrics: { CPUUtilization: 0 } }",
    );
    const balance = credits(fleet, instance, "CPUCreditBalance", 2);
    expect(balance[0]).toBeCloseTo(1);
    expect(balance.at(-1)).toBeCloseTo(24);
  });

  it("never leave their bounds", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("t3.nano", "t3.large", "t4g.medium", "t2.small", "t3a.2xlarge"),
        fc.boolean(),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (type, unlimited, low, high) => {
          local = stillCloud();
          const { fleet, instance } = fleetOf(
            `{ name: a, type: ${type}, creditMode: ${unlimited ? "unlimited" : "standard"}, metrics: { CPUUtilization: { daily: { low: ${low}, high: ${high} }, noise: 5 } } }`,
          );
          const max = instance.type.credits?.max ?? 0;
          for (const balance of credits(fleet, instance, "CPUCreditBalance")) {
            expect(balance).toBeGreaterThanOrEqual(0);
            expect(balance).toBeLessThanOrEqual(max);
          }
          for (const surplus of credits(fleet, instance, "CPUSurplusCreditBalance")) {
            expect(surplus).toBeGreaterThanOrEqual(0);
            expect(surplus).toBeLessThanOrEqual(unlimited ? max : 0);
          }
          for (const usage of credits(fleet, instance, "CPUCreditUsage"))
            expect(usage).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("AWS/EBS", () => {
  it("publishes BurstBalance where credits are spent, and stalled I/O on Nitro", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, type: m6i.large, volumes: [{ type: gp3 }, { type: gp2, size: 100 }, { type: gp2, size: 2000 }, { type: st1, size: 500 }] }",
    );
    const burst = named(fleet, "AWS/EBS", "BurstBalance").map(({ id }) => id.dimensions["VolumeId"]);
    expect(burst).toEqual([instance.volumes[1], instance.volumes[3]]);
    expect(named(fleet, "AWS/EBS", "VolumeStalledIOCheck")).toHaveLength(4);
    impairInstance(
      local.cloud,
      { account: ACCOUNT, region: REGION, instanceId: instance.id },
      "attached-ebs",
    );
    const [stalled] = named(fleet, "AWS/EBS", "VolumeStalledIOCheck");
    expect(read(stalled?.series, NOW - 60, NOW + 60).map(({ value }) => value)).toEqual([0, 1]);
    local = stillCloud();
    expect(names(fleetOf("{ name: a, type: m4.large }").fleet, "AWS/EBS")).not.toContain(
      "VolumeStalledIOCheck",
    );
  });

  it("is silent while the instance is stopped", () => {
    const { fleet, instance } = fleetOf("{ name: a }");
    const [reads] = named(fleet, "AWS/EBS", "VolumeReadOps");
    expect(read(reads?.series, NOW, NOW + 300)).toHaveLength(5);
    stopInstance(instance, START.getTime());
    expect(read(reads?.series, NOW, NOW + 300)).toEqual([]);
    expect(reads?.series.end()).toBe(NOW);
  });

  it("goes on when a volume moves to another instance, keeping what was", () => {
    const { fleet, instance } = fleetOf("{ name: a, count: 2, volumes: [{}, { size: 10 }] }");
    const other = [...fleet.instances.values()][1] as Instance;
    const volume = fleet.volumes.get(instance.volumes[1] ?? "") as Volume;
    const now = START.getTime();
    const [attachment] = volume.attachments;
    if (attachment) attachment.detachedAt = now;
    volume.attachments = [
      ...volume.attachments,
      {
        ...(attachment as VolumeAttachment),
        instanceId: other.id,
        attachedAt: now + 120_000,
        detachedAt: undefined,
      },
    ];
    const series = find(fleet, "AWS/EBS", "VolumeReadOps", { VolumeId: volume.id });
    expect(read(series, NOW - 120, NOW + 240).map(({ time }) => time - NOW)).toEqual([-120, -60, 120, 180]);
    stopInstance(instance, now);
    expect(series?.end()).toBeUndefined();
    stopInstance(other, now + 180_000);
    expect(series?.end()).toBe(NOW + 180);
  });
});

describe("CWAgent", () => {
  it("publishes memory, swap and disks with the dimensions it was told to append", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, type: m6i.large, image: ami-0123456789abcdef0, agent: { disks: [/, /data], dimensions: [ImageId, InstanceType] } }",
    );
    const base = { InstanceId: instance.id, ImageId: "ami-0123456789abcdef0", InstanceType: "m6i.large" };
    expect(named(fleet, "CWAgent").map(({ id }) => id)).toEqual([
      { namespace: "CWAgent", metricName: "mem_used_percent", dimensions: base },
      { namespace: "CWAgent", metricName: "swap_used_percent", dimensions: base },
      {
        namespace: "CWAgent",
        metricName: "disk_used_percent",
        dimensions: { ...base, path: "/", device: "nvme0n1p1", fstype: "xfs" },
      },
      {
        namespace: "CWAgent",
        metricName: "disk_used_percent",
        dimensions: { ...base, path: "/data", device: "nvme1n1", fstype: "xfs" },
      },
    ]);
  });

  it("speaks Windows on Windows", () => {
    const { fleet, instance } = fleetOf("{ name: a, platform: windows, agent: { disks: ['C:', 'D:'] } }");
    expect(named(fleet, "CWAgent", "LogicalDisk % Free Space").map(({ id }) => id.dimensions)).toEqual([
      { InstanceId: instance.id, objectname: "LogicalDisk", instance: "C:" },
      { InstanceId: instance.id, objectname: "LogicalDisk", instance: "D:" },
    ]);
    expect(names(fleet, "CWAgent")).toContain("Memory % Committed Bytes In Use");
  });

  it("falls silent when killed and comes back", async () => {
    const { fleet, instance } = fleetOf("{ name: a, agent: true, metrics: { mem_used_percent: 50 } }");
    const place = { account: ACCOUNT, region: REGION, instanceId: instance.id };
    const series = find(fleet, "CWAgent", "mem_used_percent", { InstanceId: instance.id });
    setAgent(local.cloud, place, false);
    expect(series?.end()).toBe(NOW);
    expect(read(series, NOW - 120, NOW + 120)).toHaveLength(2);
    setAgent(local.cloud, place, false);
    await local.cloud.clock.advance(120_000);
    setAgent(local.cloud, place, true);
    expect(series?.end()).toBeUndefined();
    expect(read(series, NOW - 60, NOW + 240).map(({ time }) => time - NOW)).toEqual([-60, 120, 180]);
  });

  it("leaves the series of an agent of the past behind", () => {
    const { fleet, instance } = fleetOf(
      "{ name: a, agent: [{ dimensions: [ImageId], until: 10d ago }, { since: 10d ago }] }",
    );
    const [old, live] = named(fleet, "CWAgent", "mem_used_percent");
    expect(old?.series.end()).toBe(NOW - 10 * 86_400);
    expect(read(old?.series, NOW - 600, NOW)).toEqual([]);
    expect(live?.id.dimensions).toEqual({ InstanceId: instance.id });
    expect(read(live?.series, NOW - 600, NOW)).toHaveLength(10);
  });
});
