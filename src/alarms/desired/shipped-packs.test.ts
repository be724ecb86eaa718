import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePack } from "../../config/alarms/pack.ts";
import { loadConfiguration } from "../../config/load.ts";
import { RESOURCE_TYPES } from "../../inventory/registry.ts";
import type { Pack } from "../../model/alarm-policy.ts";
import { partitionOf } from "../../model/partition.ts";
import { instance } from "../test-fixtures.ts";
import type { DesiredInput } from "./alarm-resolver.ts";
import { desiredAlarms } from "./desired-alarms.ts";
import { SeriesIndex, seriesNeeded } from "./series/series.ts";

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");

function packNamed(name: string): readonly [string, Pack] {
  const { pack, diagnostics } = parsePack(read(`packs/${name}.yaml`), name, RESOURCE_TYPES);
  if (!pack) throw new Error(JSON.stringify(diagnostics));
  return [name, pack];
}

const packs = Object.fromEntries(["essentials", "classic"].map(packNamed));

/** A burstable and an ordinary instance, and a volume with burst credits and one without. */
function fleet(): DesiredInput["resources"] {
  const tags = { Managed: "Yes", Role: "web" };
  const linux = { platform: "linux", nitro: true, bareMetal: false, dnsNames: ["a.example.com"] };
  const volume = { type: "ebs.volume", state: "in-use", tags };
  const attached = { state: "in-use", nitro: true, attachedInstanceId: "i-1" };
  return [
    instance("i-1", {
      name: "web-1",
      tags: { ...tags, Name: "web-1" },
      facts: {
        ...linux,
        instanceType: "t3.large",
        burstable: true,
        creditMode: "standard",
        maxCredits: 864,
        monitoring: false,
      },
    }),
    instance("i-2", {
      name: "web-2",
      tags: { ...tags, Name: "web-2" },
      facts: { ...linux, instanceType: "m6i.large", burstable: false, monitoring: true },
    }),
    instance("vol-1", {
      ...volume,
      facts: { ...attached, volumeType: "gp2", sizeGiB: 100, burstBalance: true },
    }),
    instance("vol-2", {
      ...volume,
      facts: { ...attached, volumeType: "gp3", sizeGiB: 100, burstBalance: false },
    }),
  ];
}

function workOut(example: string) {
  const file = `examples/${example}.yaml`;
  const { configuration, diagnostics } = loadConfiguration(read(file), file, {
    resourceTypes: RESOURCE_TYPES,
    packs,
  });
  if (!configuration) throw new Error(JSON.stringify(diagnostics));
  const series = new SeriesIndex();
  for (const query of seriesNeeded(configuration))
    series.add(query, [
      { name: "InstanceId", value: "i-1" },
      { name: "VolumeId", value: "vol-1" },
      { name: "path", value: "/" },
      { name: "instance", value: "C:" },
    ]);
  const region = configuration.regions[0] ?? "";
  const partition = partitionOf(region);
  return desiredAlarms({
    configuration,
    account: "111122223333",
    region,
    partition,
    resources: fleet(),
    series,
  });
}

describe("the shipped examples", () => {
  it.each(["essentials", "classic", "seed-003"])("%s gives alarms that CloudWatch takes", (example) => {
    const { alarms, diagnostics } = workOut(example);
    expect(alarms.size).toBeGreaterThan(4);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    for (const { spec } of alarms.values()) expect(spec.alarmActions.length).toBeGreaterThan(0);
  });

  it("essentials has nothing to warn of", () => {
    expect(workOut("essentials").diagnostics).toEqual([]);
  });

  it("classic keeps the names and figures that the seeds had, in their partition", () => {
    const specs = new Map([...workOut("classic").alarms.values()].map(({ spec }) => [spec.alarmName, spec]));
    expect(specs.get("web-1: CPU Utilization over 90 percent")).toMatchObject({
      threshold: 90,
      period: 300,
      evaluationPeriods: 1,
    });
    expect(specs.get("InsufficientMemory-i-1")).toMatchObject({
      metricName: "mem_used_percent",
      threshold: 90,
      datapointsToAlarm: 3,
      evaluationPeriods: 5,
      alarmActions: ["arn:aws-cn:sns:cn-north-1:111122223333:CloudWatch-Alarms"],
    });
    expect(specs.get("NetAnomalyDetection-i-2")).toMatchObject({
      thresholdMetricId: "ad1",
      metrics: [{ id: "m1" }, { expression: "ANOMALY_DETECTION_BAND(m1, 3)" }],
    });
  });

  it("found and listed dimensions give every combination", () => {
    expect([...workOut("seed-003").alarms.values()].map(({ name }) => name)).toEqual([
      "uptime-https://www.example.com/",
      "uptime-https://api.example.com/health",
      "uptime-https://shop.example.com/",
      "load-high-i-1",
      "load-high-i-2",
      "memory-high-i-1",
      "memory-high-i-2",
    ]);
  });
});
