import { describe, expect, it } from "vitest";
import type { AlarmDefinition } from "../../model/alarm-policy.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { resourceTypes, shippedPack } from "../test-fixtures.ts";
import { parsePack } from "./pack.ts";

/** The line of figures that people compare packs by. */
function figures(alarm: AlarmDefinition): string {
  const what = alarm.metrics?.map(
    ({ metricName, expression, statistic }) => expression ?? `${statistic} ${metricName}`,
  );
  const metric =
    what?.join(", ") ?? `${alarm.namespace} ${alarm.metricName} ${alarm.statistic} ${alarm.period}`;
  const rule =
    alarm.band === undefined ? `${alarm.comparisonOperator} ${alarm.threshold}` : `band ${alarm.band}`;
  return `${metric} ${alarm.datapointsToAlarm}/${alarm.evaluationPeriods} ${rule} ${alarm.treatMissingData ?? "-"}`;
}

const table = (name: string) =>
  Object.fromEntries(shippedPack(name).alarms.map((alarm) => [alarm.name ?? alarm.key, figures(alarm)]));

describe("pack classic", () => {
  it("has the original figures and names", () => {
    expect(table("classic")).toEqual({
      "InsufficientMemory-$resource.id":
        "CWAgent mem_used_percent Average 60 3/5 GreaterThanOrEqualToThreshold 90 -",
      "CPUCreditBalance-$resource.id":
        "AWS/EC2 CPUCreditBalance Average 120 2/3 LessThanOrEqualToThreshold 5 -",
      "EBSBurstBalance-$resource.id": "AWS/EBS BurstBalance Average 60 2/5 LessThanOrEqualToThreshold 10 -",
      "NetThroughput-$resource.id":
        "Sum NetworkIn, Sum NetworkOut, (in + out)/300*8/1024/1024 1/3 GreaterThanOrEqualToThreshold 10 -",
      "NetAnomalyDetection-$resource.id": "AWS/EC2 NetworkOut Average 300 2/2 band 3 -",
      "NetworkOut-$resource.id": "AWS/EC2 NetworkOut Sum 300 1/1 GreaterThanThreshold 20000000 -",
      "$resource.name: CPU Utilization over 90 percent":
        "AWS/EC2 CPUUtilization Average 300 1/1 GreaterThanThreshold 90 -",
      "CPUUtilization-$resource.id": "AWS/EC2 CPUUtilization Average 300 1/1 GreaterThanThreshold 95 -",
    });
  });

  it("says of every alarm where it is weak", () => {
    for (const { key, about } of shippedPack("classic").alarms)
      expect([key, about.notes.length > 0]).toEqual([key, true]);
  });
});

