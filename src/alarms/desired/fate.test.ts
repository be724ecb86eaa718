import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import { parseIdentity } from "../spec/identity.ts";
import { bareDefinition, configuration, definition, instance, policy } from "../test-fixtures.ts";
import type { DesiredInput } from "./alarm-resolver.ts";
import type { Fate } from "./desired-alarm.ts";
import { desiredAlarms } from "./desired-alarms.ts";
import { SeriesIndex } from "./series/series.ts";

const managed = { Managed: "Yes" };
const DISK = { namespace: "CWAgent", metricName: "disk_used_percent" };

const input = (
  policies: readonly AlarmPolicy[],
  resources: readonly Resource[],
  series = new SeriesIndex(),
): DesiredInput => ({
  configuration: configuration(policies),
  account: "111122223333",
  region: "eu-central-1",
  partition: "aws",
  resources,
  series,
});

function fate(identity: string, ...args: Parameters<typeof input>): Fate {
  const parsed = parseIdentity(identity);
  if (!parsed) throw new Error(identity);
  const worked = desiredAlarms(input(...args));
  expect(worked.alarms.has(identity)).toBe(false);
  return worked.fateOf(parsed);
}

const told = (found: Fate): string =>
  "reason" in found
    ? `${found.verdict} ${found.reason.code}: ${found.reason.text}`
    : `${found.verdict} ${found.resourceType} ${found.resourceId}`;
const CPU = "web-team/production/cpu-high/i-1";
const cpu = (policies: readonly AlarmPolicy[], more: Partial<Resource> = {}, series?: SeriesIndex) =>
  told(fate(CPU, policies, [instance("i-1", { tags: managed, ...more })], series));

/** Identities of what was desired before a change. */
const wanted = (...args: Parameters<typeof input>): string[] => [
  ...desiredAlarms(input(...args)).alarms.keys(),
];

describe("intent deletes", () => {
  it.each<[string, readonly AlarmPolicy[], Partial<Resource>, string]>([
    [
      "the policy is gone",
      [policy({ name: "other" })],
      {},
      "delete policy-removed: policy production was removed from the configuration",
    ],
    [
      "the alarm is gone",
      [policy({ alarms: [] })],
      {},
      "delete alarm-removed: alarm cpu-high was removed from policy production",
    ],
    [
      "the alarm is disabled",
      [policy({ alarms: [definition({ enabled: false })] })],
      {},
      "delete alarm-disabled: disabled in the configuration",
    ],
    [
      "an override disables it",
      [policy({ overrides: [{ select: { ids: ["i-1"] }, alarms: { "cpu-high": { enabled: false } } }] })],
      {},
      "delete alarm-disabled: disabled in the configuration",
    ],
    [
      "the tags leave the selector",
      [policy()],
      { tags: { Managed: "No" } },
      'delete tag-differs: its tag Managed is "No", not "Yes"',
    ],
    [
      "the resource is terminated",
      [policy()],
      { state: "terminated" },
      "delete terminated: instance terminated",
    ],
    [
      "it is a member of an Auto Scaling group",
      [policy()],
      { tags: { ...managed, "aws:autoscaling:groupName": "web" } },
      "delete auto-scaling-member: member of Auto Scaling group web; includeAutoScalingMembers: true gives members alarms of their own",
    ],
    [
      "the alarm is no longer per resource",
      [policy({ alarms: [definition({ resourceTypes: [], dimensions: { A: "b" } })] })],
      {},
      "delete definition-changed: it no longer has alarms for every resource",
    ],
  ])("%s", (_, policies, more, expected) => expect(cpu(policies, more)).toBe(expected));

  it("values are no longer listed", () => {
    const of = (Disk: string | readonly string[]) => [
      policy({ alarms: [definition({ dimensions: { InstanceId: "$resource.id", Disk } })] }),
    ];
    const resources = [instance("i-1", { tags: managed })];
    const [a = "", b = ""] = wanted(of(["a", "b"]), resources);
    expect(told(fate(b, of(["a"]), resources))).toBe(
      "delete dimensions-changed: the configuration no longer lists its dimension values",
    );
    expect(told(fate(a, of("a"), resources))).toBe(
      "delete dimensions-changed: the dimensions that tell its alarms apart changed",
    );
  });

  it("series are excluded", () => {
    const series = new SeriesIndex();
    series.add(DISK, [
      { name: "InstanceId", value: "i-1" },
      { name: "path", value: "/run" },
      { name: "fstype", value: "tmpfs" },
    ]);
    const of = (exclude: Readonly<Record<string, readonly string[]>>) => [
      policy({ alarms: [definition({ ...DISK, series: { each: ["path"], exclude } })] }),
    ];
    const resources = [instance("i-1", { tags: managed })];
    const [run = ""] = wanted(of({}), resources, series);
    expect(told(fate(run, of({ fstype: ["tmpfs"] }), resources, series))).toBe(
      "delete series-excluded: the configuration excludes its series",
    );
    expect(told(fate(run, of({ fstype: ["tmpfs"] }), resources))).toContain("keep series-unknown");
  });

  it("a composite goes with a sibling that is switched off", () => {
    const composite = bareDefinition({ key: "ill", alarmRule: "ALARM($cpu-high)" });
    const policies = [policy({ alarms: [definition({ enabled: false }), composite] })];
    expect(told(fate("web-team/production/ill/i-1", policies, [instance("i-1", { tags: managed })]))).toBe(
      'delete sibling-disabled: its rule needs "cpu-high", which is disabled',
    );
  });
});

