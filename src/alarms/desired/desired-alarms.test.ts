import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Resource } from "../../model/resource.ts";
import { formatIdentity, parseIdentity } from "../spec/identity.ts";
import { bareDefinition, configuration, definition, instance, policy } from "../test-fixtures.ts";
import type { DesiredInput } from "./alarm-resolver.ts";
import { desiredAlarms } from "./desired-alarms.ts";
import { SeriesIndex } from "./series/series.ts";

const managed = { Managed: "Yes" };
const DISK = { namespace: "CWAgent", metricName: "disk_used_percent" };

function input(
  policies: readonly AlarmPolicy[],
  resources: readonly Resource[],
  more: { readonly series?: SeriesIndex; readonly configuration?: Partial<Configuration> } = {},
): DesiredInput {
  return {
    configuration: configuration(policies, more.configuration),
    account: "111122223333",
    region: "eu-central-1",
    partition: "aws",
    resources,
    series: more.series ?? new SeriesIndex(),
  };
}

const work = (...args: Parameters<typeof input>) => desiredAlarms(input(...args));
const names = (...args: Parameters<typeof input>): string[] =>
  [...work(...args).alarms.values()].map(({ spec }) => spec.alarmName);
const skips = (...args: Parameters<typeof input>) =>
  work(...args).skipped.map(
    ({ alarm, resource, reason }) => `${alarm} ${resource?.id ?? "-"}: ${reason.code}: ${reason.text}`,
  );

function disks(...series: readonly Readonly<Record<string, string>>[]): SeriesIndex {
  const index = new SeriesIndex();
  index.addMetric(DISK);
  for (const dimensions of series)
    index.add(
      DISK,
      Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    );
  return index;
}

const disk = definition({
  key: "disk-full",
  ...DISK,
  dimensions: { InstanceId: "$resource.id" },
  series: { each: ["path"], exclude: { fstype: ["tmpfs"] } },
});

describe("a plain alarm", () => {
  it("exists for every selected live resource, in CloudWatch's words", () => {
    const { alarms, skipped, diagnostics } = work(
      [policy()],
      [
        instance("i-1", { tags: managed }),
        instance("i-2", { tags: { Managed: "No" } }),
        instance("i-3", { tags: managed, state: "terminated" }),
        instance("i-4", { tags: managed, state: "stopped" }),
      ],
    );
    expect([...alarms.keys()]).toEqual([
      "web-team/production/cpu-high/i-1",
      "web-team/production/cpu-high/i-4",
    ]);
    expect(alarms.get("web-team/production/cpu-high/i-1")?.spec).toEqual({
      kind: "metric",
      alarmName: "cpu-high-i-1",
      actionsEnabled: true,
      okActions: [],
      alarmActions: ["arn:aws:sns:eu-central-1:111122223333:web-team"],
      insufficientDataActions: [],
      namespace: "AWS/EC2",
      metricName: "CPUUtilization",
      dimensions: [{ name: "InstanceId", value: "i-1" }],
      statistic: "Average",
      period: 300,
      evaluationPeriods: 3,
      threshold: 90,
      comparisonOperator: "GreaterThanThreshold",
    });
    expect(skipped).toEqual([]);
    expect(diagnostics).toEqual([]);
  });

  it("carries its description, intent and runbook for people", () => {
    const describe = (more: Partial<AlarmDefinition>): string | undefined =>
      [
        ...work(
          [policy({ alarms: [definition(more)] })],
          [instance("i-1", { name: "web", tags: managed })],
        ).alarms.values(),
      ][0]?.spec.alarmDescription;
    expect(describe({ about: { intent: "No reserve left.", notes: [] } })).toBe("No reserve left.");
    expect(
      describe({
        about: { intent: "x", runbook: "https://wiki/cpu", notes: [] },
        description: "CPU of $resource.name",
      }),
    ).toBe("CPU of web\nRunbook: https://wiki/cpu");
    expect(describe({})).toBeUndefined();
  });

  it("writes percentiles as extended statistics", () => {
    const [alarm] = work(
      [policy({ alarms: [definition({ statistic: "p99" })] })],
      [instance("i-1", { tags: managed })],
    ).alarms.values();
    expect(alarm?.spec).toMatchObject({ extendedStatistic: "p99" });
    expect(alarm?.spec).not.toHaveProperty("statistic");
  });

  it("survives a copy with another spec", () => {
    const [alarm] = work([policy()], [instance("i-1", { tags: managed })]).alarms.values();
    const copy = alarm && { ...alarm, spec: alarm.spec };
    expect(copy).toMatchObject({
      identity: alarm?.identity,
      createOnlyIfSeen: false,
      resource: { id: "i-1" },
      policy: { name: "production" },
      definition: { key: "cpu-high" },
    });
  });
});

