import {
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstanceStatusCommand,
  type DescribeInstanceStatusCommandInput,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyInstanceCreditSpecificationCommand,
  MonitorInstancesCommand,
  RebootInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  ec2Client,
  REGION,
  refusal,
  runInstances,
  stillCloud,
} from "../../../../test/support/ec2-cloud.ts";
import type { LocalCloud } from "../../server.ts";
import { actOnInstance, impairInstance, mendInstance } from "./incidents.ts";

let local: LocalCloud;
let ec2: EC2Client;

beforeEach(() => {
  local = stillCloud();
  ec2 = ec2Client(local);
  return () => local.close();
});

const launch = async (change: Partial<RunInstancesCommandInput> = {}): Promise<string> =>
  (await runInstances(ec2, change))[0]?.InstanceId ?? "";
const pass = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const look = async (id: string) => {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations[0]?.Instances?.[0];
};
const state = async (id: string) => (await look(id))?.State?.Name;
const stop = (...InstanceIds: string[]) => ec2.send(new StopInstancesCommand({ InstanceIds }));
const start = (...InstanceIds: string[]) => ec2.send(new StartInstancesCommand({ InstanceIds }));
const terminate = (...InstanceIds: string[]) => ec2.send(new TerminateInstancesCommand({ InstanceIds }));
const place = (instanceId: string) => ({ account: ACCOUNT, region: REGION, instanceId });