describe("data never delete", () => {
  const stateful = policy({ select: { types: ["ec2.instance"], states: ["running"] } });
  it.each<[string, readonly AlarmPolicy[], Partial<Resource>, string]>([
    ["it is stopped", [stateful], { state: "stopped" }, "keep state: it is stopped"],
    ["it is shutting down", [policy()], { state: "shutting-down" }, "keep state: it is shutting-down"],
    [
      "a fact changed",
      [policy({ alarms: [definition({ when: { burstable: true } })] })],
      { facts: { burstable: false, instanceType: "m6i.large" } },
      "keep not-burstable: not a burstable type (m6i.large)",
    ],
    [
      "an override by state disables it",
      [
        policy({
          overrides: [{ select: { states: ["stopped"] }, alarms: { "cpu-high": { enabled: false } } }],
        }),
      ],
      { state: "stopped" },
      "keep state: an override switches it off while its state is stopped",
    ],
    [
      "no DNS name leads to it",
      [policy({ select: { types: ["ec2.instance"], dnsNames: ["*.example.com"] } })],
      {},
      "keep no-dns-name: no DNS name leads to it now",
    ],
    [
      "a tag that a dimension needs is gone",
      [policy({ alarms: [definition({ dimensions: { Host: "$resource.tags.Host" } })] })],
      {},
      'keep missing-tag: it has no tag "Host", which dimension Host needs',
    ],
    [
      "its definition has errors",
      [policy({ alarms: [definition({ period: 7, actions: { alarm: ["nowhere"] } })] })],
      {},
      "keep invalid: its definition has errors",
    ],
    [
      "its definition breaks a limit",
      [policy({ alarms: [definition({ period: 7 })] })],
      {},
      "keep invalid: its definition has errors",
    ],
  ])("%s", (_, policies, more, expected) => expect(cpu(policies, more)).toBe(expected));

  it("its series fell silent", () => {
    const policies = [policy({ alarms: [definition({ ...DISK, series: { each: ["path"], exclude: {} } })] })];
    const resources = [instance("i-1", { tags: managed })];
    const series = new SeriesIndex();
    series.add(DISK, [
      { name: "InstanceId", value: "i-1" },
      { name: "path", value: "/" },
    ]);
    const [root = ""] = wanted(policies, resources, series);
    const silent = new SeriesIndex();
    silent.addMetric(DISK);
    expect(told(fate(root, policies, resources, silent))).toBe(
      "keep no-series: disk_used_percent not seen in 3 hours: is the agent alive?",
    );
    const other = new SeriesIndex();
    other.add(DISK, [
      { name: "InstanceId", value: "i-1" },
      { name: "path", value: "/data" },
    ]);
    expect(told(fate(root, policies, resources, other))).toBe(
      "keep no-series: its series of disk_used_percent was not seen in 3 hours",
    );
  });

  it("another configuration's alarm is none of ours", () => {
    expect(told(fate("other/production/cpu-high/i-1", [policy()], []))).toBe(
      "keep other-configuration: it belongs to configuration other",
    );
  });
});

