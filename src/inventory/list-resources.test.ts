import { describe, expect, it } from "vitest";
import type { AwsSession } from "../aws/session.ts";
import { ManualClock } from "../support/clock.ts";
import { type Context, silentLogger } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { listResources } from "./list-resources.ts";
import { resourceType } from "./registry.ts";
import { dnsDirectory } from "./route53.ts";

const context: Context = {
  clock: new ManualClock(),
  random: () => 0,
  signal: new AbortController().signal,
  log: silentLogger,
};

type Pages = Readonly<Record<string, readonly unknown[] | ((input: never) => readonly unknown[])>>;

/** A session that answers listings from a table; an Error among the pages is a page that fails. */
function sessionWith(listings: Pages): AwsSession & { readonly asked: string[] } {
  const asked: string[] = [];
  const session = {
    account: "111122223333",
    accountName: "main",
    region: "cn-north-1",
    partition: "aws-cn",
    asked,
    async *pages(service: string, operation: string, input: object) {
      asked.push(
        `${service}:${operation}${Object.keys(input).length > 0 ? ` ${JSON.stringify(input)}` : ""}`,
      );
      const pages = listings[operation] ?? [];
      for (const page of typeof pages === "function" ? pages(input as never) : pages) {
        if (page instanceof Error) throw page;
        yield page;
      }
    },
  };
  return session as unknown as AwsSession & { readonly asked: string[] };
}

const instance = (id: string, more: object = {}): object => ({
  InstanceId: id,
  InstanceType: "t3.micro",
  State: { Name: "running" },
  RootDeviceName: "/dev/xvda",
  ...more,
});
const page = (...instances: object[]): object => ({ Reservations: [{ Instances: instances }] });
const denied = new WatchkeeperError("AccessDenied", "not allowed", { source: "aws" });

describe("listResources", () => {
  it("reads an instance whole", async () => {
    const raw = instance("i-1", {
      Platform: "Windows",
      Monitoring: { State: "enabled" },
      LaunchTime: new Date("2026-01-02T03:04:05Z"),
      Placement: { AvailabilityZone: "cn-north-1a" },
      PrivateIpAddress: "10.0.0.1",
      NetworkInterfaces: [
        {
          PrivateIpAddresses: [
            { PrivateIpAddress: "10.0.0.1" },
            { PrivateIpAddress: "10.0.0.2", Association: { PublicIp: "9.9.9.9" } },
          ],
          Ipv6Addresses: [{ Ipv6Address: "fe80::1" }],
        },
      ],
      BlockDeviceMappings: [{ Ebs: { VolumeId: "vol-1" } }, { DeviceName: "ephemeral0" }],
      Tags: [
        { Key: "Name", Value: "web 1" },
        { Key: "aws:autoscaling:groupName", Value: "web" },
        { Key: "__proto__", Value: "x" },
      ],
    });
    const { resources, scopes } = await listResources(
      sessionWith({ DescribeInstances: [page(raw)] }),
      ["ec2.instance"],
      context,
    );
    expect(scopes).toEqual([
      { account: "111122223333", region: "cn-north-1", type: "ec2.instance", complete: true },
    ]);
    expect(resources[0]).toMatchObject({
      arn: "arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1",
      name: "web 1",
      state: "running",
      facts: {
        instanceType: "t3.micro",
        platform: "windows",
        monitoring: true,
        periodSeconds: 60,
        availabilityZone: "cn-north-1a",
        lifecycle: "normal",
        launchTime: "2026-01-02T03:04:05.000Z",
        autoScalingGroup: "web",
        burstable: true,
        maxCredits: 288,
        nitro: true,
        volumeIds: ["vol-1"],
        otherIps: ["10.0.0.2", "9.9.9.9", "fe80::1"],
      },
    });
    expect(Object.keys(resources[0]?.tags ?? {})).toContain("__proto__");
  });

  it("documents exactly the facts it fills in", async () => {
    const session = sessionWith({
      DescribeInstances: [page(instance("i-1"))],
      DescribeVolumes: [{ Volumes: [{ VolumeId: "vol-1" }] }],
    });
    const { resources } = await listResources(session, ["ec2.instance", "ebs.volume"], context);
    for (const resource of resources) {
      expect(Object.keys(resource.facts).sort()).toEqual(
        Object.keys(resourceType(resource.type)?.facts ?? {}).sort(),
      );
    }
  });

  it("keeps what it saw of a listing that fails half way, and says that it is incomplete", async () => {
    const session = sessionWith({
      DescribeInstances: [page(instance("i-1")), denied],
      DescribeVolumes: [{ Volumes: [{ VolumeId: "vol-1" }] }],
    });
    const { resources, scopes } = await listResources(session, ["ec2.instance", "ebs.volume"], context);
    expect(resources.map(({ id }) => id)).toEqual(["i-1", "vol-1"]);
    expect(scopes).toMatchObject([
      { type: "ec2.instance", complete: false, error: { code: "AccessDenied", message: "not allowed" } },
      { type: "ebs.volume", complete: true },
    ]);
  });

  it("rejects when the run was stopped or we are at fault", async () => {
    const stopped = new WatchkeeperError("Aborted", "stopped");
    for (const error of [stopped, new TypeError("bug")]) {
      const listing = listResources(sessionWith({ DescribeInstances: [error] }), ["ec2.instance"], context);
      await expect(listing).rejects.toBe(error);
    }
  });

  it("lists an instance once, though paging showed it twice", async () => {
    const stopped = instance("i-1", { State: { Name: "stopped" } });
    const session = sessionWith({ DescribeInstances: [page(instance("i-1")), page(stopped)] });
    const { resources } = await listResources(session, ["ec2.instance"], context);
    expect(resources.map(({ id, state }) => `${id} ${state}`)).toEqual(["i-1 stopped"]);
  });

  it("asks for credit modes only where burstable instances live", async () => {
    const listings = {
      DescribeInstances: [
        page(instance("i-1"), instance("i-2"), instance("i-3", { InstanceType: "m5.large" })),
        page(instance("i-4", { State: { Name: "terminated" } })),
      ],
      DescribeInstanceCreditSpecifications: [
        { InstanceCreditSpecifications: [{ InstanceId: "i-2", CpuCredits: "unlimited" }] },
      ],
    };
    const { resources } = await listResources(sessionWith(listings), ["ec2.instance"], context, {
      needCreditSpecs: true,
    });
    expect(resources.map(({ facts }) => facts["creditMode"])).toEqual([
      "standard",
      "unlimited",
      undefined,
      undefined,
    ]);

    const none = sessionWith({ DescribeInstances: [page(instance("i-3", { InstanceType: "m5.large" }))] });
    await listResources(none, ["ec2.instance"], context, { needCreditSpecs: true });
    expect(none.asked).toEqual(["ec2:DescribeInstances"]);
  });

  it("says when credit modes can't be read, without calling the listing incomplete", async () => {
    const session = sessionWith({
      DescribeInstances: [page(instance("i-1"))],
      DescribeInstanceCreditSpecifications: [denied],
    });
    const listing = await listResources(session, ["ec2.instance"], context, { needCreditSpecs: true });
    expect(listing.scopes[0]?.complete).toBe(true);
    expect(listing.notes).toMatchObject([{ code: "credit-modes-unknown", severity: "warning" }]);
    expect(listing.resources[0]?.facts["creditMode"]).toBeUndefined();
  });

  it("completes volumes from the instances they are attached to, which it doesn't list unasked", async () => {
    const session = sessionWith({
      DescribeInstances: [page(instance("i-1"))],
      DescribeVolumes: [
        {
          Volumes: [
            {
              VolumeId: "vol-1",
              VolumeType: "gp2",
              Size: 100,
              State: "in-use",
              Attachments: [{ InstanceId: "i-1", Device: "/dev/xvda", State: "attached" }],
            },
            { VolumeId: "vol-2", VolumeType: "gp3", Size: 8, State: "available" },
          ],
        },
      ],
    });
    const { resources, scopes } = await listResources(session, ["ebs.volume"], context);
    expect(scopes.map(({ type }) => type)).toEqual(["ebs.volume"]);
    expect(
      resources.map(({ id, facts }) => [id, facts["nitro"], facts["root"], facts["burstBalance"]]),
    ).toEqual([
      ["vol-1", true, true, true],
      ["vol-2", undefined, undefined, false],
    ]);
  });
});

