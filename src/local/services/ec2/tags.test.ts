import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeRegionsCommand,
  DescribeTagsCommand,
  type EC2Client,
  type Tag,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ec2Client, refusal, runInstances, stillCloud } from "../../../../test/support/ec2-cloud.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
let ec2: EC2Client;
let instance: string;
let volume: string;

beforeEach(async () => {
  local = stillCloud();
  ec2 = ec2Client(local);
  const [one] = await runInstances(ec2);
  instance = one?.InstanceId ?? "";
  volume = one?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? "";
  return () => local.close();
});

const tag = (Resources: string[], ...Tags: Tag[]) => ec2.send(new CreateTagsCommand({ Resources, Tags }));
const untag = (Resources: string[], ...Tags: Tag[]) => ec2.send(new DeleteTagsCommand({ Resources, Tags }));
const tags = async (Name?: string, ...Values: string[]) =>
  ((await ec2.send(new DescribeTagsCommand(Name ? { Filters: [{ Name, Values }] } : {}))).Tags ?? []).map(
    ({ ResourceType, Key, Value }) => `${ResourceType} ${Key}=${Value}`,
  );

describe("tags", () => {
  it("are set, replaced, found and removed on instances and volumes", async () => {
    await tag([instance, volume], { Key: "Role", Value: "web" }, { Key: "empty" });
    await tag([instance], { Key: "Role", Value: "db" });
    const all = ["volume Role=web", "volume empty=", "instance Role=db", "instance empty="];
    expect(await tags()).toEqual(all);
    expect(await tags("resource-id", instance)).toEqual(all.slice(2));
    expect(await tags("resource-type", "volume")).toEqual(all.slice(0, 2));
    expect(await tags("key", "R*")).toEqual(["volume Role=web", "instance Role=db"]);
    expect(await tags("value", "db")).toEqual(["instance Role=db"]);
    expect(await tags("tag:Role", "web")).toEqual(["volume Role=web"]);
    await untag([instance], { Key: "Role", Value: "web" }, { Key: "empty" });
    expect(await tags("resource-id", instance)).toEqual(["instance Role=db"]);
    await untag([instance, volume]);
    expect(await tags()).toEqual([]);
  });

  it("come in pages", async () => {
    await tag([instance], ...Array.from({ length: 12 }, (_, index) => ({ Key: `k${index}`, Value: "" })));
    const first = await ec2.send(new DescribeTagsCommand({ MaxResults: 7 }));
    const rest = await ec2.send(new DescribeTagsCommand({ MaxResults: 7, NextToken: first.NextToken }));
    expect([...(first.Tags ?? []), ...(rest.Tags ?? [])].map(({ Key }) => Key)).toEqual(
      Array.from({ length: 12 }, (_, index) => `k${index}`),
    );
    expect(rest.NextToken).toBeUndefined();
  });

  it.each<[string, Tag[], string]>([
    ["a reserved key", [{ Key: "aws:cloudformation:stack-name", Value: "x" }], "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"],
    ["a long key", [{ Key: "k".repeat(129), Value: "" }], "InvalidParameterValue: Tag key exceeds the maximum length of 128 characters"],
    ["a long value", [{ Key: "k", Value: "v".repeat(257) }], "InvalidParameterValue: Tag value exceeds the maximum length of 256 characters"],
    ["more than fifty", Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "" })), "TagLimitExceeded: The maximum number of Tags for a resource has been reached."],
  ])("refuses %s on all resources together", async (_, wrong, expected) => {
    expect(await refusal(tag([volume, instance], { Key: "sound", Value: "" }, ...wrong))).toBe(expected);
    expect(await tags()).toEqual([]);
  }); // biome-ignore format: a table

  it("refuses ids of nothing, and sets nothing then", async () => {
    const sound = { Key: "a", Value: "" };
    expect(await refusal(tag([instance, "i-00000000000000000"], sound))).toMatch(
      /^InvalidInstanceID\.NotFound/,
    );
    expect(await refusal(tag([instance, "vol-00000000000000000"], sound))).toMatch(
      /^InvalidVolume\.NotFound/,
    );
    expect(await refusal(tag([instance, "nonsense"], sound))).toBe(
      "InvalidID: The ID 'nonsense' is not valid",
    );
    expect(await tags()).toEqual([]);
  });
});

describe("regions and zones", () => {
  it("are those of the caller's partition", async () => {
    const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
    expect(Regions).toContainEqual({
      RegionName: "eu-central-1",
      Endpoint: "ec2.eu-central-1.amazonaws.com",
      OptInStatus: "opt-in-not-required",
    });
    expect(Regions).toHaveLength(17);
    const all = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
    expect(all.Regions?.find(({ RegionName }) => RegionName === "af-south-1")?.OptInStatus).toBe(
      "not-opted-in",
    );
    expect(await refusal(ec2.send(new DescribeRegionsCommand({ RegionNames: ["eu-central-9"] })))).toMatch(
      /^InvalidParameterValue/,
    );

    const gov = {
      id: "777788889999",
      partition: "aws-us-gov",
      accessKeyId: "AKIAGOVEXAMPLE000000",
      secretAccessKey: "x",
    } as const;
    const cloud = stillCloud([gov]);
    const { Regions: american } = await ec2Client(cloud, "us-gov-west-1", gov).send(
      new DescribeRegionsCommand({}),
    );
    expect(american?.map(({ RegionName }) => RegionName)).toEqual(["us-gov-east-1", "us-gov-west-1"]);
    cloud.close();
  });

  it("have their names and ids", async () => {
    const zones = async (region: string) =>
      (await ec2Client(local, region).send(new DescribeAvailabilityZonesCommand({}))).AvailabilityZones?.map(
        ({ ZoneName, ZoneId }) => `${ZoneName} ${ZoneId}`,
      );
    expect(await zones("eu-central-1")).toEqual([
      "eu-central-1a euc1-az1",
      "eu-central-1b euc1-az2",
      "eu-central-1c euc1-az3",
    ]);
    expect(await zones("us-east-1")).toHaveLength(6);
    expect((await zones("ap-northeast-1"))?.[1]).toBe("ap-northeast-1c apne1-az2");
  });
});
