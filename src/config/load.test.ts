import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfiguration } from "./load.ts";
import { complaints, loaded, registries } from "./test-fixtures.ts";

const SKETCH = `version: 1
name: web-team                              # owns what it creates; part of every alarm's identity
expectAccounts: ["111122223333"]
regions: [eu-central-1]
policies:
  - name: production
    select: { type: ec2.instance, tags: { Managed: "Yes" } }
    pack: essentials                        # watchkeeper packs show essentials
    overrides:
      - select: { tags: { Role: batch } }
        alarms:
          cpu-high: { threshold: 98, evaluationPeriods: 10, datapointsToAlarm: 10 }
          network-out: { enabled: false }
    alarms:
      queue-age:
        namespace: Acme/Worker
        metricName: OldestJobSeconds
        dimensions: { InstanceId: $resource.id }
        statistic: Maximum
        period: 1m
        evaluationPeriods: 5
        datapointsToAlarm: 3
        comparisonOperator: GreaterThanThreshold
        threshold: 900
        severity: critical
severities:
  critical: { alarm: [oncall], ok: [oncall] }
  warning:  { alarm: [team] }
topics:                                     # one a region and account, made by the plan
  oncall: { name: CloudWatch-Alarms }
  team:   { name: web-team }
limits: { deletes: { percent: 10 }, monthlyCost: 500 }
`;

/** A small right configuration with these lines in a policy for instances. */
const inPolicy = (lines: string): string =>
  `version: 1
name: a
regions: [eu-central-1]
policies:
  - name: p
    select: { type: ec2.instance }
${lines}
`;

const METRIC = `namespace: A, metricName: B, statistic: Sum, period: 1m, evaluationPeriods: 3, comparisonOperator: GreaterThanThreshold, threshold: 1, dimensions: { InstanceId: $resource.id }`;

