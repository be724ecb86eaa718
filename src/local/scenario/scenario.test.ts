import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  DescribeInstancesCommand,
  paginateDescribeInstances,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ec2Client, IMAGE, refusal, START } from "../../../test/support/ec2-cloud.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { DEFAULT_ACCOUNTS } from "../accounts.ts";
import { Cloud } from "../cloud.ts";
import { dnsRecordsKey } from "../dns-records.ts";
import { privateAddressOf } from "../fleet/network.ts";
import { metricStoreKey } from "../metrics/metric-store-key.ts";
import { createLocalCloud } from "../server.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { terminateInstance } from "../services/ec2/power.ts";
import { applyScenario, cloudOptions, scaleScenario } from "./apply.ts";
import { loadScenario, parseScenario, type Scenario } from "./scenario.ts";
import { scenarioSchema } from "./schema.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../../examples/scenarios");
const host = () => START.getTime();

const complaints = (yaml: string, readText?: (path: string) => string) =>
  parseScenario(yaml, "s.yaml", readText).diagnostics.map(formatDiagnostic);
function parsed(yaml: string, readText?: (path: string) => string): Scenario {
  const { scenario, diagnostics } = parseScenario(yaml, "s.yaml", readText);
  if (!scenario) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return scenario;
}
function example(name: string): Scenario {
  const { scenario, diagnostics } = loadScenario(resolve(EXAMPLES, name));
  expect(diagnostics).toEqual([]);
  return scenario as Scenario;
}

// Every key of a schema, however deep.
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const properties = "properties" in schema ? Object.keys(schema.properties as object) : [];
  return [...properties, ...Object.values(schema).flatMap(keysOf)];
}

