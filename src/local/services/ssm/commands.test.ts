import { RebootInstancesCommand, StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION, refusal } from "../../../../test/support/ec2-cloud.ts";
import { ssmClient } from "../../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../../test/support/scenario-cloud.ts";
import type { Instance } from "../../fleet/instance.ts";
import { freeze, setSsmAgent } from "../../guest/guest.ts";
import { directoryOf } from "../../identities/directory.ts";
import type { LocalCloud } from "../../server.ts";
import { fleetKey } from "../ec2/fleet-key.ts";

let local: LocalCloud;
let ssm: SSMClient;

function cloudWith(groups: string): Instance[] {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  ssm = ssmClient(local);
  return [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
}
afterEach(() => local.close());

const pass = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const now = () => local.cloud.clock.time();
const nodes = async (input = {}) =>
  (await ssm.send(new DescribeInstanceInformationCommand(input))).InstanceInformationList ?? [];
const send = async (input: Partial<SendCommandCommandInput>) =>
  (await ssm.send(new SendCommandCommand({ DocumentName: "AWS-RunShellScript", ...input }))).Command;
const sh = (ids: readonly string[], ...commands: string[]) =>
  send({ InstanceIds: [...ids], Parameters: { commands } });
const invocations = async (CommandId: string | undefined) =>
  (await ssm.send(new ListCommandInvocationsCommand({ CommandId, Details: true }))).CommandInvocations ?? [];
const statuses = async (id: string | undefined) =>
  (await invocations(id)).map(({ Status, StatusDetails }) =>
    Status === StatusDetails ? Status : `${Status}/${StatusDetails}`,
  );
const command = async (CommandId: string | undefined) =>
  (await ssm.send(new ListCommandsCommand({ CommandId }))).Commands?.[0];
const result = (CommandId: string | undefined, InstanceId: string, PluginName?: string) =>
  ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId, PluginName }));

describe("managed nodes", () => {
  it("are instances whose role lets a running agent in", async () => {
    const [web, plain, mute, bare, win] = cloudWith(`
      { name: web, profile: web }, { name: plain, profile: { role: s3, policies: [AmazonS3ReadOnlyAccess] } },
      { name: mute, profile: web, guest: { ssmAgent: false } }, { name: bare },
      { name: win, platform: windows, profile: { role: inline, policies: [], inline: { core: { Version: "2012-10-17",
        Statement: [{ Effect: Allow, Action: ["ssm:*", "ssmmessages:*", "ec2messages:*"], Resource: "*" }] } } }, guest: { ssmAgent: { version: 3.1.1 } } }`);
    const found = await nodes();
    expect(found.map(({ InstanceId }) => InstanceId).sort()).toEqual([web?.id, win?.id].sort());
    expect(found.find(({ InstanceId }) => InstanceId === win?.id)).toMatchObject({
      PingStatus: "Online",
      PlatformType: "Windows",
      AgentVersion: "3.1.1",
      IsLatestVersion: false,
      ResourceType: "EC2Instance",
    });
    for (const one of [plain, mute, bare])
      expect(await refusal(sh([one?.id ?? ""], "true"))).toBe(
        `InvalidInstanceId: Instances [[${one?.id}]] not in a valid state for account ${ACCOUNT}`,
      );
  });

  it("appear minutes after their role was let in, or after a reboot", async () => {
    const [slow, rebooted] = cloudWith("{ name: a, count: 2, profile: { role: app, policies: [] } }");
    const directory = directoryOf(local.cloud, ACCOUNT);
    const role = directory.role("app")!;
    role.attached.add("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore");
    directory.policiesChanged(role, now());
    await ec2Client(local).send(new RebootInstancesCommand({ InstanceIds: [rebooted?.id ?? ""] }));
    await pass(90);
    expect((await nodes()).map(({ InstanceId }) => InstanceId)).toEqual([rebooted?.id]);
    await pass(230);
    expect((await nodes()).map(({ InstanceId }) => InstanceId).sort()).toEqual(
      [slow?.id, rebooted?.id].sort(),
    );
  });

  it("are lost minutes after their agent fell silent, and back when it isn't", async () => {
    const [web] = cloudWith("{ name: web, profile: web }");
    if (!web) throw new Error("no instance");
    await pass(200);
    setSsmAgent(web, false, now());
    const [before] = await nodes();
    await pass(100);
    expect(await nodes()).toEqual([before]);
    await pass(300);
    const [lost] = await nodes();
    expect(lost).toMatchObject({ PingStatus: "ConnectionLost", LastPingDateTime: before?.LastPingDateTime });
    setSsmAgent(web, true, now());
    await pass(15);
    expect((await nodes())[0]?.PingStatus).toBe("Online");
    await ec2Client(local).send(new StopInstancesCommand({ InstanceIds: [web.id] }));
    await pass(60);
    expect(await nodes()).toEqual([]);
  });

  it("don't show a reboot that is over before a ping is missed", async () => {
    const [web] = cloudWith("{ name: web, profile: web, guest: { reboot: fast } }");
    await ec2Client(local).send(new RebootInstancesCommand({ InstanceIds: [web?.id ?? ""] }));
    for (let n = 0; n < 30; n += 1) {
      await pass(2);
      expect((await nodes())[0]?.PingStatus).toBe("Online");
    }
  });

  it("come in pages and by filter", async () => {
    const all = cloudWith("{ name: web, count: 7, profile: web, tags: { Half: \"{n}\" } }");
    const first = await ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 5 }));
    const rest = await ssm.send(
      new DescribeInstanceInformationCommand({ MaxResults: 5, NextToken: first.NextToken }),
    );
    expect([first.InstanceInformationList?.length, rest.InstanceInformationList?.length, rest.NextToken]).toEqual([5, 2, undefined]);
    const by = (Key: string, ...Values: string[]) => nodes({ Filters: [{ Key, Values }] });
    expect(await by("InstanceIds", all[3]?.id ?? "")).toHaveLength(1);
    expect(await by("PingStatus", "ConnectionLost", "Inactive")).toHaveLength(0);
    expect(await by("tag:Half", "2", "3")).toHaveLength(2);
    expect(await by("PlatformTypes", "Linux")).toHaveLength(7);
    expect(await refusal(by("Colour", "blue"))).toMatch(/^InvalidFilterKey/);
    expect(await refusal(nodes({ Filters: [{ Key: "tag:Half", Values: ["1"] }, { Key: "PingStatus", Values: ["Online"] }] }))).toMatch(/^InvalidFilterKey/);
    expect(await refusal(nodes({ MaxResults: 51 }))).toMatch(/^ValidationException/);
  }); // biome-ignore format: long rows
});