describe("absence", () => {
  it("must be proved by a look for the right type", () => {
    expect(told(fate(CPU, [policy()], []))).toBe("absent ec2.instance i-1");
    const several = policy({
      select: {},
      alarms: [definition({ resourceTypes: ["ec2.instance", "ebs.volume"] })],
    });
    expect(told(fate(CPU, [several], []))).toBe(
      "keep type-unknown: i-1 is not in the listing, and may be of several types",
    );
  });

  it("isn't judged by a namesake of another type, nor by a ghost beside the living", () => {
    expect(told(fate(CPU, [policy()], [instance("i-1", { type: "ebs.volume" })]))).toBe(
      "absent ec2.instance i-1",
    );
    const both = [
      instance("i-1", { state: "terminated" }),
      instance("i-1", { tags: managed, state: "shutting-down" }),
    ];
    expect(told(fate(CPU, [policy()], both))).toBe("keep state: it is shutting-down");
  });
});

describe("alarms of resources found for a dimension", () => {
  const hosts = definition({
    key: "load",
    resourceTypes: [],
    dimensions: {
      host: {
        select: { types: ["ec2.instance"], tags: { Managed: { anyOf: ["Yes"] } } },
        value: "$resource.name",
      },
    },
  });
  const { select: _select, ...rest } = policy({ alarms: [hosts] });
  const LOAD = "web-team/production/load/i-1";

  it.each<[string, readonly Resource[], string]>([
    [
      "gone",
      [instance("i-1", { tags: managed, state: "terminated" })],
      "delete terminated: instance terminated",
    ],
    ["no longer meant", [instance("i-1")], "delete tag-missing: has no tag Managed"],
    ["absent", [], "absent ec2.instance i-1"],
    [
      "shadowed",
      [instance("i-0", { name: "a", tags: managed }), instance("i-1", { name: "a", tags: managed })],
      "keep same-dimensions: i-1 gives dimension host the same value as i-0 (a)",
    ],
  ])("%s", (_, resources, expected) => expect(told(fate(LOAD, [rest], resources))).toBe(expected));
});

describe("how sure a deletion is", () => {
  const disabled = { "cpu-high": { enabled: false } };
  it.each<[string, string, readonly AlarmPolicy[], Partial<Resource>]>([
    ["its resource was seen terminated", "proven", [policy()], { state: "terminated" }],
    ["the alarm is gone", "proven", [policy({ alarms: [] })], {}],
    ["the alarm is disabled", "proven", [policy({ alarms: [definition({ enabled: false })] })], {}],
    ["an override disables it", "assumed", [policy({ overrides: [{ select: {}, alarms: disabled }] })], {}],
    ["the whole policy is gone", "assumed", [policy({ name: "other" })], {}],
    ["its tags left the selector", "assumed", [policy()], { tags: {} }],
  ])("%s: %s", (_, proof, policies, more) => {
    const found = fate(CPU, policies, [instance("i-1", { tags: managed, ...more })]);
    expect(found).toMatchObject({ verdict: "delete", proof });
  });
});

describe("whatever data do", () => {
  const state = fc.constantFrom("running", "stopped", "stopping", "pending", "shutting-down");
  const facts = fc.record(
    { burstable: fc.boolean(), creditMode: fc.constantFrom("standard", "unlimited") },
    { requiredKeys: [] },
  );
  const path = fc.constantFrom("/", "/data", "/run");
  const alarms: readonly AlarmDefinition[] = [
    definition(),
    definition({ key: "credits", when: { burstable: true, creditMode: "standard" } }),
    definition({ key: "disk", ...DISK, series: { each: ["path"], exclude: {} } }),
    bareDefinition({ key: "ill", alarmRule: "ALARM($cpu-high) AND ALARM($disk)" }),
  ];
  const policies = [policy({ alarms, select: { types: ["ec2.instance"], states: ["running", "stopped"] } })];
  const world = fc
    .record({ state, facts, paths: fc.option(fc.uniqueArray(path)) })
    .map(({ state, facts, paths }) => {
      const series = new SeriesIndex();
      if (paths) series.addMetric(DISK);
      for (const value of paths ?? [])
        series.add(DISK, [
          { name: "InstanceId", value: "i-1" },
          { name: "path", value },
        ]);
      return input(policies, [instance("i-1", { state, facts })], series);
    });

  it("no alarm of a live, selected resource is deleted", () => {
    fc.assert(
      fc.property(world, world, (earlier, later) => {
        const now = desiredAlarms(later);
        for (const key of desiredAlarms(earlier).alarms.keys()) {
          const identity = parseIdentity(key);
          if (identity && !now.alarms.has(key)) expect(now.fateOf(identity).verdict).toBe("keep");
        }
      }),
    );
  });
});
