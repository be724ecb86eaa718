import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  type EC2Client,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  ec2Client,
  IMAGE,
  REGION,
  refusal,
  runInstances,
  START,
  seedProfile,
  stillCloud,
} from "../../../../test/support/ec2-cloud.ts";
import { DEFAULT_ACCOUNTS } from "../../accounts.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
let ec2: EC2Client;

beforeEach(() => {
  local = stillCloud();
  ec2 = ec2Client(local);
  return () => local.close();
});

const run = (change: Partial<RunInstancesCommandInput> = {}, client = ec2) => runInstances(client, change);
const describeWhole = (input: DescribeInstancesCommandInput = {}, client = ec2) =>
  client.send(new DescribeInstancesCommand(input));
const ids = async (input: DescribeInstancesCommandInput = {}, client = ec2) =>
  ((await describeWhole(input, client)).Reservations ?? []).flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId }) => InstanceId ?? ""),
  );
const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

describe("RunInstances", () => {
  it("gives what was asked for, and everything else that an instance has", async () => {
    seedProfile(local, "agent");
    const [launched] = await run({
      InstanceType: "m6i.large",
      KeyName: "ops",
      Monitoring: { Enabled: true },
      Placement: { AvailabilityZone: "eu-central-1b" },
      IamInstanceProfile: { Name: "agent" },
      BlockDeviceMappings: [
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 100, VolumeType: "gp3", DeleteOnTermination: false } },
      ],
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "db-1" }] }],
    });
    const { Reservations: [reservation] = [] } = await describeWhole();
    const [instance] = reservation?.Instances ?? [];
    expect(instance).toEqual(launched);
    expect(instance).toMatchObject({
      ImageId: IMAGE,
      InstanceType: "m6i.large",
      KeyName: "ops",
      State: { Code: 0, Name: "pending" },
      Monitoring: { State: "enabled" },
      Placement: { AvailabilityZone: "eu-central-1b", AvailabilityZoneId: "euc1-az2", Tenancy: "default" },
      IamInstanceProfile: { Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/agent` },
      Tags: [{ Key: "Name", Value: "db-1" }],
      LaunchTime: START,
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 2 },
      PlatformDetails: "Linux/UNIX",
      UsageOperation: "RunInstances",
    });
    expect(instance?.BlockDeviceMappings?.map(({ DeviceName }) => DeviceName)).toEqual([
      "/dev/xvda",
      "/dev/sdf",
    ]);
    expect(instance?.NetworkInterfaces).toMatchObject([
      { PrivateIpAddress: instance?.PrivateIpAddress, Association: { PublicIp: instance?.PublicIpAddress } },
    ]);
    expect(instance?.PrivateDnsName).toMatch(/^ip-172-31-\d+-\d+\.eu-central-1\.compute\.internal$/);
    expect(JSON.stringify(instance).length).toBeGreaterThan(2_500);
    expect(reservation).toMatchObject({
      OwnerId: ACCOUNT,
      ReservationId: expect.stringMatching(/^r-[0-9a-f]{17}$/),
    });
  });

  it("gives every instance an id, address and MAC of its own", async () => {
    const instances = await run({ MinCount: 60, MaxCount: 60 });
    for (const read of [
      (one: (typeof instances)[number]) => one.InstanceId,
      (one: (typeof instances)[number]) => one.PrivateIpAddress,
      (one: (typeof instances)[number]) => one.NetworkInterfaces?.[0]?.MacAddress,
      (one: (typeof instances)[number]) => one.BlockDeviceMappings?.[0]?.Ebs?.VolumeId,
    ])
      expect(new Set(instances.map(read)).size).toBe(60);
    expect(instances.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual(instances.map((_, index) => index));
  });

  it("chooses a zone for a launch that names none, or an empty one as Terraform does", async () => {
    const [instance] = await run({ Placement: { AvailabilityZone: "" } });
    expect(instance?.Placement?.AvailabilityZone).toMatch(/^eu-central-1[a-c]$/);
  });

  it("names things as each partition does", async () => {
    const china = {
      id: "777788889999",
      partition: "aws-cn",
      accessKeyId: "AKIACHINAEXAMPLE0000",
      secretAccessKey: "x",
    } as const;
    const cloud = stillCloud([china]);
    const client = ec2Client(cloud, "cn-north-1", china);
    seedProfile(cloud, "agent", [], china.id);
    const [instance] = await run({ IamInstanceProfile: { Name: "agent" } }, client);
    expect(instance?.PublicDnsName).toMatch(/\.cn-north-1\.compute\.amazonaws\.com\.cn$/);
    expect(instance?.IamInstanceProfile?.Arn).toBe("arn:aws-cn:iam::777788889999:instance-profile/agent");
    const [american] = await run({}, ec2Client(local, "us-east-1"));
    expect(american?.PrivateDnsName).toMatch(/\.ec2\.internal$/);
    expect(american?.PublicDnsName).toMatch(/\.compute-1\.amazonaws\.com$/);
    cloud.close();
  });

  it("answers the same instances for the same client token, and refuses another request under it", async () => {
    const [first] = await run({ ClientToken: "once" });
    const [again] = await run({ ClientToken: "once" });
    expect(again?.InstanceId).toBe(first?.InstanceId);
    expect(await ids()).toHaveLength(1);
    expect(await refusal(run({ ClientToken: "once", InstanceType: "t3.large" }))).toMatch(
      /^IdempotentParameterMismatch/,
    );
  });

  it.each<[string, Partial<RunInstancesCommandInput>, string]>([
    ["a malformed image", { ImageId: "ami-xyz" }, 'InvalidAMIID.Malformed: Invalid id: "ami-xyz" (expecting "ami-...")'],
    ["an unknown type", { InstanceType: "t3.gigantic" as "t3.micro" }, "InvalidParameterValue: Invalid value 't3.gigantic' for InstanceType."],
    ["none at all", { MinCount: 0 }, "InvalidParameterValue: Value (0) for parameter minCount is invalid. Minimum value is 1."],
    ["more at least than at most", { MinCount: 3 }, "InvalidParameterCombination: MinCount (3) is greater than MaxCount (1)"],
    ["a zone elsewhere", { Placement: { AvailabilityZone: "us-east-1a" } }, "InvalidParameterValue: Invalid availability zone: [us-east-1a]"],
    ["an unknown subnet", { SubnetId: "subnet-0123456789abcdef0" }, "InvalidSubnetID.NotFound: The subnet ID 'subnet-0123456789abcdef0' does not exist"],
    ["an unknown group", { SecurityGroupIds: ["sg-0123456789abcdef0"] }, "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist"],
    ["credits for a type without", { InstanceType: "m6i.large", CreditSpecification: { CpuCredits: "unlimited" } }, "InvalidParameterCombination: CreditSpecification is not supported for instance type m6i.large"],
    ["a reserved tag", { TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "aws:x", Value: "" }] }] }, "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"],
    ["tags for something else", { TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "a", Value: "" }] }] }, "InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation."],
    ["a volume too small for its type", { BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeType: "st1", VolumeSize: 10 } }] }, "InvalidParameterValue: Volume of 10GiB is too small for volume type st1; minimum is 125GiB."],
    ["what isn't offered here", { LaunchTemplate: { LaunchTemplateName: "x" } }, "NotImplemented: RunInstances with LaunchTemplate is not implemented here."],
    ["a dry run", { DryRun: true }, "DryRunOperation: Request would have succeeded, but DryRun flag is set."],
  ])("refuses %s", async (_, change, expected) => {
    expect(await refusal(run(change))).toBe(expected);
    expect(await ids()).toEqual([]);
  }); // biome-ignore format: a table
});

describe("DescribeInstances", () => {
  it("finds by every kind of filter, with wildcards and escapes", async () => {
    const tag = (Name: string, Role?: string) => ({
      TagSpecifications: [
        {
          ResourceType: "instance" as const,
          Tags: [{ Key: "Name", Value: Name }, ...(Role ? [{ Key: "Role", Value: Role }] : [])],
        },
      ],
    });
    const [web] = await run({ ...tag("web-1", "web"), Placement: { AvailabilityZone: "eu-central-1a" } });
    const [star] = await run({ ...tag("a*b", "db"), InstanceType: "m6i.large" });
    const [windows] = await run({
      ...tag("win"),
      ImageId: "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
    });
    const id = (one: typeof web) => one?.InstanceId ?? "";
    const expectFound = async (filters: DescribeInstancesCommandInput, ...found: (typeof web)[]) =>
      expect(await ids(filters)).toEqual(found.map(id));
    await expectFound(filter("tag:Name", "web-*"), web);
    await expectFound(filter("tag:Name", "a\\*b"), star);
    await expectFound(filter("tag:Name", "WEB-1"));
    await expectFound(filter("tag:Role", "web", "d?"), web, star);
    await expectFound({ Filters: [{ Name: "tag:Role" }] });
    await expectFound(filter("tag-key", "Role"), web, star);
    await expectFound(filter("tag-value", "win"), windows);
    await expectFound(filter("instance-id", id(web), "i-00000000000000000"), web);
    await expectFound(filter("instance-type", "m6i.*"), star);
    await expectFound(filter("instance-state-name", "pending"), web, star, windows);
    await expectFound(filter("instance-state-code", "16"));
    await expectFound(filter("availability-zone", "eu-central-1a"), web);
    await expectFound(filter("private-ip-address", web?.PrivateIpAddress ?? ""), web);
    await expectFound(
      filter("network-interface.addresses.private-ip-address", web?.PrivateIpAddress ?? ""),
      web,
    );
    await expectFound(filter("ip-address", star?.PublicIpAddress ?? ""), star);
    await expectFound(filter("vpc-id", web?.VpcId ?? ""), web, star, windows);
    await expectFound(filter("subnet-id", web?.SubnetId ?? ""), web);
    await expectFound(filter("image-id", IMAGE), web, star);
    await expectFound(filter("platform", "windows"), windows);
    await expectFound(filter("owner-id", ACCOUNT), web, star, windows);
    await expectFound(filter("instance-lifecycle", "spot"));
    await expectFound(filter("launch-time", "2026-11-20T10*"), web, star, windows);
    await expectFound(
      filter("block-device-mapping.volume-id", web?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ""),
      web,
    );
    await expectFound(
      {
        Filters: [
          { Name: "tag:Role", Values: ["*"] },
          { Name: "instance-type", Values: ["t3.*"] },
        ],
      },
      web,
    );
  });

  it("refuses what EC2 refuses, in its words", async () => {
    const [known] = await run();
    const id = known?.InstanceId ?? "";
    const cases: [DescribeInstancesCommandInput, string][] = [
      [filter("colour", "red"), "InvalidParameterValue: The filter 'colour' is invalid"],
      [{ InstanceIds: [id, "i-00000000000000000"] }, "InvalidInstanceID.NotFound: The instance ID 'i-00000000000000000' does not exist"],
      [
        { InstanceIds: ["i-00000000000000000", id, "i-00000000000000001"] },
        "InvalidInstanceID.NotFound: The instance IDs 'i-00000000000000000, i-00000000000000001' do not exist",
      ],
      [{ InstanceIds: ["i-web"] }, 'InvalidInstanceID.Malformed: Invalid id: "i-web"'],
      [{ InstanceIds: [id], MaxResults: 5 }, "InvalidParameterCombination: The parameter instancesSet cannot be used with the parameter maxResults"],
      [{ MaxResults: 4 }, "InvalidParameterValue: Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5."],
      [{ MaxResults: 1001 }, "InvalidParameterValue: Value ( 1001 ) for parameter maxResults is invalid. Expecting a value less than 1000."],
      [{ NextToken: "bogus" }, "InvalidParameterValue: Unable to parse pagination token"],
    ]; // biome-ignore format: a table
    for (const [input, expected] of cases) expect(await refusal(describeWhole(input))).toBe(expected);
  });

  it("pages through everything once, whatever comes and goes meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5, max: 20 }),
        fc.array(fc.constantFrom("launch", "terminate"), { maxLength: 6 }),
        async (size, events) => {
          const cloud = stillCloud();
          const client = ec2Client(cloud);
          const first = await run({ MinCount: 33, MaxCount: 33 }, client);
          const expected = first.map(({ InstanceId }) => InstanceId ?? "");
          const seen: string[] = [];
          let token: string | undefined;
          let pages = 0;
          do {
            const page = await describeWhole(
              { MaxResults: size, ...(token && { NextToken: token }) },
              client,
            );
            seen.push(
              ...(page.Reservations ?? []).flatMap(({ Instances = [] }) =>
                Instances.map(({ InstanceId }) => InstanceId ?? ""),
              ),
            );
            token = page.NextToken;
            const event = events[pages];
            if (event === "launch") await run({}, client);
            else if (event === "terminate")
              await client.send(new TerminateInstancesCommand({ InstanceIds: [expected[0] ?? ""] }));
            pages += 1;
          } while (token);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => expected.includes(id))).toEqual(expected);
          cloud.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  it("binds a token to the filters it was given for", async () => {
    await run({ MinCount: 12, MaxCount: 12 });
    const { NextToken } = await describeWhole({ MaxResults: 5, ...filter("instance-type", "t3.*") });
    expect(NextToken).toBeTruthy();
    expect(
      await refusal(describeWhole({ MaxResults: 5, NextToken, ...filter("instance-type", "m*") })),
    ).toMatch(/pagination token/);
    expect(await ids({ MaxResults: 1000, NextToken, ...filter("instance-type", "t3.*") })).toHaveLength(7);
  });

  it("keeps accounts and regions apart", async () => {
    await run();
    expect(await ids({}, ec2Client(local, "us-west-2"))).toEqual([]);
    expect(await ids({}, ec2Client(local, REGION, DEFAULT_ACCOUNTS[1]))).toEqual([]);
  });

  it("lags behind writes where that fault is on, but finds ids at once", async () => {
    local.faults.set({ listLagMs: 5_000 });
    const [instance] = await run();
    expect(await ids()).toEqual([]);
    expect(await ids({ InstanceIds: [instance?.InstanceId ?? ""] })).toHaveLength(1);
    await local.cloud.clock.advance(5_000);
    expect(await ids()).toHaveLength(1);
  });

  it("carries any tag through, in any script", async () => {
    const [instance] = await run();
    const id = instance?.InstanceId ?? "";
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
          .filter((key) => !/^aws:/i.test(key) && !/[\p{Cc}\p{Cs}\p{Cn}]/u.test(key)),
        fc
          .string({ unit: "grapheme", maxLength: 40 })
          .filter((value) => !/[\p{Cc}\p{Cs}\p{Cn}]/u.test(value)),
        async (Key, Value) => {
          await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }));
          const found = await describeWhole({
            Filters: [{ Name: "tag-key", Values: [Key.replace(/[\\*?]/g, "\\$&")] }],
          });
          expect(found.Reservations?.[0]?.Instances?.[0]?.Tags).toContainEqual({ Key, Value });
        },
      ),
      { numRuns: 20 },
    );
  });
});