describe("the documentation", () => {
  it("names every key of a scenario", () => {
    const text = readFileSync(resolve(import.meta.dirname, "../../../docs/scenarios.md"), "utf8");
    const keys = new Set(keysOf(z.toJSONSchema(scenarioSchema, { unrepresentable: "any" })));
    expect(keys.size).toBeGreaterThan(60);
    expect([...keys].filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});

describe("scenarios", () => {
  it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml")))(
    "example %s reads and applies",
    (name) => {
      const scenario = example(name);
      const cloud = new Cloud(cloudOptions(scenario, host));
      const { instances } = applyScenario(cloud, scenario);
      expect(instances).toBe(scenario.groups.reduce((sum, { count }) => sum + count, 0));
    },
  );

  it("make a fleet that clients see", async () => {
    const scenario = example("fleet.yaml");
    const local = createLocalCloud(cloudOptions(scenario, host));
    expect(applyScenario(local.cloud, scenario)).toEqual({ instances: 12, volumes: 14 });
    const { Reservations = [] } = await ec2Client(local).send(new DescribeInstancesCommand({}));
    const rows = Reservations.flatMap(({ Instances = [] }) => Instances).map(
      ({ Tags = [], InstanceType, State, Platform }) =>
        `${Tags.find(({ Key }) => Key === "Name")?.Value} ${InstanceType} ${State?.Name}${Platform ? ` ${Platform}` : ""}`,
    );
    expect(rows).toEqual([
      "web-1 t3.medium running",
      "web-2 t3.medium running",
      "web-3 t3.medium running",
      "web-4 t3.medium running",
      "db-1 m6i.large running",
      "db-2 m6i.large running",
      "batch-1 m6i.xlarge running",
      "batch-2 m6i.xlarge running",
      "build-1 t3.small running",
      "win-1 m6i.large running windows",
      "staging-1 t3.medium stopped",
      "playground t3.micro running",
    ]);
    const records = local.cloud.state(dnsRecordsKey, "111122223333", "global");
    expect(records.map(({ name }) => name)).toContain("db-2.example.com");
    local.close();
  });

  it("are the same each time, another with another seed", () => {
    const ids = (seed: number) => {
      const scenario = { ...example("fleet.yaml"), seed };
      const cloud = new Cloud(cloudOptions(scenario, host));
      applyScenario(cloud, scenario);
      return [...cloud.state(fleetKey, "111122223333", "eu-central-1").instances.keys()];
    };
    expect(ids(7)).toEqual(ids(7));
    expect(ids(7)).not.toEqual(ids(8));
  });

  it("scale to any number of instances, shares kept", async () => {
    const thousand = example("thousand.yaml");
    for (const total of [0, 1, 100, 999, 10_000]) {
      const scaled = scaleScenario(thousand, total);
      expect(scaled.groups.reduce((sum, { count }) => sum + count, 0)).toBe(total);
    }
    const scaled = scaleScenario(thousand, 2500);
    const local = createLocalCloud(cloudOptions(scaled, host));
    applyScenario(local.cloud, scaled);
    const ids = new Set<string>();
    for await (const page of paginateDescribeInstances({ client: ec2Client(local), pageSize: 1000 }, {}))
      for (const { Instances = [] } of page.Reservations ?? [])
        for (const { InstanceId = "", Tags = [] } of Instances) {
          ids.add(InstanceId);
          expect(Tags).toHaveLength(8);
        }
    expect(ids.size).toBe(2500);
    expect(local.requests.get("ec2:DescribeInstances")).toBe(3);
    local.close();
  });

  it("number names and tags, place things in accounts and regions", () => {
    const scenario = parsed(`
version: 1
start: 2026-01-01T00:00:00Z
accounts: [{ id: 111122223333 }, { id: 000000000001, partition: aws-cn }]
groups:
  - { name: a, count: 2, names: "a-{n:3}", tags: { Zip: 0123, Half: "{n}/2", Yes: Yes } }
  - { name: b, account: 000000000001, region: cn-north-1, names: [one, two] }
`);
    const cloud = new Cloud(cloudOptions(scenario, () => 0));
    applyScenario(cloud, scenario);
    expect(cloud.clock.now()).toEqual(new Date("2026-01-01T00:00:00Z"));
    const tags = (account: string, region: string) =>
      [...cloud.state(fleetKey, account, region).instances.values()].map((instance) =>
        Object.fromEntries(instance.tags),
      );
    expect(tags("111122223333", "eu-central-1")).toEqual([
      { Name: "a-001", Zip: "0123", Half: "1/2", Yes: "Yes" },
      { Name: "a-002", Zip: "0123", Half: "2/2", Yes: "Yes" },
    ]);
    expect(tags("000000000001", "cn-north-1")).toEqual([{ Name: "one" }, { Name: "two" }]);
  });

  it("give the documented keys to the documented accounts and made-up ones to others", () => {
    const { accounts } = parsed('{ version: 1, accounts: [{ id: "111122223333" }, { id: "999988887777" }] }');
    expect(accounts[0]?.secretAccessKey).toBe(DEFAULT_ACCOUNTS[0]?.secretAccessKey);
    expect(accounts[1]?.accessKeyId).toMatch(/^AKIA\w{9}EXAMPLE$/);
    expect(parsed("version: 1").accounts).toBe(DEFAULT_ACCOUNTS);
  });

  it("replay recordings from their start on", () => {
    const csv = "timestamp,value\n2014-04-01 00:00:00,1\n2014-04-01 00:05:00,2\n";
    const scenario = parsed(
      "{ version: 1, groups: [{ name: a, metrics: { CPUUtilization: { csv: cpu.csv } } }] }",
      () => csv,
    );
    const cloud = new Cloud(cloudOptions(scenario, host));
    applyScenario(cloud, scenario);
    const [InstanceId = ""] = cloud.state(fleetKey, "111122223333", "eu-central-1").instances.keys();
    const store = cloud.state(metricStoreKey, "111122223333", "eu-central-1");
    expect(store).toBeDefined();
    const fleet = cloud.state(fleetKey, "111122223333", "eu-central-1");
    const cpu = fleet.instances.get(InstanceId)?.launch.metrics.generators.get("CPUUtilization");
    const now = START.getTime() / 1000;
    expect([0, 299, 300, 600].map((after) => cpu?.(now + after, 1))).toEqual([1, 1, 2, 1]);
  });

  it.each<[string, string]>([
    ["version: 2", "s.yaml:1:10  this scenario is of version 2; this watchkeeper reads version 1: upgrade watchkeeper"],
    ["- a", "s.yaml:1:1  a scenario is a mapping that begins with version: 1"],
    ["version: 1\ngroup: []", 's.yaml:2:1  unknown key "group". Did you mean "groups"?'],
    ["version: 1\ngroups:\n  - { name: a, type: t3.gigantic }", 's.yaml:3:22  there is no instance type "t3.gigantic"'],
    ["version: 1\ngroups:\n  - { name: a, metrics: { CPUUtilisation: 5 } }", 's.yaml:3:27  nothing publishes a metric "CPUUtilisation". Did you mean "CPUUtilization"?'],
    ["version: 1\ngroups:\n  - { name: a, metrics: { CPUCreditBalance: 5 } }", "s.yaml:3:27  CPUCreditBalance follows from CPUUtilization"],
    ["version: 1\ngroups:\n  - { name: a, metrics: { StatusCheckFailed: 1 } }", "s.yaml:3:27  StatusCheckFailed follows from impairments: say there when the check fails"],
    ["version: 1\ngroups:\n  - { name: a, launched: yesterday }", 's.yaml:3:26  launched must be a moment such as "+10m", "2h ago" or "2026-01-31T12:00:00Z", not "yesterday"'],
    ["version: 1\ngroups:\n  - { name: a, count: -1 }", "s.yaml:3:23  count must be at least 0, not -1"],
    ["version: 1\ngroups:\n  - { name: a, account: '999999999999' }", "s.yaml:3:25  account 999999999999 is not one of this scenario's: 111122223333, 444455556666"],
    ["version: 1\ngroups:\n  - { name: a, region: cn-north-1 }", "s.yaml:3:24  region cn-north-1 is in partition aws-cn, account 111122223333 in aws"],
    ["version: 1\ngroups:\n  - { name: a, volumes: [{ type: st1, size: 5 }] }", "s.yaml:3:26  volumes[0]: Volume of 5GiB is too small for volume type st1; minimum is 125GiB."],
    ["version: 1\ngroups:\n  - { name: a, count: 3, names: [x, y] }", "s.yaml:3:33  2 names for 3 instances"],
    ["version: 1\ngroups:\n  - { name: a, type: m6i.large, creditMode: standard }", "s.yaml:3:45  creditMode is for T types only, m6i.large has no CPU credits"],
    ["version: 1\ngroups:\n  - { name: a, agent: [{}, {}] }", "s.yaml:3:23  two agents publish the same series: give them other dimensions"],
    ["version: 1\nfaults: { errorrate: 1 }", "s.yaml:2:9  faults: unknown setting errorrate; there are throttling, quotas, errorRate, latencyMs, listLagMs, deniedRegions, rules"],
    ["version: 1\naccounts: [{ id: 12 }]", 's.yaml:2:18  account id "12" is not twelve digits'],
  ])("say what is wrong and where: %j", (yaml, expected) => {
    expect(complaints(yaml)).toEqual([expected]);
  }); // biome-ignore format: a table

  it("name the line of a recording that can't be read", () => {
    const yaml = "{ version: 1, groups: [{ name: a, metrics: { CPUUtilization: { csv: cpu.csv } } }] }";
    expect(complaints(yaml, () => "1,2\n1,3")).toEqual([
      's.yaml:1:62  cpu.csv:2: "1" isn\'t after the line before it: sort by time, each time once',
    ]);
    expect(complaints(yaml, () => { throw new Error("no such file"); })).toEqual([
      "s.yaml:1:62  CPUUtilization: can't read cpu.csv: no such file",
    ]);
  }); // biome-ignore format: short

  it("refuse a group that its region's network can't hold", () => {
    const scenario = parsed("{ version: 1, groups: [{ name: huge, count: 20000 }] }");
    expect(() => applyScenario(new Cloud(cloudOptions(scenario, host)), scenario)).toThrow(
      'group "huge": the network of eu-central-1 has no room for instance 12274 of 20000; spread them over regions or accounts',
    );
  });

  it("give the addresses of terminated instances to new ones", async () => {
    const scenario = parsed("{ version: 1, groups: [{ name: full, count: 12273 }] }");
    const local = createLocalCloud(cloudOptions(scenario, host));
    applyScenario(local.cloud, scenario);
    const run = () =>
      ec2Client(local).send(
        new RunInstancesCommand({
          ImageId: IMAGE,
          InstanceType: "t3.nano",
          MinCount: 1,
          MaxCount: 1,
          Placement: { AvailabilityZone: "eu-central-1a" },
        }),
      );
    expect(await refusal(run())).toMatch(/^InsufficientFreeAddressesInSubnet/);
    const fleet = local.cloud.state(fleetKey, "111122223333", "eu-central-1");
    const [victim] = fleet.instances.values();
    const address = victim && privateAddressOf(victim);
    if (victim) terminateInstance(fleet, victim, local.cloud.clock.time());
    await local.cloud.clock.advance(60_000);
    expect((await run()).Instances?.[0]?.PrivateIpAddress).toBe(address);
    local.close();
  });
});