describe("DNS names", () => {
  const zones = {
    ListHostedZones: [{ HostedZones: [{ Id: "/hostedzone/Z1" }] }],
    ListResourceRecordSets: [
      {
        ResourceRecordSets: [
          {
            Name: "web.example.com.",
            Type: "A",
            ResourceRecords: [{ Value: "10.0.0.1" }, { Value: "10.0.0.9" }],
          },
          { Name: "www.example.com.", Type: "CNAME", ResourceRecords: [{ Value: "WEB.example.com" }] },
          { Name: "\\052.example.com.", Type: "A", AliasTarget: { DNSName: "www.example.com." } },
          { Name: "loop.example.com.", Type: "CNAME", ResourceRecords: [{ Value: "loop.example.com" }] },
          { Name: "example.com.", Type: "TXT", ResourceRecords: [{ Value: "10.0.0.1" }] },
        ],
      },
    ],
  };
  const machine = instance("i-1", { PrivateIpAddress: "10.0.0.1" });

  it("are followed through names and aliases, and asked for once for all regions", async () => {
    const session = sessionWith({ ...zones, DescribeInstances: [page(machine)] });
    const dns = dnsDirectory(session);
    const first = await listResources(session, ["ec2.instance"], context, { dns });
    await listResources(session, ["ec2.instance"], context, { dns });
    expect(first.resources[0]?.facts["dnsNames"]).toEqual([
      "*.example.com",
      "web.example.com",
      "www.example.com",
    ]);
    expect(session.asked.filter((call) => call.startsWith("route53"))).toEqual([
      "route53:ListHostedZones",
      'route53:ListResourceRecordSets {"HostedZoneId":"Z1"}',
    ]);
  });

  it("that can't be read make the listing incomplete", async () => {
    const session = sessionWith({ ListHostedZones: [denied], DescribeInstances: [page(machine)] });
    const { resources, scopes } = await listResources(session, ["ec2.instance"], context, {
      dns: dnsDirectory(session),
    });
    expect(resources).toHaveLength(1);
    expect(scopes[0]).toMatchObject({ complete: false, error: { code: "AccessDenied" } });
  });
});

describe("findExisting", () => {
  it("looks by filter, 200 ids a call", async () => {
    const ids = Array.from({ length: 401 }, (_, i) => `i-${i}`);
    const session = sessionWith({
      DescribeInstances: ({ Filters }: { Filters: { Name: string; Values: string[] }[] }) => [
        page(...(Filters[0]?.Values ?? []).filter((id) => id.endsWith("7")).map((id) => instance(id))),
      ],
    });
    const found = await resourceType("ec2.instance")?.findExisting(session, ids);
    expect(session.asked).toHaveLength(3);
    expect(session.asked[0]).toContain('"Name":"instance-id"');
    expect([...(found?.keys() ?? [])]).toEqual(ids.filter((id) => id.endsWith("7")));
  });
});