describe("commands", () => {
  it("can't be seen at first, then run, then tell what they said", async () => {
    const [web] = cloudWith("{ name: web, names: web-1, profile: web }");
    const id = web?.id ?? "";
    const sent = await sh([id], "echo hello", "nonsense");
    expect(sent).toMatchObject({ Status: "Pending", DocumentVersion: "$DEFAULT", TargetCount: 1, MaxErrors: "0" });
    expect(await invocations(sent?.CommandId)).toEqual([]);
    expect(await refusal(result(sent?.CommandId, id))).toMatch(/^InvocationDoesNotExist/);
    expect(await refusal(result("00000000-0000-4000-8000-000000000000", id))).toMatch(/^InvalidCommandId/);
    await pass(10);
    expect(await command(sent?.CommandId)).toMatchObject({ Status: "Failed", StatusDetails: "Failed", CompletedCount: 1, ErrorCount: 1 });
    expect(await result(sent?.CommandId, id)).toMatchObject({
      Status: "Failed",
      ResponseCode: 127,
      StandardOutputContent: "hello\n",
      StandardErrorContent: "sh: nonsense: command not found\nfailed to run commands: exit status 127",
      PluginName: "aws:runShellScript",
    });
    expect(await invocations(sent?.CommandId)).toMatchObject([
      { InstanceName: "web-1", CommandPlugins: [{ Name: "aws:runShellScript", ResponseCode: 127, Output: expect.stringMatching(/^hello\n\n?-+ERROR-+\nsh: nonsense/) }] },
    ]);
    expect(await refusal(result(sent?.CommandId, id, "other"))).toMatch(/^InvalidPluginName/);
  }); // biome-ignore format: long rows

  it("take the time that they wait for, and end when it is up", async () => {
    const [web] = cloudWith("{ name: web, profile: web }");
    const patient = await sh([web?.id ?? ""], "sleep 120; echo done");
    const hasty = await send({ InstanceIds: [web?.id ?? ""], Parameters: { commands: ["sleep 120"], executionTimeout: ["60"] } });
    await pass(59);
    expect([await statuses(patient?.CommandId), await statuses(hasty?.CommandId)]).toEqual([["InProgress"], ["InProgress"]]);
    await pass(5);
    expect(await statuses(hasty?.CommandId)).toEqual(["TimedOut/ExecutionTimedOut"]);
    expect(await command(hasty?.CommandId)).toMatchObject({ Status: "TimedOut", StatusDetails: "ExecutionTimedOut" });
    await pass(60);
    expect(await statuses(patient?.CommandId)).toEqual(["Success"]);
  }); // biome-ignore format: long rows

  it("wait for an agent that is away, and no longer than they may", async () => {
    const [late, never] = cloudWith("{ name: web, count: 2, profile: web }") as [Instance, Instance];
    setSsmAgent(late, false, now());
    setSsmAgent(never, false, now());
    const sent = await send({
      InstanceIds: [late.id, never.id],
      TimeoutSeconds: 60,
      Parameters: { commands: ["true"], executionTimeout: ["60"] },
    });
    await pass(30);
    expect(await statuses(sent?.CommandId)).toEqual(["Pending", "Pending"]);
    setSsmAgent(late, true, now());
    await pass(100);
    expect((await statuses(sent?.CommandId)).sort()).toEqual(["Success", "TimedOut/DeliveryTimedOut"]);
    expect(await command(sent?.CommandId)).toMatchObject({
      Status: "Failed",
      StatusDetails: "Incomplete",
      DeliveryTimedOutCount: 1,
      ErrorCount: 0,
    });
  });

  it("can't be delivered to what is gone, or isn't of the platform", async () => {
    const [gone, win, web] = cloudWith(`
      { name: gone, profile: web }, { name: win, platform: windows, profile: web }, { name: web, profile: web }`) as [Instance, Instance, Instance];
    setSsmAgent(gone, false, now());
    const sent = await sh([gone.id, win.id, web.id], "true");
    await ec2Client(local).send(new TerminateInstancesCommand({ InstanceIds: [gone.id] }));
    await pass(30);
    expect((await statuses(sent?.CommandId)).sort()).toEqual(["Failed/InvalidPlatform", "Failed/Undeliverable", "Success"]);
    // What didn't reach a machine doesn't make the command fail.
    expect(await command(sent?.CommandId)).toMatchObject({ Status: "Success", ErrorCount: 0, CompletedCount: 3 });
    local.faults.set({ rules: [{ effect: "accessDenied", service: "ssm", operation: "DeliverCommand" }] });
    const denied = await sh([web.id], "true");
    await pass(10);
    expect(await statuses(denied?.CommandId)).toEqual(["Failed/AccessDenied"]);
    expect(await command(denied?.CommandId)).toMatchObject({ Status: "Failed" });
  }); // biome-ignore format: long rows

  it("are cut off by a reboot, and stand still while a machine is frozen", async () => {
    const [web, ice] = cloudWith("{ name: web, count: 2, profile: web }") as [Instance, Instance];
    const sent = await sh([web.id, ice.id], "sleep 20; echo done");
    await pass(10);
    freeze(ice, now());
    await ec2Client(local).send(new RebootInstancesCommand({ InstanceIds: [web.id] }));
    await pass(120);
    const all = await invocations(sent?.CommandId);
    const of = (id: string) => all.find(({ InstanceId }) => InstanceId === id);
    expect(of(web.id)).toMatchObject({ Status: "Failed", CommandPlugins: [{ ResponseCode: -1, Output: expect.stringMatching(/document worker/) }] });
    expect(of(ice.id)?.Status).toBe("InProgress");
    await pass(3600);
    expect((await invocations(sent?.CommandId)).map(({ StatusDetails }) => StatusDetails).sort()).toEqual(["ExecutionTimedOut", "Failed"]);
  }); // biome-ignore format: long rows

  it("go to a few machines at a time, and no further once too many have failed", async () => {
    const all = cloudWith("{ name: web, count: 10, profile: web, tags: { Role: web } }");
    const sent = await send({
      Targets: [{ Key: "tag:Role", Values: ["web"] }],
      MaxConcurrency: "20%",
      MaxErrors: "1",
      Parameters: { commands: ["sleep 10; false"] },
    });
    expect(sent).toMatchObject({ TargetCount: 10, Targets: [{ Key: "tag:Role" }] });
    await pass(5);
    expect((await statuses(sent?.CommandId)).filter((status) => status === "InProgress")).toHaveLength(2);
    await pass(60);
    // The one that was under way when the second failed goes on to its end.
    const ended = await statuses(sent?.CommandId);
    expect(ended.filter((status) => status === "Failed")).toHaveLength(3);
    expect(ended.filter((status) => status === "Cancelled/Terminated")).toHaveLength(7);
    expect(await command(sent?.CommandId)).toMatchObject({ Status: "Failed", ErrorCount: 3, CompletedCount: 10 });
    const tolerant = await send({ Targets: [{ Key: "InstanceIds", Values: all.map(({ id }) => id) }], MaxErrors: "100%", Parameters: { commands: ["false"] } });
    await pass(30);
    expect(await command(tolerant?.CommandId)).toMatchObject({ Status: "Failed", StatusDetails: "Incomplete", ErrorCount: 10 });
    const nobody = await send({ Targets: [{ Key: "tag:Role", Values: ["none"] }], Parameters: { commands: ["true"] } });
    expect(await command(nobody?.CommandId)).toMatchObject({ TargetCount: 0, StatusDetails: "NoInstancesInTag" });
  }); // biome-ignore format: long rows

  it("can be called off", async () => {
    const [web, away] = cloudWith("{ name: web, count: 2, profile: web }") as [Instance, Instance];
    setSsmAgent(away, false, now());
    const sent = await sh([web.id, away.id], "sleep 600");
    await pass(5);
    await ssm.send(new CancelCommandCommand({ CommandId: sent?.CommandId }));
    expect((await statuses(sent?.CommandId)).sort()).toEqual(["Cancelled", "Cancelling"]);
    await pass(10);
    expect(await statuses(sent?.CommandId)).toEqual(["Cancelled", "Cancelled"]);
    expect(await command(sent?.CommandId)).toMatchObject({ Status: "Cancelled" });
  });

  it("are listed newest first, and in pages", async () => {
    const all = cloudWith("{ name: web, count: 60, profile: web }");
    const [one = "", ...others] = all.map(({ id }) => id);
    await sh([one], "true");
    await pass(5);
    const wide = await send({ Targets: [{ Key: "tag-key", Values: ["none"] }], Parameters: { commands: ["true"] } });
    const last = await sh(others.slice(0, 50), "true");
    await pass(60);
    const { Commands = [] } = await ssm.send(new ListCommandsCommand({}));
    expect(Commands.map(({ CommandId }) => CommandId).slice(0, 2)).toEqual([last?.CommandId, wide?.CommandId]);
    expect((await ssm.send(new ListCommandsCommand({ InstanceId: one }))).Commands).toHaveLength(1);
    const page = await ssm.send(new ListCommandInvocationsCommand({ CommandId: last?.CommandId, MaxResults: 30 }));
    const rest = await ssm.send(new ListCommandInvocationsCommand({ CommandId: last?.CommandId, NextToken: page.NextToken }));
    expect([page.CommandInvocations?.length, rest.CommandInvocations?.length]).toEqual([30, 20]);
    expect((await ssm.send(new ListCommandInvocationsCommand({ InstanceId: one }))).CommandInvocations).toHaveLength(1);
    expect((await ssm.send(new ListCommandInvocationsCommand({ Filters: [{ key: "Status", value: "Failed" }] }))).CommandInvocations).toEqual([]);
  }); // biome-ignore format: long rows

  it.each<[string, Partial<SendCommandCommandInput>, string]>([
    ["an unknown document", { DocumentName: "AWS-Nonsense" }, "InvalidDocument: Document with name AWS-Nonsense does not exist."],
    ["no command", { Parameters: {} }, 'InvalidParameters: Parameter "commands" requires a value.'],
    ["an unknown parameter", { Parameters: { commands: ["true"], colour: ["blue"] } }, 'InvalidParameters: Parameter "colour" is not supported by document "AWS-RunShellScript".'],
    ["a time that is too short", { TimeoutSeconds: 5 }, "ValidationException: 1 validation error detected: Value '5' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to 30"],
    ["a limit that is none", { MaxErrors: "110%" }, "ValidationException: 1 validation error detected: Value '110%' at 'maxErrors' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([0-9][0-9]*|[0-9][0-9]%|100%)$"],
    ["an instance that isn't there", { InstanceIds: ["i-00000000000000000"] }, `InvalidInstanceId: Instances [[i-00000000000000000]] not in a valid state for account ${ACCOUNT}`],
    ["fifty-one instances", { InstanceIds: Array.from({ length: 51 }, () => "i-0") }, "ValidationException: 1 validation error detected"],
    ["output elsewhere", { OutputS3BucketName: "logs" }, "NotImplemented: SendCommand with OutputS3BucketName is not implemented by the local cloud"],
  ])("aren't sent with %s", async (_, input, expected) => {
    const [web] = cloudWith("{ name: web, profile: web }");
    const usual = { InstanceIds: [web?.id ?? ""], Parameters: { commands: ["true"] } };
    expect((await refusal(send({ ...usual, ...input }))).startsWith(expected)).toBe(true);
  }); // biome-ignore format: a table
});