describe("a configuration", () => {
  it("is read whole, with defaults filled in", () => {
    const configuration = loaded(SKETCH);
    expect(complaints(SKETCH)).toEqual([]);
    expect(configuration).toMatchObject({
      version: 1,
      name: "web-team",
      file: "w.yaml",
      expectAccounts: ["111122223333"],
      regions: ["eu-central-1"],
      accounts: [{}],
      severities: {
        critical: { alarm: ["oncall"], ok: ["oncall"], insufficientData: [] },
        warning: { alarm: ["team"], ok: [], insufficientData: [] },
        info: { alarm: [], ok: [], insufficientData: [] },
      },
      topics: {
        oncall: { key: "oncall", name: "CloudWatch-Alarms" },
        team: { key: "team", name: "web-team" },
      },
      limits: { deletes: { percent: 10, minimum: 5 }, monthlyCost: 500 },
    });
    expect(configuration.hash).toMatch(/^[0-9a-f]{64}$/);
    const [policy] = configuration.policies;
    expect(policy).toMatchObject({
      name: "production",
      select: { types: ["ec2.instance"], tags: { Managed: { anyOf: ["Yes"] } } },
      existing: "warn",
      merge: "keep",
      quietStart: false,
      includeAutoScalingMembers: false,
      position: { file: "w.yaml", line: 6, column: 11 },
    });
    expect(policy?.overrides).toEqual([
      {
        select: { tags: { Role: { anyOf: ["batch"] } } },
        alarms: {
          "cpu-high": { threshold: 98, evaluationPeriods: 10, datapointsToAlarm: 10 },
          "network-out": { enabled: false },
        },
      },
    ]);
    expect(policy?.alarms.at(-1)).toEqual({
      key: "queue-age",
      enabled: true,
      severity: "critical",
      about: { notes: [] },
      resourceTypes: ["ec2.instance"],
      when: {},
      requireSeen: false,
      namespace: "Acme/Worker",
      metricName: "OldestJobSeconds",
      dimensions: { InstanceId: "$resource.id" },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 900,
      position: { file: "w.yaml", line: 15, column: 7 },
    });
    const position = { file: "w.yaml", line: 8, column: 11 };
    expect(policy?.alarms.slice(0, -1)).toEqual(
      registries.packs["essentials"]?.alarms.map((alarm) => ({ ...alarm, position })),
    );
  });

  it("tells one text from another by its hash, and bytes from text not at all", () => {
    const bytes = loadConfiguration(new TextEncoder().encode(SKETCH), "w.yaml", registries);
    expect(bytes.configuration).toEqual(loaded(SKETCH));
    expect(loaded(`${SKETCH}# more\n`).hash).not.toBe(loaded(SKETCH).hash);
  });

  it("says where a misspelt alarm of a pack is, and what was meant", () => {
    const text = SKETCH.replace("cpu-high:", "cpu_high:");
    expect(complaints(text)).toEqual([
      '12:11  unknown alarm "cpu_high" in pack "essentials". Did you mean "cpu-high"?',
    ]);
  });

  it("reports everything that is wrong, in the order of the lines", () => {
    const text = SKETCH.replace("name: web-team  ", "nmae: web-team  ")
      .replace("eu-central-1]", "eu-central-1a]")
      .replace("ec2.instance,", "ec2.instnce,")
      .replace("network-out:", "network_out:")
      .replace("threshold: 900", "treshold: 900")
      .replace("[team]", "[teem]")
      .replace("percent: 10", "percent: 101");
    expect(complaints(text)).toEqual([
      '1:1  name is missing: for example "web-team"',
      '2:1  unknown key "nmae". Did you mean "name"?',
      '4:11  regions[0] must be a region: "eu-central-1a" is an availability zone, write eu-central-1',
      '7:21  unknown resource type "ec2.instnce". Did you mean "ec2.instance"?',
      '13:11  unknown alarm "network_out" in pack "essentials". Did you mean "network-out"?',
      '24:9  unknown key "treshold" in queue-age. Did you mean "threshold"?',
      '28:23  unknown topic "teem". Did you mean "team"?',
      "32:31  percent must be at most 100, not 101",
    ]);
  });

  it.each<[string, string, string]>([
    ["nothing", "", "1:1  the file is empty: watchkeeper init writes one to begin with"],
    ["comments only", "# nothing yet\n", "1:1  the file is empty: watchkeeper init writes one to begin with"],
    ["a list", "- a\n", "1:1  a configuration is a mapping that begins with version: 1"],
    [
      "a newer version",
      "version: 2\nnews: true\n",
      "1:10  this file is of version 2; this watchkeeper reads version 1: upgrade watchkeeper",
    ],
    ["no version", "name: a\npolicies: []\n", "1:1  version is missing: begin with version: 1"],
    ["another version", "version: 0\nname: a\npolicies: []\n", "1:10  version must be 1, not 0"],
    [
      "no policies",
      "version: 1\nname: a\n",
      "1:1  policies is missing: write policies: [] where you want none",
    ],
    [
      "policies left empty",
      "version: 1\nname: a\npolicies:\n",
      "3:10  policies has no value: give it one, or remove the line",
    ],
    [
      "a name with a slash",
      "version: 1\nname: a/b\npolicies: []\n",
      '2:7  name must be lower-case letters, digits, ".", "_" or "-", 64 at most, for example "web-team", not "a/b"',
    ],
    ["syntax", "version: 1\nname: 'a\n", "3:1  this isn't YAML: missing closing 'quote"],
  ])("refuses %s", (_, text, expected) => expect(complaints(text)).toEqual([expected]));

  it("never throws, whatever line of a right one is damaged", () => {
    const lines = SKETCH.split("\n");
    const damage = fc.constantFrom(
      "",
      "  ",
      "x: y",
      "- 1",
      "{",
      "]",
      "null",
      "a: [",
      "  version: []",
      "\t",
      "&a *a",
      ": ",
      "true",
    );
    fc.assert(
      fc.property(fc.nat(lines.length - 1), damage, fc.boolean(), (index, text, replace) => {
        const changed = lines.toSpliced(index, replace ? 1 : 0, text);
        const { configuration, diagnostics } = loadConfiguration(changed.join("\n"), "w.yaml", registries);
        expect(configuration !== undefined).toBe(!diagnostics.some(({ severity }) => severity === "error"));
        for (const { line, column, path } of diagnostics)
          expect([typeof line, typeof column, path]).toEqual(["number", "number", "w.yaml"]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("an alarm", () => {
  const alarm = (fields: string): string => inPolicy(`    alarms:\n      q: { ${fields} }`);

  it.each<[string, string, string]>([
    [
      "a text for a threshold",
      METRIC.replace("threshold: 1", "threshold: 2 * sd"),
      'threshold must be a number, not "2 * sd": expressions are not supported by this version',
    ],
    [
      "a quoted number",
      METRIC.replace("threshold: 1", 'threshold: "90"'),
      "threshold must be a plain number: write 90",
    ],
    [
      "a percent sign",
      METRIC.replace("threshold: 1", "threshold: 90 %"),
      "threshold must be a plain number: write 90",
    ],
    [
      "tags",
      `${METRIC}, tags: { a: b }`,
      'unknown key "tags" in q. Alarm tags of your own are not supported by this version: remove it',
    ],
    [
      "a duration with an unknown unit",
      METRIC.replace("1m", "5min"),
      'period must be a duration such as 60 (seconds), "90s" or 5m, not "5min"',
    ],
    ["no period at all", METRIC.replace("1m", "0"), "period must be more than 0"],
    [
      "half a data point",
      METRIC.replace("Periods: 3", "Periods: 1.5"),
      "evaluationPeriods must be a whole number, not 1.5",
    ],
    [
      "more breaching points than points",
      `${METRIC}, datapointsToAlarm: 4`,
      'alarm "q" asks for 4 breaching of 3 data points: datapointsToAlarm must be at most evaluationPeriods',
    ],
    ["no statistic", METRIC.replace("statistic: Sum, ", ""), 'alarm "q" needs statistic'],
    [
      "nothing to watch",
      "threshold: 3",
      'alarm "q" watches nothing: give it namespace and metricName, metrics (metric math), or alarmRule (composite)',
    ],
    [
      "a metric and metric math",
      `${METRIC.replace(", dimensions", ", metrics: [{ id: a, expression: b }], dimensions")}`,
      "namespace doesn't go with metrics (metric math): remove one",
    ],
    [
      "a composite with a threshold",
      "alarmRule: ALARM(x), threshold: 1",
      "threshold doesn't go with alarmRule (a composite alarm): remove one",
    ],
    [
      "a band with a threshold",
      `${METRIC}, band: 2`,
      "threshold doesn't go with band (an anomaly band has no fixed threshold): remove one",
    ],
    [
      "a band's operator without a band",
      METRIC.replace("GreaterThanThreshold", "GreaterThanUpperThreshold"),
      "comparisonOperator GreaterThanUpperThreshold needs a band: use GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold",
    ],
    [
      "an unknown fact",
      `${METRIC}, when: { burstble: true }`,
      'ec2.instance has no fact "burstble". Did you mean "burstable"?',
    ],
    [
      "an unknown severity",
      `${METRIC}, severity: critcal`,
      'unknown severity "critcal". Did you mean "critical"?',
    ],
    [
      "an unknown action",
      `${METRIC}, actions: { alarm: ec2:rebot }`,
      'unknown action "ec2:rebot". Did you mean "ec2:reboot"?',
    ],
    [
      "CloudWatch's spelling",
      METRIC.replace("metricName", "MetricName"),
      'unknown key "MetricName" in q. Did you mean "metricName"?',
    ],
    [
      "a type that the policy doesn't select",
      `${METRIC}, appliesTo: ebs.volume`,
      'alarm "q" applies to ebs.volume, but the policy selects ec2.instance only',
    ],
    [
      "the same alarm for every resource",
      `${METRIC.replace("$resource.id", "i-1")}, appliesTo: ec2.instance`,
      'alarm "q" would be the same for every resource: use $resource.id in a dimension, or leave appliesTo out',
    ],
    [
      "a rule about an unknown alarm",
      "alarmRule: ALARM($r)",
      'unknown alarm "$r" in policy "p". Did you mean "q"?',
    ],
    ["a rule about itself", "alarmRule: ALARM($q)", 'alarm "q" depends on itself through "$q"'],
  ])("can't have %s", (_, fields, expected) => {
    const said = complaints(alarm(fields)).map((line) => line.replace(/^\d+:\d+ {2}/, ""));
    expect(said).toContain(expected);
    expect(complaints(alarm(fields)).every((line) => line.startsWith("8:"))).toBe(true);
  });

  it("is made for what the policy selects when a dimension speaks of $resource, else for no resource", () => {
    const read = (fields: string) => loaded(alarm(fields)).policies[0]?.alarms[0];
    expect(read(METRIC)?.resourceTypes).toEqual(["ec2.instance"]);
    expect(read(METRIC.replace("$resource.id", "i-1"))?.resourceTypes).toEqual([]);
    const found = "{ select: { tags: { Role: db } }, value: $resource.tags.Host }";
    expect(read(`${METRIC.replace("$resource.id", found)}, name: q-$resource.name`)).toMatchObject({
      resourceTypes: [],
      dimensions: {
        InstanceId: { select: { tags: { Role: { anyOf: ["db"] } } }, value: "$resource.tags.Host" },
      },
    });
  });

  it("must say its type where the policy selects several", () => {
    const text = alarm(METRIC).replace("type: ec2.instance", "type: [ec2.instance, ebs.volume]");
    expect(complaints(text)).toEqual([
      '8:7  alarm "q" must say which type it applies to, for example appliesTo: ec2.instance',
    ]);
  });

  it("may be composite: it is made for the types that its alarms share", () => {
    const text = inPolicy(
      `    alarms:\n      both: { alarmRule: ALARM($a) AND NOT ALARM($global), actionsSuppressor: $global }\n      a: { ${METRIC} }\n      global: { ${METRIC.replace("$resource.id", "x")} }`,
    );
    expect(loaded(text).policies[0]?.alarms).toMatchObject([
      {
        key: "both",
        resourceTypes: ["ec2.instance"],
        actionsSuppressor: "$global",
        actionsSuppressorWaitPeriod: 60,
        actionsSuppressorExtensionPeriod: 60,
      },
      { key: "a", resourceTypes: ["ec2.instance"] },
      { key: "global", resourceTypes: [] },
    ]);
  });

  it("takes durations, lists and text as people write them", () => {
    const fields = `${METRIC.replace("1m", "1h30m").replace("{ InstanceId: $resource.id }", "{ InstanceId: $resource.id, port: 8080, version: 1.0, path: [/, 007] }")}, actions: { alarm: ec2:reboot }, notes: one, series: { each: disk, exclude: { n: [1.0] } }`;
    expect(loaded(alarm(fields)).policies[0]?.alarms[0]).toMatchObject({
      period: 5400,
      dimensions: { InstanceId: "$resource.id", port: "8080", version: "1.0", path: ["/", "007"] },
      actions: { alarm: ["ec2:reboot"] },
      about: { notes: ["one"] },
      series: { each: ["disk"], exclude: { n: ["1.0"] } },
    });
  });

  it("has a band in place of a threshold", () => {
    const fields = METRIC.replace("comparisonOperator: GreaterThanThreshold, threshold: 1", "band: 3");
    expect(loaded(alarm(fields)).policies[0]?.alarms[0]).toMatchObject({
      band: 3,
      comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
    });
  });
});

describe("an override", () => {
  const override = (fields: string): string =>
    inPolicy(`    pack: essentials\n    overrides:\n      - alarms:\n          ${fields}`);

  it("without select is for all resources", () => {
    expect(loaded(override("cpu-high: { enabled: false }")).policies[0]?.overrides).toEqual([
      { select: {}, alarms: { "cpu-high": { enabled: false } } },
    ]);
  });

  it("completes notes and series from the alarm it changes", () => {
    const text = override("disk-full-warning: { runbook: call Ann, series: { exclude: { path: /boot } } }");
    const changed = loaded(text).policies[0]?.overrides[0]?.alarms["disk-full-warning"];
    const original = registries.packs["essentials"]?.alarms.find(({ key }) => key === "disk-full-warning");
    expect(changed?.about).toEqual({ ...original?.about, runbook: "call Ann" });
    expect(changed?.series).toEqual({
      each: ["path"],
      exclude: { ...original?.series?.exclude, path: ["/boot"] },
    });
  });

  it("is judged together with the alarm it changes", () => {
    expect(complaints(override("status-ebs: { evaluationPeriods: 5 }"))).toEqual([
      '10:44  alarm "status-ebs" asks for 10 breaching of 5 data points: datapointsToAlarm must be at most evaluationPeriods',
    ]);
    expect(complaints(override("cpu-high: { band: 2 }"))).toEqual([
      "10:11  threshold doesn't go with band (an anomaly band has no fixed threshold): remove one",
      expect.stringContaining("comparisonOperator GreaterThanThreshold doesn't go with a band"),
    ]);
  });

  it("of an own alarm whose form is wrong adds no second complaint", () => {
    const text = inPolicy(
      "    alarms:\n      q: { tresholds: 3 }\n    overrides:\n      - alarms: { q: { threshold: 3 } }",
    );
    expect(complaints(text)).toHaveLength(1);
  });
});

describe("policies", () => {
  const two = (first: string, second: string): string =>
    `version: 1\nname: a\npolicies:\n  - ${first}\n  - ${second}\n`;

  it("can't share a name", () => {
    const policy = "{ name: p, select: { type: ec2.instance }, pack: essentials }";
    expect(complaints(two(policy, policy))).toEqual([
      '5:13  two policies are named "p"; the first is at w.yaml:4:13. Give this one another name',
    ]);
  });

  it("can't give one name to two alarms of no resource", () => {
    const alarm = METRIC.replace("$resource.id", "x");
    expect(
      complaints(two(`{ name: p, alarms: { a: { ${alarm} } } }`, `{ name: q, alarms: { a: { ${alarm} } } }`)),
    ).toEqual([
      expect.stringMatching(
        /^5:26 {2}alarms "a" and "a" \(w\.yaml:4:26\) would both be named "a": give this one another name$/,
      ),
    ]);
  });

  it("can't give one name to two alarms of the same resource", () => {
    const text = inPolicy(
      `    alarms:\n      a: { name: x-$resource.id, ${METRIC} }\n      b: { name: x-$resource.id, ${METRIC} }`,
    );
    expect(complaints(text)).toEqual([
      '9:18  alarms "b" and "a" (w.yaml:8:7) would both be named "x-$resource.id": give this one another name',
    ]);
  });

  it.each<[string, string, string]>([
    ["no alarms", "{ name: p }", '4:5  policy "p" has no alarms: give it a pack or alarms of its own'],
    [
      "a pack but no selector",
      "{ name: p, pack: essentials }",
      '4:22  the alarms of pack "essentials" belong to resources: say which with select',
    ],
    [
      "an empty selector",
      "{ name: p, select: { tags: {} }, pack: essentials }",
      "4:24  select is empty and would choose every resource there is: say at least { type: ec2.instance }",
    ],
    [
      "an unknown pack",
      "{ name: p, select: { type: ec2.instance }, pack: esentials }",
      '4:54  unknown pack "esentials". Did you mean "essentials"?',
    ],
    [
      "a pack named like something that every object has",
      "{ name: p, select: { type: ec2.instance }, pack: constructor }",
      '4:54  unknown pack "constructor". There are: essentials, classic',
    ],
    [
      "a pack's alarm once more",
      `{ name: p, select: { type: ec2.instance }, pack: essentials, alarms: { cpu-high: { ${METRIC} } } }`,
      '4:76  alarm "cpu-high" is in pack "essentials" already: write what differs under overrides, or choose another key',
    ],
    [
      "a key that isn't one",
      `{ name: p, select: { type: ec2.instance }, alarms: { CPU High: { ${METRIC} } } }`,
      '4:58  "CPU High" is no alarm key: keys are lower-case words joined by hyphens, 64 characters at most, such as cpu-high',
    ],
  ])("can't have %s", (_, policy, expected) =>
    expect(complaints(`version: 1\nname: a\npolicies:\n  - ${policy}\n`)).toEqual([expected]),
  );
});

describe("selectors", () => {
  const select = (text: string): string =>
    `version: 1\nname: a\npolicies:\n  - name: p\n    pack: essentials\n    select: ${text}\n`;

  it("take every key, one value or several", () => {
    const text =
      '{ type: [ec2.instance, ebs.volume], tags: { A: x, B: [y, "1"], C: { exists: true }, D: { exists: false }, E: { pattern: "w-*" } }, state: running, name: "web-*", id: [i-1, i-2], dnsName: "*.example.com", region: eu-*, account: 012345678901 }';
    expect(loaded(select(text)).policies[0]?.select).toEqual({
      types: ["ec2.instance", "ebs.volume"],
      tags: {
        A: { anyOf: ["x"] },
        B: { anyOf: ["y", "1"] },
        C: { exists: true },
        D: { exists: false },
        E: { pattern: "w-*" },
      },
      states: ["running"],
      names: ["web-*"],
      ids: ["i-1", "i-2"],
      dnsNames: ["*.example.com"],
      regions: ["eu-*"],
      accounts: ["012345678901"],
    });
  });

  it("take tag values as people write them, and say so where YAML sees no text", () => {
    const text = select("{ tags: { Managed: Yes, Flag: true, Code: [0123, off, 1.50] } }");
    expect(loaded(text).policies[0]?.select?.tags).toEqual({
      Managed: { anyOf: ["Yes"] },
      Flag: { anyOf: ["true"] },
      Code: { anyOf: ["0123", "off", "1.50"] },
    });
    expect(complaints(text)).toEqual([
      '6:43  warning: tag values are text: true is taken as "true"; put quotes around it to say so',
      '6:56  warning: tag values are text: 0123 is taken as "0123"; put quotes around it to say so',
      '6:67  warning: tag values are text: 1.50 is taken as "1.50"; put quotes around it to say so',
    ]);
  });

  it.each<[string, string]>([
    ["{ tags: { A: } }", "6:26  A has no value: give it one, or remove the line"],
    ["{ tags: { A: { exits: true } } }", '6:28  unknown key "exits" in A. Did you mean "exists"?'],
    ["{ tags: { A: { exists: true, pattern: x } } }", "6:26  A must say either exists or pattern"],
    ["{ type: [] }", "6:21  type must not be empty"],
    ["{ tag: { A: b } }", '6:15  unknown key "tag" in select. Did you mean "tags"?'],
  ])("refuse %s", (text, expected) => expect(complaints(select(text))).toContain(expected));
});

describe("accounts and regions", () => {
  const top = (lines: string): string => `version: 1\nname: a\npolicies: []\n${lines}\n`;

  it("are taken with role, external id and regions of their own", () => {
    const configuration = loaded(
      top(
        'expectAccounts: ["111122223333", 012345678901]\nregions: [eu-west-1, eu-central-1]\naccounts:\n  - { name: main, profile: ops }\n  - { role: "arn:aws:iam::111122223333:role/ci/watch", externalId: x, sessionName: wk, regions: [us-east-1] }',
      ),
    );
    expect(configuration.expectAccounts).toEqual(["111122223333", "012345678901"]);
    expect(configuration.accounts).toMatchObject([
      { name: "main", profile: "ops" },
      {
        roleArn: "arn:aws:iam::111122223333:role/ci/watch",
        externalId: "x",
        sessionName: "wk",
        regions: ["us-east-1"],
      },
    ]);
  });

  it("are named once", () => {
    expect(complaints(top("regions: [eu-west-1, eu-west-1]"))).toEqual([
      "4:22  warning: region eu-west-1 is given twice: once is enough",
    ]);
    expect(loaded(top("regions: [eu-west-1, eu-west-1]")).regions).toEqual(["eu-west-1"]);
    expect(complaints(top("accounts:\n  - name: x\n  - name: x"))).toEqual([
      '6:11  two accounts are named "x"; the first is in line 5. Give this one another name',
    ]);
  });

  it.each<[string, string]>([
    [
      "regions: [eu-west-1, cn-north-1]",
      "4:1  one account has regions of one partition only, these are of aws and aws-cn: list accounts with regions of their own",
    ],
    [
      'regions: [cn-north-1]\naccounts: [{ role: "arn:aws:iam::111122223333:role/x" }]',
      "5:20  this role is in partition aws, but cn-north-1 is in aws-cn: give the account regions of its own",
    ],
    [
      'expectAccounts: ["111122223333"]\naccounts: [{ role: "arn:aws:iam::999922223333:role/x" }]',
      "5:20  this role is in account 999922223333, which expectAccounts doesn't list: add it there, or correct the role",
    ],
    ["accounts: [{ externalId: x }]", "4:14  externalId only means something together with role"],
    [
      "accounts: [{ role: admin }]",
      '4:20  role must be a role\'s ARN such as arn:aws:iam::111122223333:role/watchkeeper, not "admin"',
    ],
    [
      "expectAccounts: [42]",
      "4:18  account id 42 has 2 digits, an account id has 12: put it in quotes with its leading zeros",
    ],
  ])("refuse %s", (lines, expected) => expect(complaints(top(lines))).toEqual([expected]));
});

describe("topics and actions", () => {
  const sending = (topic: string, more = "regions: [eu-west-1, eu-central-1]"): string =>
    `version: 1\nname: a\n${more}\npolicies:\n  - { name: p, select: { type: ec2.instance }, pack: essentials }\nseverities: { critical: { alarm: t } }\ntopics: { t: { arn: "${topic}" } }\n`;

  it("an ARN serves its own region and partition only", () => {
    expect(complaints(sending("arn:aws:sns:eu-west-1:111122223333:x"))).toEqual([
      '7:21  topic "t" is in eu-west-1, but policy "p" has alarms in eu-central-1: an alarm can only act in its own region. A topic with name in place of arn is made in every region',
    ]);
    expect(complaints(sending("arn:aws:sns:cn-north-1:111122223333:x", "regions: [cn-north-1]"))).toEqual([
      expect.stringContaining('topic "t" is in partition aws, but policy "p" has alarms in cn-north-1'),
    ]);
    expect(complaints(sending("arn:aws:sns:eu-west-1:111122223333:x.fifo", "regions: [eu-west-1]"))).toEqual(
      [],
    );
    expect(
      complaints(sending("arn:aws:sns:eu-west-1:111122223333:x", "accounts: [{ regions: [us-east-1] }]")),
    ).toEqual([expect.stringContaining("has alarms in us-east-1")]);
  });

  it("an ARN that no alarm of another region uses is right", () => {
    const narrow = sending("arn:aws:sns:eu-west-1:111122223333:x").replace(
      "type: ec2.instance",
      "type: ec2.instance, region: eu-west-*",
    );
    expect(complaints(narrow)).toEqual([]);
    const unused = sending("arn:aws:sns:us-east-1:111122223333:x").replace("critical:", "urgent:");
    expect(complaints(unused)).toEqual([]);
  });

  it("an ARN written as an action is judged at its place", () => {
    const text = sending("arn:aws:sns:eu-west-1:111122223333:x", "regions: [eu-west-1]").replace(
      "alarm: t",
      "alarm: [t, 'arn:aws:lambda:us-east-1:111122223333:function:f']",
    );
    expect(complaints(text)).toEqual([
      expect.stringMatching(/^6:38 {2}this action is in us-east-1, but policy "p" has alarms in eu-west-1/),
    ]);
  });

  it.each<[string, string]>([
    [
      "{ t: { name: x.fifo } }",
      "name can't be a FIFO topic: watchkeeper makes standard topics; make that one yourself and give its arn",
    ],
    ["{ t: {} }", "t must say either name or arn"],
    ["{ t: { name: a, arn: 'arn:aws:sns:eu-west-1:111122223333:a' } }", "t must say either name or arn"],
    [
      "{ t: { name: x }, u: { name: x } }",
      'topics "t" (line 4) and "u" are the same topic: use one key for both',
    ],
  ])("refuse %s", (topics, expected) => {
    const said = complaints(`version: 1\nname: a\npolicies: []\ntopics: ${topics}\n`);
    expect(said.map((line) => line.replace(/^4:\d+ {2}/, ""))).toEqual([expected]);
  });
});