describe("pack essentials", () => {
  it("has these figures", () => {
    expect(table("essentials")).toEqual({
      "status-system":
        "AWS/EC2 StatusCheckFailed_System Maximum 60 2/2 GreaterThanOrEqualToThreshold 1 missing",
      "status-instance":
        "AWS/EC2 StatusCheckFailed_Instance Maximum 60 3/3 GreaterThanOrEqualToThreshold 1 missing",
      "status-ebs":
        "AWS/EC2 StatusCheckFailed_AttachedEBS Maximum 60 10/10 GreaterThanOrEqualToThreshold 1 missing",
      "cpu-high": "AWS/EC2 CPUUtilization Average 300 3/3 GreaterThanThreshold 80 missing",
      "credits-low": "AWS/EC2 CPUCreditBalance Minimum 300 2/3 LessThanThreshold 15 missing",
      "credits-low-large": "AWS/EC2 CPUCreditBalance Minimum 300 2/3 LessThanThreshold 60 missing",
      "memory-high": "CWAgent mem_used_percent Average 60 3/5 GreaterThanThreshold 90 missing",
      "memory-high-windows":
        "CWAgent Memory % Committed Bytes In Use Average 60 3/5 GreaterThanThreshold 90 missing",
      "disk-full-warning": "CWAgent disk_used_percent Maximum 300 2/2 GreaterThanThreshold 85 missing",
      "disk-full-critical": "CWAgent disk_used_percent Maximum 300 2/2 GreaterThanThreshold 95 missing",
      "disk-full-windows-warning":
        "CWAgent LogicalDisk % Free Space Minimum 300 2/2 LessThanThreshold 15 missing",
      "disk-full-windows-critical":
        "CWAgent LogicalDisk % Free Space Minimum 300 2/2 LessThanThreshold 5 missing",
      "network-out": "AWS/EC2 NetworkOut Sum 300 3/3 GreaterThanThreshold 5000000000 missing",
      "stalled-io": "AWS/EBS VolumeStalledIOCheck Maximum 60 10/10 GreaterThanOrEqualToThreshold 1 missing",
      "burst-low": "AWS/EBS BurstBalance Minimum 300 2/3 LessThanThreshold 20 notBreaching",
    });
  });

  it("gives every instance at most one of the two credit alarms", () => {
    const limits = shippedPack("essentials").alarms.flatMap(({ when }) => when["maxCredits"] ?? []);
    expect(limits).toEqual([{ lessThan: 500 }, { atLeast: 500 }]);
  });

  it("leaves out file systems that are always full or live in memory", () => {
    const alarms = shippedPack("essentials").alarms.filter(({ key }) => key.startsWith("disk-full"));
    expect(alarms.map(({ series }) => series?.each)).toEqual([
      ["path"],
      ["path"],
      ["instance"],
      ["instance"],
    ]);
    expect(alarms[0]?.series?.exclude["fstype"]).toEqual(
      expect.arrayContaining(["tmpfs", "devtmpfs", "squashfs", "overlay"]),
    );
  });
});

describe.each(["essentials", "classic"])("every alarm of pack %s", (name) => {
  it.each(shippedPack(name).alarms.map((alarm) => [alarm.key, alarm] as const))(
    "%s explains itself",
    (_, alarm) => {
      expect(alarm.about.intent).toMatch(/^[A-Z].*\.$/);
      expect(alarm.about.justification).toMatch(/\.$/);
      expect(["critical", "warning", "info"]).toContain(alarm.severity);
      expect(alarm.resourceTypes).toHaveLength(1);
      expect(alarm.position).toMatchObject({ file: `packs/${name}.yaml` });
    },
  );
});

describe("parsePack", () => {
  const said = (text: string) => parsePack(text, "p.yaml", resourceTypes).diagnostics.map(formatDiagnostic);
  const metric =
    "namespace: A, metricName: B, statistic: Sum, period: 60, evaluationPeriods: 1, comparisonOperator: GreaterThanThreshold, threshold: 1";
  const pack = (alarm: string) => `pack: a\ndescription: b\nalarms:\n  x: { ${alarm} }\n`;

  it.each<[string, string]>([
    [
      pack(`${metric}, dimensions: { Id: $resource.id }`),
      'p.yaml:4:3  alarm "x" must say which resource types it appliesTo',
    ],
    [
      pack(`${metric}, appliesTo: ec2.instance`),
      'p.yaml:4:3  alarm "x" would be the same for every resource: use $resource.id in a dimension',
    ],
    [
      pack(`${metric}, appliesTo: ec2.instanc, dimensions: { Id: $resource.id }`),
      'p.yaml:4:154  unknown resource type "ec2.instanc". Did you mean "ec2.instance"?',
    ],
    [
      pack("alarmRule: ALARM($y), appliesTo: ec2.instance"),
      'p.yaml:4:19  unknown alarm "$y" in this pack. Did you mean "x"?',
    ],
    ["pack: a\nalarms: {}\n", "p.yaml:1:1  description is missing"],
    [
      "pack: a\n  b: c\n",
      "p.yaml:1:7  a mapping can't begin here: check the indentation, or put quotes around text that holds ': '",
    ],
  ])("points at what is wrong in %j", (text, expected) => {
    expect(said(text)).toContain(expected);
    expect(parsePack(text, "p.yaml", resourceTypes).pack).toBeUndefined();
  });
});