describe("skips", () => {
  it("say why, by facts", () => {
    const credits = definition({ key: "credits-low", when: { burstable: true, creditMode: "standard" } });
    const resources = [
      instance("i-1", { tags: managed, facts: { instanceType: "m6i.large", burstable: false } }),
      instance("i-2", { tags: managed, facts: { burstable: true, creditMode: "unlimited" } }),
      instance("i-3", { tags: managed, facts: { burstable: true } }),
      instance("i-4", { tags: managed, facts: { burstable: true, creditMode: "standard" } }),
    ];
    expect(names([policy({ alarms: [credits] })], resources)).toEqual(["credits-low-i-4"]);
    expect(skips([policy({ alarms: [credits] })], resources)).toEqual([
      "credits-low i-1: not-burstable: not a burstable type (m6i.large)",
      "credits-low i-2: unlimited-credits: CPU credits are unlimited: an empty balance costs money, not speed",
      "credits-low i-3: fact-unknown: its credit mode isn't known",
    ]);
  });

  it("leave members of Auto Scaling groups out unless asked", () => {
    const member = instance("i-1", { tags: { ...managed, "aws:autoscaling:groupName": "web" } });
    expect(names([policy()], [member])).toEqual([]);
    expect(skips([policy()], [member])[0]).toContain(
      "cpu-high i-1: auto-scaling-member: member of Auto Scaling group web",
    );
    expect(names([policy({ includeAutoScalingMembers: true })], [member])).toEqual(["cpu-high-i-1"]);
  });

  it("hold back states that the selector doesn't name, and things on their way out", () => {
    const running = policy({ select: { types: ["ec2.instance"], states: ["running"] } });
    expect(skips([running], [instance("i-1", { state: "stopped" })])).toEqual([
      "cpu-high i-1: state: it is stopped",
    ]);
    expect(skips([policy()], [instance("i-1", { state: "shutting-down", tags: managed })])).toEqual([
      "cpu-high i-1: state: it is shutting-down",
    ]);
  });

  it("name missing tags and values that can't be dimensions", () => {
    const own = definition({ key: "jobs", dimensions: { Host: "$resource.tags.Host" } });
    const at = (tags: Record<string, string>) =>
      skips([policy({ alarms: [own] })], [instance("i-1", { tags: { ...managed, ...tags } })]);
    expect(at({})).toEqual(['jobs i-1: missing-tag: it has no tag "Host", which dimension Host needs']);
    expect(at({ Host: "网" })[0]).toContain(
      'jobs i-1: bad-dimension: "网" can\'t be the value of dimension Host',
    );
  });

  it("tell disabled alarms, and share equal reasons", () => {
    const { skipped } = work(
      [policy({ alarms: [definition({ enabled: false })] })],
      [instance("i-1", { tags: managed }), instance("i-2", { tags: managed })],
    );
    expect(skipped.map(({ reason }) => reason.code)).toEqual(["disabled", "disabled"]);
    expect(skipped[0]?.reason).toBe(skipped[1]?.reason);
  });
});

