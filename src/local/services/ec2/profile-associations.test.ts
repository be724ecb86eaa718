import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
} from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  ec2Client,
  refusal,
  runInstances,
  seedProfile,
  stillCloud,
} from "../../../../test/support/ec2-cloud.ts";
import { iamClient } from "../../../../test/support/local-clients.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
let ec2: EC2Client;

beforeEach(() => {
  local = stillCloud();
  ec2 = ec2Client(local);
  seedProfile(local, "web");
  seedProfile(local, "db");
  return () => local.close();
});

const pass = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const launch = async (Name?: string, count = 1) =>
  (
    await runInstances(ec2, {
      MinCount: count,
      MaxCount: count,
      ...(Name ? { IamInstanceProfile: { Name } } : {}),
    })
  ).map(({ InstanceId = "" }) => InstanceId);
const associate = async (InstanceId: string, Name = "web") =>
  (await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name } })))
    .IamInstanceProfileAssociation;
const associations = async (input = {}) =>
  (await ec2.send(new DescribeIamInstanceProfileAssociationsCommand(input))).IamInstanceProfileAssociations ??
  [];
const profileOf = async (id: string) =>
  (await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0]
    ?.IamInstanceProfile?.Arn;
const arn = (name: string) => `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`;

describe("profile associations", () => {
  it("take a moment, and hold one profile", async () => {
    const [id = ""] = await launch();
    expect(await profileOf(id)).toBeUndefined();
    const made = await associate(id);
    expect(made).toMatchObject({
      AssociationId: expect.stringMatching(/^iip-assoc-0[0-9a-f]{16}$/),
      InstanceId: id,
      State: "associating",
      IamInstanceProfile: { Arn: arn("web"), Id: expect.stringMatching(/^AIPA/) },
    });
    await pass(5);
    expect(await associations()).toMatchObject([{ AssociationId: made?.AssociationId, State: "associated" }]);
    expect(await profileOf(id)).toBe(arn("web"));
    expect(await refusal(associate(id, "db"))).toBe(
      `IncorrectState: There is an existing association for instance ${id}`,
    );
  });

  it("are replaced only while the instance runs, and have a new id then", async () => {
    const [id = ""] = await launch("web");
    await pass(30);
    const [first] = await associations();
    const replace = (AssociationId: string | undefined) =>
      ec2.send(
        new ReplaceIamInstanceProfileAssociationCommand({
          AssociationId,
          IamInstanceProfile: { Name: "db" },
        }),
      );
    const { IamInstanceProfileAssociation: second } = await replace(first?.AssociationId);
    expect(second).toMatchObject({ State: "associating", IamInstanceProfile: { Arn: arn("db") } });
    expect(second?.AssociationId).not.toBe(first?.AssociationId);
    expect((await associations()).map(({ State }) => State)).toEqual(["disassociating", "associating"]);
    await pass(10);
    expect((await associations()).map(({ AssociationId }) => AssociationId)).toEqual([second?.AssociationId]);
    expect(await refusal(replace(first?.AssociationId))).toMatch(/^InvalidAssociationID\.NotFound/);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await pass(60);
    expect(await refusal(replace(second?.AssociationId))).toBe(
      `IncorrectInstanceState: The instance '${id}' is not in the 'running' state.`,
    );
  });

  it("end, also with their instance", async () => {
    const [one = "", two = ""] = await launch("web", 2);
    await pass(30);
    const [first] = await associations({ Filters: [{ Name: "instance-id", Values: [one] }] });
    const end = () =>
      ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId: first?.AssociationId }));
    expect((await end()).IamInstanceProfileAssociation?.State).toBe("disassociating");
    expect(await refusal(end())).toMatch(/^InvalidAssociationID\.NotFound/);
    expect(await profileOf(one)).toBeUndefined();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [two] }));
    await pass(60);
    expect(await associations()).toEqual([]);
    expect((await associate(one, "db"))?.State).toBe("associating");
  });

  it("come in pages and by filter", async () => {
    await launch("web", 12);
    const first = await ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ MaxResults: 10 }));
    const rest = await ec2.send(
      new DescribeIamInstanceProfileAssociationsCommand({ MaxResults: 10, NextToken: first.NextToken }),
    );
    expect([
      first.IamInstanceProfileAssociations?.length,
      rest.IamInstanceProfileAssociations?.length,
    ]).toEqual([10, 2]);
    expect(await associations({ Filters: [{ Name: "state", Values: ["associated"] }] })).toEqual([]);
    expect(await refusal(associations({ AssociationIds: ["nonsense"] }))).toBe(
      "InvalidParameterValue: Invalid value for associationId.",
    );
  });

  it("need a profile that EC2 knows already, with a role in it", async () => {
    const iam = iamClient(local);
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "new" }));
    const [id = ""] = await launch();
    const unknown = "InvalidParameterValue: Value (new) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name";
    expect(await refusal(associate(id, "new"))).toBe(unknown);
    expect(await refusal(launch("new"))).toBe(unknown);
    await pass(10);
    expect(await refusal(associate(id, "new"))).toBe(
      `InvalidParameterValue: IAM Instance Profile "${arn("new")}" has no associated IAM Roles`,
    );
    const trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
    await iam.send(new CreateRoleCommand({ RoleName: "new", AssumeRolePolicyDocument: trust }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "new", RoleName: "new" }));
    expect((await associate(id, "new"))?.State).toBe("associating");
    expect(await refusal(launch("nothing"))).toMatch(/Invalid IAM Instance Profile name$/);
    const byArn = new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile: { Arn: arn("x") } });
    expect(await refusal(ec2.send(byArn))).toBe(
      `InvalidParameterValue: Value (${arn("x")}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
    );
  }); // biome-ignore format: long rows

  it("are refused when a fault denies iam:PassRole", async () => {
    const [id = ""] = await launch();
    local.faults.set({ rules: [{ effect: "accessDenied", service: "iam", operation: "PassRole" }] });
    expect(await refusal(associate(id))).toMatch(
      /^UnauthorizedOperation: You are not authorized to perform this operation\. User: .* is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role\/web/,
    );
    expect(await associations()).toEqual([]);
  });
});

describe("the console", () => {
  it("tells what the kernel said, in base64", async () => {
    const [id = ""] = await launch();
    const read = async () => (await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }))).Output;
    expect(await read()).toBeUndefined();
    await pass(300);
    expect(Buffer.from((await read()) ?? "", "base64").toString()).toMatch(/Linux version[\s\S]*login: \n$/);
  });
});
