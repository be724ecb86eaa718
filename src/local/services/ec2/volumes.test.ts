import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  DetachVolumeCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { ec2Client, refusal, runInstances, stillCloud } from "../../../../test/support/ec2-cloud.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
let ec2: EC2Client;

beforeEach(() => {
  local = stillCloud();
  ec2 = ec2Client(local);
  return () => local.close();
});

const ZONE = "eu-central-1a";
const create = (change: Partial<CreateVolumeCommandInput> = {}) =>
  ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 10, VolumeType: "gp3", ...change }));
const list = async (input: DescribeVolumesCommandInput = {}) =>
  (await ec2.send(new DescribeVolumesCommand(input))).Volumes ?? [];
const pass = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const launch = async () => {
  const [one] = await runInstances(ec2, {
    InstanceType: "m6i.large",
    Placement: { AvailabilityZone: ZONE },
  });
  await pass(10);
  return one?.InstanceId ?? "";
};

describe("volumes", () => {
  it("have the facts of their type", async () => {
    await create();
    await create({ VolumeType: "gp2", Size: 500 });
    await create({ VolumeType: "gp3", Iops: 5000, Throughput: 250 });
    await create({ VolumeType: "st1", Size: 500 });
    await create({ VolumeType: "io2", Iops: 500, MultiAttachEnabled: true });
    expect(await list()).toMatchObject([
      { VolumeType: "gp3", Iops: 3000, Throughput: 125, State: "creating", AvailabilityZoneId: "euc1-az1" },
      { VolumeType: "gp2", Iops: 1500, Size: 500 },
      { VolumeType: "gp3", Iops: 5000, Throughput: 250 },
      { VolumeType: "st1", Size: 500 },
      { VolumeType: "io2", Iops: 500, MultiAttachEnabled: true },
    ]);
    await pass(5);
    expect((await list()).every(({ State }) => State === "available")).toBe(true);
  });

  it("are attached, detached and deleted, each in its time", async () => {
    const instance = await launch();
    const { VolumeId = "" } = await create();
    expect(
      await refusal(
        ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: instance, Device: "/dev/sdf" })),
      ),
    ).toBe(`IncorrectState: Volume '${VolumeId}' is not 'available'.`);
    await pass(5);
    const attached = await ec2.send(
      new AttachVolumeCommand({ VolumeId, InstanceId: instance, Device: "/dev/sdf" }),
    );
    expect(attached).toMatchObject({ State: "attaching", DeleteOnTermination: false });
    await pass(5);
    expect(await list({ VolumeIds: [VolumeId] })).toMatchObject([
      { State: "in-use", Attachments: [{ InstanceId: instance, Device: "/dev/sdf", State: "attached" }] },
    ]);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    expect(Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings).toHaveLength(2);
    expect(await refusal(ec2.send(new DeleteVolumeCommand({ VolumeId })))).toBe(
      `VolumeInUse: Volume ${VolumeId} is currently attached to ${instance}`,
    );
    const other = (await create()).VolumeId ?? "";
    await pass(5);
    expect(
      await refusal(
        ec2.send(new AttachVolumeCommand({ VolumeId: other, InstanceId: instance, Device: "/dev/sdf" })),
      ),
    ).toMatch(/Attachment point \/dev\/sdf is already in use/);
    expect((await ec2.send(new DetachVolumeCommand({ VolumeId }))).State).toBe("detaching");
    await pass(5);
    expect(await list({ VolumeIds: [VolumeId] })).toMatchObject([{ State: "available", Attachments: [] }]);
    await ec2.send(new DeleteVolumeCommand({ VolumeId }));
    expect(await refusal(list({ VolumeIds: [VolumeId] }))).toBe(
      `InvalidVolume.NotFound: The volume '${VolumeId}' does not exist.`,
    );
  });

  it("stay where they are when they can't go", async () => {
    const instance = await launch();
    const [root] = await list();
    expect(await refusal(ec2.send(new DetachVolumeCommand({ VolumeId: root?.VolumeId })))).toBe(
      `OperationNotPermitted: Unable to detach root volume '${root?.VolumeId}' from instance '${instance}'`,
    );
    const far = (await create({ AvailabilityZone: "eu-central-1b" })).VolumeId;
    await pass(5);
    expect(
      await refusal(
        ec2.send(new AttachVolumeCommand({ VolumeId: far, InstanceId: instance, Device: "/dev/sdf" })),
      ),
    ).toMatch(/^InvalidVolume\.ZoneMismatch/);
    expect(await refusal(ec2.send(new DetachVolumeCommand({ VolumeId: far })))).toMatch(/^IncorrectState/);
  });

  it("are found by filters and pages", async () => {
    const instance = await launch();
    for (let i = 0; i < 12; i += 1)
      await create({
        Size: 10 + i,
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "n", Value: `${i}` }] }],
      });
    const sizes = async (Name: string, ...Values: string[]) =>
      (await list({ Filters: [{ Name, Values }] })).map(({ Size }) => Size);
    expect(await sizes("attachment.instance-id", instance)).toEqual([8]);
    expect(await sizes("status", "in-use")).toEqual([8]);
    expect(await sizes("size", "1?")).toHaveLength(10);
    expect(await sizes("tag:n", "3", "1*")).toEqual([11, 13, 20, 21]);
    expect(await sizes("attachment.delete-on-termination", "true")).toEqual([8]);
    expect(await refusal(sizes("colour", "red"))).toBe(
      "InvalidParameterValue: The filter 'colour' is invalid",
    );
    const first = await ec2.send(new DescribeVolumesCommand({ MaxResults: 8 }));
    const rest = await ec2.send(
      new DescribeVolumesCommand({ MaxResults: 100_000, NextToken: first.NextToken }),
    );
    expect([first.Volumes?.length, rest.Volumes?.length, rest.NextToken]).toEqual([8, 5, undefined]);
    expect(await refusal(list({ MaxResults: 4 }))).toMatch(/Expecting a value greater than 5/);
    expect(await refusal(list({ MaxResults: 5, VolumeIds: ["vol-0123456789abcdef0"] }))).toBe(
      "InvalidParameterCombination: The parameter volumeSet cannot be used with the parameter maxResults",
    );
  });

  it.each<[Partial<CreateVolumeCommandInput>, RegExp]>([
    [{ VolumeType: "gp9" as "gp3" }, /^UnknownVolumeType/],
    [{ VolumeType: "gp2", Iops: 100 }, /^InvalidParameterCombination: The parameter iops is not supported for gp2/],
    [{ VolumeType: "io2" }, /^MissingParameter: The parameter iops must be specified for io2/],
    [{ VolumeType: "io1", Iops: 5000 }, /ratio of 500\.0+ is too high; maximum is 50/],
    [{ Iops: 90_000 }, /Volume iops of 90000 is too high; maximum is 80000/],
    [{ Throughput: 10 }, /Throughput of 10 MiB\/s is out of range/],
    [{ Size: 100_000 }, /too large for volume type gp3; maximum is 65536GiB/],
    [{ AvailabilityZone: "eu-central-1z" }, /^InvalidZone\.NotFound/],
  ])("refuses %j", async (change, expected) => {
    expect(await refusal(create(change))).toMatch(expected);
  }); // biome-ignore format: a table
});