describe("the life of an instance", () => {
  it("takes its time from pending to running, stopped, running, terminated, and gone after an hour", async () => {
    const id = await launch();
    expect(await state(id)).toBe("pending");
    await pass(10);
    const first = await look(id);
    expect(first?.State).toEqual({ Code: 16, Name: "running" });

    expect((await stop(id)).StoppingInstances).toEqual([
      {
        InstanceId: id,
        PreviousState: { Code: 16, Name: "running" },
        CurrentState: { Code: 64, Name: "stopping" },
      },
    ]);
    expect(await refusal(start(id))).toBe(
      `IncorrectInstanceState: The instance '${id}' is not in a state from which it can be started.`,
    );
    await pass(30);
    const stopped = await look(id);
    expect(stopped).toMatchObject({
      State: { Code: 80, Name: "stopped" },
      StateReason: { Code: "Client.UserInitiatedShutdown" },
      StateTransitionReason: "User initiated (2026-11-20 10:00:10 GMT)",
      PrivateIpAddress: first?.PrivateIpAddress,
      PublicDnsName: "",
    });
    expect(stopped?.PublicIpAddress).toBeUndefined();

    await start(id);
    expect(await state(id)).toBe("pending");
    await pass(10);
    const again = await look(id);
    expect(again).toMatchObject({ State: { Name: "running" }, StateTransitionReason: "" });
    expect(again?.PublicIpAddress).not.toBe(first?.PublicIpAddress);
    expect(again?.LaunchTime).toEqual(new Date("2026-11-20T10:00:40Z"));

    await terminate(id);
    expect(await state(id)).toBe("shutting-down");
    await pass(30);
    const ended = await look(id);
    expect(ended).toMatchObject({
      State: { Code: 48, Name: "terminated" },
      NetworkInterfaces: [],
      BlockDeviceMappings: [],
    });
    expect(ended?.PrivateIpAddress).toBeUndefined();
    expect((await terminate(id)).TerminatingInstances?.[0]?.PreviousState?.Name).toBe("terminated");
    expect(await refusal(stop(id))).toMatch(/^IncorrectInstanceState/);
    expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    await pass(3590);
    expect(await refusal(look(id))).toBe(
      `InvalidInstanceID.NotFound: The instance ID '${id}' does not exist`,
    );
    expect((await ec2.send(new DescribeInstancesCommand({}))).Reservations).toEqual([]);
  });

  it("does nothing at all when one of several refuses", async () => {
    const [sound, protectedOne] = [
      await launch(),
      await launch({ DisableApiTermination: true, DisableApiStop: true }),
    ];
    await pass(10);
    expect(await refusal(terminate(sound, protectedOne))).toBe(
      `OperationNotPermitted: The instance '${protectedOne}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
    expect(await refusal(stop(sound, protectedOne))).toMatch(/'disableApiStop' instance attribute/);
    expect(await refusal(stop(sound, "i-00000000000000000"))).toMatch(/^InvalidInstanceID\.NotFound/);
    expect(await state(sound)).toBe("running");
    await ec2.send(
      new ModifyInstanceAttributeCommand({
        InstanceId: protectedOne,
        DisableApiTermination: { Value: false },
      }),
    );
    await terminate(protectedOne);
    expect(await state(protectedOne)).toBe("shutting-down");
  });

  it("keeps volumes that aren't deleted with their instance", async () => {
    const id = await launch({
      BlockDeviceMappings: [{ DeviceName: "/dev/sdf", Ebs: { VolumeSize: 10, DeleteOnTermination: false } }],
    });
    await pass(10);
    await terminate(id);
    await pass(30);
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
    expect(Volumes).toMatchObject([{ Size: 10, State: "available", Attachments: [] }]);
  });

  it("reboots only what runs", async () => {
    const id = await launch();
    await pass(10);
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    expect(await state(id)).toBe("running");
    await stop(id);
    expect(await refusal(ec2.send(new RebootInstancesCommand({ InstanceIds: [id] })))).toMatch(
      /^IncorrectInstanceState/,
    );
  });

  it("obeys alarms", async () => {
    const id = await launch();
    await pass(10);
    actOnInstance(local.cloud, place(id), "stop");
    await pass(30);
    expect(await state(id)).toBe("stopped");
    actOnInstance(local.cloud, place(id), "terminate");
    await pass(30);
    expect(await state(id)).toBe("terminated");
    expect(() => actOnInstance(local.cloud, place("i-00000000000000000"), "stop")).toThrow(/no instance/);
  });
});

describe("attributes", () => {
  it("changes the type of a stopped instance only, within its architecture", async () => {
    const id = await launch();
    await pass(10);
    const change = (Value: string) =>
      ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value } }));
    expect(await refusal(change("t3.large"))).toBe(
      `IncorrectInstanceState: The instance '${id}' is not in the 'stopped' state.`,
    );
    await stop(id);
    await pass(30);
    expect(await refusal(change("t4g.large"))).toMatch(/^InvalidParameterValue: The architecture 'arm64'/);
    await change("t3.large");
    expect((await look(id))?.InstanceType).toBe("t3.large");
    const told = await ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "instanceType" }),
    );
    expect(told.InstanceType).toEqual({ Value: "t3.large" });
  });

  it("tells credit specifications: of unlimited ones without ids, of any with", async () => {
    const t3 = await launch();
    const standard = await launch({ InstanceType: "t2.micro" });
    await launch({ InstanceType: "m6i.large" });
    const specifications = async (InstanceIds?: string[]) =>
      (await ec2.send(new DescribeInstanceCreditSpecificationsCommand(InstanceIds ? { InstanceIds } : {})))
        .InstanceCreditSpecifications;
    expect(await specifications()).toEqual([{ InstanceId: t3, CpuCredits: "unlimited" }]);
    expect(await specifications([standard])).toEqual([{ InstanceId: standard, CpuCredits: "standard" }]);
    const { SuccessfulInstanceCreditSpecifications } = await ec2.send(
      new ModifyInstanceCreditSpecificationCommand({
        InstanceCreditSpecifications: [{ InstanceId: t3, CpuCredits: "standard" }],
      }),
    );
    expect(SuccessfulInstanceCreditSpecifications).toEqual([{ InstanceId: t3 }]);
    expect(await specifications()).toEqual([]);
    expect(await refusal(ec2.send(new DescribeInstanceCreditSpecificationsCommand({ MaxResults: 1 })))).toBe(
      "InvalidRequest: The value 1 for the maxResults parameter must be between 5 and 1000. Change the value and try again.",
    );
  });

  it("switches detailed monitoring on", async () => {
    const id = await launch();
    await ec2.send(new MonitorInstancesCommand({ InstanceIds: [id] }));
    expect((await look(id))?.Monitoring?.State).toBe("enabled");
  });
});

describe("DescribeInstanceStatus", () => {
  const statuses = async (input: DescribeInstanceStatusCommandInput = {}) =>
    (await ec2.send(new DescribeInstanceStatusCommand(input))).InstanceStatuses ?? [];

  it("shows running instances, others when asked for", async () => {
    const id = await launch();
    expect(await statuses()).toEqual([]);
    expect(await statuses({ IncludeAllInstances: true })).toMatchObject([
      { InstanceId: id, InstanceState: { Name: "pending" }, InstanceStatus: { Status: "not-applicable" } },
    ]);
    await pass(10);
    expect(await statuses()).toMatchObject([
      {
        SystemStatus: { Status: "initializing", Details: [{ Name: "reachability", Status: "initializing" }] },
      },
    ]);
    await pass(200);
    expect(await statuses({ Filters: [{ Name: "instance-status.status", Values: ["ok"] }] })).toMatchObject([
      { InstanceId: id, AttachedEbsStatus: { Status: "ok" } },
    ]);
  });

  it("shows what fails and since when, until it is mended or rebooted", async () => {
    const id = await launch();
    await pass(300);
    impairInstance(local.cloud, place(id), "instance");
    impairInstance(local.cloud, place(id), "system", 60);
    await pass(30);
    expect(await statuses()).toMatchObject([
      {
        InstanceStatus: {
          Status: "impaired",
          Details: [{ Status: "failed", ImpairedSince: new Date("2026-11-20T10:05:00Z") }],
        },
        SystemStatus: { Status: "impaired" },
        AttachedEbsStatus: { Status: "ok" },
      },
    ]);
    await pass(60);
    expect(await statuses()).toMatchObject([
      { InstanceStatus: { Status: "impaired" }, SystemStatus: { Status: "ok" } },
    ]);
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    expect(await statuses()).toMatchObject([{ InstanceStatus: { Status: "impaired" } }]);
    await pass(120);
    expect(await statuses()).toMatchObject([{ InstanceStatus: { Status: "ok" } }]);
    impairInstance(local.cloud, place(id), "attached-ebs");
    expect(await statuses()).toMatchObject([{ AttachedEbsStatus: { Status: "impaired" } }]);
    mendInstance(local.cloud, place(id));
    expect(await statuses()).toMatchObject([{ AttachedEbsStatus: { Status: "ok" } }]);
  });

  it("refuses ids together with paging, and more than a hundred of them", async () => {
    const id = await launch();
    expect(await refusal(statuses({ InstanceIds: [id], MaxResults: 5 }))).toMatch(
      /^InvalidParameterCombination/,
    );
    expect(await refusal(statuses({ InstanceIds: Array.from({ length: 101 }, () => id) }))).toMatch(
      /^InvalidRequest: 101 exceeds/,
    );
  });
});