describe("overrides", () => {
  it("change fields in order, later ones winning, lists and maps whole", () => {
    const alarms = [
      definition({
        actions: { alarm: ["oncall"], ok: ["oncall"] },
        dimensions: { InstanceId: "$resource.id", Extra: "x" },
      }),
    ];
    const overrides = [
      {
        select: { tags: { Role: { anyOf: ["batch"] } } },
        alarms: { "cpu-high": { threshold: 98, evaluationPeriods: 10 } },
      },
      {
        select: { names: ["b*"] },
        alarms: {
          "cpu-high": {
            threshold: 99,
            actions: { alarm: ["team"] },
            dimensions: { InstanceId: "$resource.id" },
          },
        },
      },
    ];
    const spec = [
      ...work(
        [policy({ alarms, overrides })],
        [instance("i-1", { name: "b1", tags: { ...managed, Role: "batch" } })],
      ).alarms.values(),
    ][0]?.spec;
    expect(spec).toMatchObject({
      threshold: 99,
      evaluationPeriods: 10,
      alarmActions: ["arn:aws:sns:eu-central-1:111122223333:web-team"],
      okActions: [],
      dimensions: [{ name: "InstanceId", value: "i-1" }],
    });
  });

  it("never leak from one resource to another (any cascade equals applying it by hand)", () => {
    const change = fc.record(
      {
        threshold: fc.integer(),
        period: fc.constantFrom(60, 300),
        severity: fc.constantFrom("info", "warning"),
        enabled: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const overrides = fc.array(fc.tuple(fc.constantFrom("a", "b", "ab"), change), { maxLength: 5 });
    fc.assert(
      fc.property(overrides, (cascade) => {
        const { alarms } = work(
          [
            policy({
              overrides: cascade.map(([letters, fields]) => ({
                select: { names: [...letters] },
                alarms: { "cpu-high": fields },
              })),
            }),
          ],
          ["a", "b"].map((name) => instance(`i-${name}`, { name, tags: managed })),
        );
        for (const name of ["a", "b"]) {
          const applied = cascade.filter(([letters]) => letters.includes(name)).map(([, fields]) => fields);
          const expected: AlarmDefinition = Object.assign({}, definition(), ...applied);
          const alarm = alarms.get(`web-team/production/cpu-high/i-${name}`);
          expect(alarm?.definition).toEqual(expected.enabled ? expected : undefined);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("dimensions with several values", () => {
  it("give an alarm for every combination", () => {
    const queue = bareDefinition({
      key: "queue",
      resourceTypes: [],
      namespace: "Acme",
      metricName: "Depth",
      dimensions: { Queue: ["in", "out"], Stage: ["prod", "test"], Team: "web" },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanThreshold",
    });
    const { alarms } = work([policy({ alarms: [queue] })], []);
    expect([...alarms.values()].map(({ spec }) => spec.alarmName)).toEqual([
      "queue-in-prod",
      "queue-in-test",
      "queue-out-prod",
      "queue-out-test",
    ]);
    expect(new Set([...alarms.keys()].map((key) => parseIdentity(key)?.variant)).size).toBe(4);
    expect([...alarms.values()][1]?.spec).toMatchObject({
      dimensions: [
        { name: "Queue", value: "in" },
        { name: "Stage", value: "test" },
        { name: "Team", value: "web" },
      ],
    });
  });

  it("keep their identities when one value becomes two, and whatever the order", () => {
    const of = (values: readonly string[]) => [
      ...work(
        [policy({ alarms: [definition({ dimensions: { InstanceId: "$resource.id", Disk: values } })] })],
        [instance("i-1", { tags: managed })],
      ).alarms.keys(),
    ];
    const two = of(["b", "a"]);
    expect(two).toContain(of(["a"])[0]);
    expect([...two].sort()).toEqual(of(["a", "b"]).sort());
  });

  it("are refused in absurd numbers", () => {
    const values = Array.from({ length: 101 }, (_, i) => `v${i}`);
    const absurd = definition({ dimensions: { InstanceId: "$resource.id", A: values, B: values } });
    expect(skips([policy({ alarms: [absurd] })], [instance("i-1", { tags: managed })])).toEqual([
      "cpu-high i-1: too-many-combinations: its dimensions have 10201 combinations, more than 10000: list fewer values or find fewer resources",
    ]);
  });

  it("vary together in the metrics of one alarm that list the same values", () => {
    const metric = (metricName: string, more: object = {}) => ({
      namespace: "Acme",
      metricName,
      dimensions: { Host: ["a", "b"], ...more },
      statistic: "Sum",
      period: 60,
    });
    const ratio = bareDefinition({
      key: "errors",
      resourceTypes: [],
      metrics: [
        { id: "e", ...metric("Errors", { Kind: "5xx" }) },
        { id: "n", ...metric("Requests") },
        { id: "r", expression: "100 * e / n" },
      ],
      evaluationPeriods: 1,
      threshold: 5,
      comparisonOperator: "GreaterThanThreshold",
    });
    const specs = [...work([policy({ alarms: [ratio] })], []).alarms.values()].map(({ spec }) => spec);
    expect(specs.map(({ alarmName }) => alarmName)).toEqual(["errors-a", "errors-b"]);
    expect(specs[1]).toMatchObject({
      metrics: [
        {
          metricStat: {
            dimensions: [
              { name: "Host", value: "b" },
              { name: "Kind", value: "5xx" },
            ],
          },
        },
        { metricStat: { dimensions: [{ name: "Host", value: "b" }] } },
        { returnData: true },
      ],
    });
  });

  it("are found from resources, which then own the alarms", () => {
    const hosts = definition({
      key: "load",
      resourceTypes: [],
      namespace: "Monitoring/Telegraf",
      metricName: "system_load1",
      dimensions: {
        host: {
          select: { types: ["ec2.instance"], tags: { Managed: { anyOf: ["Yes"] } } },
          value: "$resource.name",
        },
      },
    });
    const { select: _select, ...rest } = policy({ alarms: [hosts] });
    const overridden = {
      ...rest,
      overrides: [{ select: { names: ["db"] }, alarms: { load: { threshold: 50 } } }],
    };
    const resources = [
      instance("i-2", { name: "web", tags: managed }),
      instance("i-1", { name: "db", tags: managed }),
      instance("i-3", { name: "web", tags: managed }),
      instance("i-4", { name: "gone", tags: managed, state: "terminated" }),
      instance("i-5", { name: "other" }),
    ];
    const { alarms } = work([overridden], resources);
    expect([...alarms.keys()]).toEqual(["web-team/production/load/i-1", "web-team/production/load/i-2"]);
    expect(
      [...alarms.values()].map(({ spec, resource }) => [
        spec.alarmName,
        resource?.name,
        "threshold" in spec && spec.threshold,
      ]),
    ).toEqual([
      ["load-i-1", "db", 50],
      ["load-i-2", "web", 90],
    ]);
    expect([...alarms.values()][1]?.spec).toMatchObject({ dimensions: [{ name: "host", value: "web" }] });
    expect(skips([overridden], resources)).toEqual([
      "load -: same-dimensions: i-3 gives dimension host the same value as i-2 (web)",
    ]);
  });
});

describe("series", () => {
  const resources = [instance("i-1", { tags: managed }), instance("i-2", { tags: managed })];
  const run = (series: SeriesIndex) => work([policy({ alarms: [disk] })], resources, { series });

  it("give an alarm for each value, with the whole dimension set, and explain silence", () => {
    const series = disks(
      { InstanceId: "i-1", path: "/data", fstype: "xfs", device: "nvme1n1" },
      { InstanceId: "i-1", path: "/", fstype: "ext4", device: "nvme0n1p1" },
      { InstanceId: "i-1", path: "/run", fstype: "tmpfs", device: "tmpfs" },
      { InstanceId: "i-9", path: "/", fstype: "ext4", device: "xvda1" },
    );
    const { alarms, skipped } = run(series);
    expect([...alarms.values()].map(({ spec }) => spec.alarmName)).toEqual([
      "disk-full-i-1-/",
      "disk-full-i-1-/data",
    ]);
    expect([...alarms.values()][1]?.spec).toMatchObject({
      dimensions: [
        { name: "InstanceId", value: "i-1" },
        { name: "device", value: "nvme1n1" },
        { name: "fstype", value: "xfs" },
        { name: "path", value: "/data" },
      ],
    });
    expect([...alarms.values()][1]?.candidates).toBeUndefined();
    expect(skipped.map(({ reason }) => reason)).toEqual([
      { code: "no-series", text: "disk_used_percent not seen in 3 hours: is the agent alive?" },
    ]);
  });

  it("leave the choice between several to freshness, and never name the image", () => {
    const both = ["ami-1", "ami-2"].map((ImageId) => ({
      InstanceId: "i-1",
      path: "/",
      fstype: "ext4",
      ImageId,
    }));
    const [alarm] = run(disks(...both)).alarms.values();
    expect(alarm?.candidates).toHaveLength(2);
    expect(alarm?.spec.alarmName).toBe("disk-full-i-1-/");
    expect(alarm?.spec).toMatchObject({ dimensions: alarm?.candidates?.[0] });
    expect([...run(disks(...both.toReversed())).alarms.values()][0]?.candidates).toEqual(alarm?.candidates);
    expect([...run(disks(both[0] ?? {})).alarms.keys()]).toEqual([
      ...run(disks(both[1] ?? {})).alarms.keys(),
    ]);
  });

  it("that could not be read are no silence", () => {
    expect(run(new SeriesIndex()).skipped[0]?.reason.code).toBe("series-unknown");
  });
});

describe("bands and math", () => {
  it("draw a band around one metric", () => {
    const {
      threshold: _t,
      comparisonOperator: _o,
      ...net
    } = definition({ key: "net", metricName: "NetworkOut", band: 3 });
    const { alarms, diagnostics } = work([policy({ alarms: [net] })], [instance("i-1", { tags: managed })]);
    expect(diagnostics).toEqual([]);
    const [spec] = [...alarms.values()].map((alarm) => alarm.spec);
    expect(spec).toMatchObject({
      thresholdMetricId: "ad1",
      comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
      metrics: [
        {
          id: "m1",
          returnData: true,
          metricStat: {
            metricName: "NetworkOut",
            period: 300,
            stat: "Average",
            dimensions: [{ name: "InstanceId", value: "i-1" }],
          },
        },
        { id: "ad1", returnData: true, expression: "ANOMALY_DETECTION_BAND(m1, 3)" },
      ],
    });
    expect(spec).not.toHaveProperty("threshold");
    expect(spec).not.toHaveProperty("metricName");
  });

  it("judge what nothing else uses", () => {
    const traffic = (metricName: string, statistic: string) => ({
      namespace: "AWS/EC2",
      metricName,
      dimensions: { InstanceId: "$resource.id" },
      statistic,
      period: 300,
    });
    const math = bareDefinition({
      key: "throughput",
      metrics: [
        { id: "in", ...traffic("NetworkIn", "Sum") },
        { id: "out", ...traffic("NetworkOut", "Maximum") },
        { id: "mbit", expression: "(in + out) / 300 * 8 / 1024 / 1024" },
      ],
      evaluationPeriods: 3,
      datapointsToAlarm: 1,
      threshold: 10,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
    });
    const { alarms, diagnostics } = work([policy({ alarms: [math] })], [instance("i-1", { tags: managed })]);
    expect(diagnostics).toEqual([]);
    const stat = (metricName: string, stat: string) => ({
      namespace: "AWS/EC2",
      metricName,
      dimensions: [{ name: "InstanceId", value: "i-1" }],
      period: 300,
      stat,
    });
    expect([...alarms.values()][0]?.spec).toMatchObject({
      metrics: [
        { id: "in", returnData: false, metricStat: stat("NetworkIn", "Sum") },
        { id: "out", returnData: false, metricStat: stat("NetworkOut", "Maximum") },
        { id: "mbit", returnData: true },
      ],
    });
  });
});

describe("composite alarms", () => {
  const both = bareDefinition({
    key: "ill",
    resourceTypes: [],
    alarmRule: 'ALARM($cpu-high) AND (ALARM($disk-full) OR NOT OK("deploy window"))',
    actionsSuppressor: "$cpu-high",
    actionsSuppressorWaitPeriod: 60,
    actionsSuppressorExtensionPeriod: 60,
  });
  const alarms = [both, definition(), disk];
  const series = disks({ InstanceId: "i-1", path: "/" }, { InstanceId: "i-1", path: "/data disk" });
  const resources = [instance("i-1", { tags: managed })];

  it("refer to their siblings of the same resource, all of one key", () => {
    const { alarms: found, diagnostics } = work([policy({ alarms })], resources, { series });
    expect(diagnostics).toEqual([]);
    expect(found.get("web-team/production/ill/i-1")?.spec).toMatchObject({
      kind: "composite",
      alarmName: "ill-i-1",
      alarmRule:
        'ALARM(cpu-high-i-1) AND (ALARM(disk-full-i-1-/) OR ALARM("disk-full-i-1-/data disk") OR NOT OK("deploy window"))',
      actionsSuppressor: "cpu-high-i-1",
    });
  });

  it("are skipped with their siblings", () => {
    expect(skips([policy({ alarms })], resources, { series: disks() })).toContain(
      'ill i-1: sibling-skipped: its rule needs "disk-full": disk_used_percent not seen in 3 hours: is the agent alive?',
    );
  });

  it("that refer to nothing or to themselves are errors", () => {
    const of = (alarmRule: string) =>
      work([policy({ alarms: [definition(), bareDefinition({ key: "c", alarmRule })] })], resources)
        .diagnostics;
    expect(of("ALARM($cpu-hihg)")[0]).toMatchObject({
      severity: "error",
      code: "unknown-alarm",
      message:
        'alarm "c" of policy "production": "$cpu-hihg" is no alarm of this policy. Did you mean "cpu-high"?',
    });
    expect(of("ALARM($c)").map(({ code }) => code)).toContain("composite-cycle");
    expect(of("ALARM(").map(({ code }) => code)).toContain("composite-rule");
  });
});

describe("diagnostics", () => {
  const resources = [instance("i-1", { tags: managed }), instance("i-2", { tags: managed })];

  it("name both alarms that give one name, with places", () => {
    const position = (line: number) => ({ file: "watchkeeper.yaml", line, column: 5 });
    const first = policy({ alarms: [definition({ position: position(10) })] });
    const second = policy({ name: "web", alarms: [definition({ position: position(20) })] });
    const { alarms, diagnostics } = work([first, second], resources);
    expect(alarms.size).toBe(0);
    expect(diagnostics).toEqual([
      {
        severity: "error",
        code: "duplicate-alarm",
        message:
          'alarm "cpu-high" of policy "web": would have the name "cpu-high-i-1" (and 1 more), which alarm "cpu-high" of policy "production" (watchkeeper.yaml:10:5) has; select apart, or give one of them a name of its own',
        path: "watchkeeper.yaml",
        line: 20,
        column: 5,
      },
    ]);
  });

  it("tell names that several resources share: none of them gets it, whoever has it keeps it", () => {
    const named = resources.map((resource) => ({ ...resource, name: "web" }));
    const composite = bareDefinition({ key: "ill", alarmRule: "ALARM($cpu-high)" });
    const alarms = [definition({ name: "$resource.name cpu" }), composite, definition({ key: "status" })];
    const worked = work([policy({ alarms })], named);
    expect(worked.diagnostics).toMatchObject([
      {
        severity: "warning",
        message:
          'alarm "cpu-high" of policy "production": would have the name "web cpu", which its alarm for i-1 has; put $resource.id into its name',
      },
    ]);
    expect([...worked.alarms.values()].map(({ name }) => name)).toEqual(["status-i-1", "status-i-2"]);
    const identity = {
      configuration: "web-team",
      policy: "production",
      alarm: "cpu-high",
      resource: "i-2",
      variant: "",
    };
    expect(worked.fateOf(identity)).toMatchObject({ verdict: "keep", reason: { code: "duplicate-name" } });
    expect(worked.fateOf({ ...identity, alarm: "ill" })).toMatchObject({ verdict: "keep" });
    expect(worked.skipped.map(({ alarm, reason }) => `${alarm} ${reason.code}`)).toEqual([
      "cpu-high duplicate-name",
      "cpu-high duplicate-name",
      "ill sibling-skipped",
      "ill sibling-skipped",
    ]);
    expect(work([policy({ alarms: [definition({ name: "cpu" })] })], resources).diagnostics[0]?.code).toBe(
      "name-not-unique",
    );
  });

  it("tell each definition's mistakes once, and leave its alarms out", () => {
    const { alarms, diagnostics } = work(
      [policy({ alarms: [definition({ period: 45 }), definition({ key: "ok" })] })],
      resources,
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["period"]);
    expect([...alarms.values()].map(({ definition: { key } }) => key)).toEqual(["ok", "ok"]);
  });

  it("tell actions of another region", () => {
    const topics = { team: { key: "team", arn: "arn:aws:sns:us-east-1:111122223333:team" } };
    const { diagnostics } = work([policy()], resources, { configuration: { topics } });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'alarm "cpu-high" of policy "production": topic "team" (arn:aws:sns:us-east-1:111122223333:team) is in us-east-1: alarms in eu-central-1 need a target there. Give the topic a name to have one in every region',
    ]);
  });

  it("tell $resource where there is none", () => {
    const { select: _select, ...rest } = policy();
    expect(work([rest], resources).diagnostics.map(({ code }) => code)).toEqual(["no-resource"]);
  });
});

describe("identities", () => {
  it("are read back as they are, whatever resources are called", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9:/._-]{1,40}$/);
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 5 }), (ids) => {
        const { alarms } = work(
          [policy()],
          ids.map((each) => instance(each, { tags: managed })),
        );
        expect(alarms.size).toBe(ids.length);
        for (const key of alarms.keys()) {
          const identity = parseIdentity(key);
          expect(identity && formatIdentity(identity)).toBe(key);
        }
      }),
    );
  });

  it("don't depend on the order of resources", () => {
    const resources = ["i-3", "i-1", "i-2"].map((id) => instance(id, { tags: managed }));
    fc.assert(
      fc.property(fc.shuffledSubarray(resources, { minLength: 3 }), (shuffled) => {
        expect(names([policy()], shuffled)).toEqual(["cpu-high-i-1", "cpu-high-i-2", "cpu-high-i-3"]);
      }),
    );
  });
});
