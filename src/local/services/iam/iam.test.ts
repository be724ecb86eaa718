import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetInstanceProfileCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListRoles,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION, refusal, START, stillCloud } from "../../../../test/support/ec2-cloud.ts";
import { iamClient } from "../../../../test/support/local-clients.ts";
import { directoryOf, roleAllows } from "../../identities/directory.ts";
import type { LocalCloud } from "../../server.ts";

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const AGENT = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy";
const CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
const INLINE = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}';

let local: LocalCloud;
let iam: IAMClient;

beforeEach(() => {
  local = stillCloud();
  iam = iamClient(local);
  return () => local.close();
});

const role = (RoleName: string, more: object = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }));
const profile = (InstanceProfileName: string) =>
  iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }));
const join = (InstanceProfileName: string, RoleName: string) =>
  iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
const attach = (RoleName: string, PolicyArn: string) =>
  iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
const attached = async (RoleName: string) =>
  (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies?.map(
    ({ PolicyName }) => PolicyName,
  );

describe("roles", () => {
  it("keep what they were made with, their trust percent-encoded", async () => {
    const { Role: made } = await role("app", {
      Path: "/team/",
      Description: "the application's",
      MaxSessionDuration: 7200,
      Tags: [{ Key: "Owner", Value: "web" }],
    });
    expect(made).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:role/team/app`,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      CreateDate: START,
      MaxSessionDuration: 7200,
      Tags: [{ Key: "Owner", Value: "web" }],
    });
    expect(made?.AssumeRolePolicyDocument).toMatch(/^%7B%22Version%22%3A/);
    expect(decodeURIComponent(made?.AssumeRolePolicyDocument ?? "")).toBe(TRUST);
    const other = TRUST.replace("ec2.", "lambda.");
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "APP", PolicyDocument: other }));
    await iam.send(new UpdateRoleCommand({ RoleName: "app", MaxSessionDuration: 3600 }));
    const { Role: read } = await iam.send(new GetRoleCommand({ RoleName: "app" }));
    expect(decodeURIComponent(read?.AssumeRolePolicyDocument ?? "")).toBe(other);
    expect(read).toMatchObject({ MaxSessionDuration: 3600, Description: "the application's" });
  });

  it("are the same from every region, and not another account's", async () => {
    await role("app");
    const elsewhere = await iamClient(local, "us-east-1").send(new GetRoleCommand({ RoleName: "app" }));
    expect(elsewhere.Role?.RoleName).toBe("app");
    const stranger = iamClient(local, REGION, local.accounts.all[1]);
    expect(await refusal(stranger.send(new GetRoleCommand({ RoleName: "app" })))).toBe(
      "NoSuchEntityException: The role with name app cannot be found.",
    );
  });

  it("have the ARNs of their partition", async () => {
    const china = { id: "777788889999", partition: "aws-cn", accessKeyId: "AKIACHINAEXAMPLE0000", secretAccessKey: "x" } as const; // biome-ignore format: a row
    const cloud = stillCloud([china]);
    const client = iamClient(cloud, "cn-north-1", china);
    const trust = TRUST.replace("amazonaws.com", "amazonaws.com.cn");
    const made = await client.send(new CreateRoleCommand({ RoleName: "a", AssumeRolePolicyDocument: trust }));
    expect(made.Role?.Arn).toBe("arn:aws-cn:iam::777788889999:role/a");
    const attachIn = (PolicyArn: string) =>
      client.send(new AttachRolePolicyCommand({ RoleName: "a", PolicyArn }));
    expect(await refusal(attachIn(CORE))).toMatch(/^InvalidInputException: Partition "aws" is not valid/);
    await attachIn(CORE.replace("arn:aws:", "arn:aws-cn:"));
    const { Policy } = await client.send(
      new GetPolicyCommand({ PolicyArn: CORE.replace("arn:aws:", "arn:aws-cn:") }),
    );
    expect(Policy).toMatchObject({ AttachmentCount: 1, Arn: CORE.replace("aws:", "aws-cn:") });
    cloud.close();
  });

  it("come in pages, in order of name", async () => {
    for (const name of ["b", "C", "a", "e", "d"]) await role(name);
    const names: string[] = [];
    let pages = 0;
    for await (const page of paginateListRoles({ client: iam, pageSize: 2 }, {})) {
      pages += 1;
      names.push(...(page.Roles ?? []).map(({ RoleName = "" }) => RoleName));
    }
    expect([pages, names]).toEqual([3, ["a", "b", "C", "d", "e"]]);
  });

  it("carry tags, keys without case", async () => {
    await role("app", { Tags: [{ Key: "Owner", Value: "a" }] });
    await iam.send(
      new TagRoleCommand({
        RoleName: "app",
        Tags: [
          { Key: "owner", Value: "b" },
          { Key: "Z", Value: "" },
        ],
      }),
    );
    await iam.send(new UntagRoleCommand({ RoleName: "app", TagKeys: ["z", "none"] }));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: "app" }))).Tags).toEqual([
      { Key: "owner", Value: "b" },
    ]);
    const fifty = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "" }));
    expect(await refusal(iam.send(new TagRoleCommand({ RoleName: "app", Tags: fifty })))).toMatch(
      /^LimitExceededException/,
    );
  });

  it.each<[string, object, string]>([
    ["a taken name, whatever its case", { RoleName: "APP" }, "EntityAlreadyExistsException: Role with name APP already exists."],
    ["a name with a space", { RoleName: "a b" }, "ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"],
    ["trust that isn't JSON", { AssumeRolePolicyDocument: "{" }, "MalformedPolicyDocumentException: This policy contains invalid Json"],
    ["trust in nobody", { AssumeRolePolicyDocument: TRUST.replace("Principal", "Nobody") }, "MalformedPolicyDocumentException: Missing required field Principal"],
    ["trust in no service", { AssumeRolePolicyDocument: TRUST.replace("ec2.amazonaws.com", "ec2") }, 'MalformedPolicyDocumentException: Invalid principal in policy: "SERVICE":"ec2"'],
    ["a short session", { MaxSessionDuration: 60 }, "ValidationError: 1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600"],
    ["a path without slashes", { Path: "team" }, "ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."],
  ])("aren't made with %s", async (_, more, expected) => {
    await role("app");
    expect(await refusal(role("other", more))).toBe(expected);
  }); // biome-ignore format: a table
});

describe("policies of roles", () => {
  it("are attached and detached, ten at most", async () => {
    await role("app");
    await attach("app", CORE);
    await attach("app", AGENT);
    await attach("app", CORE);
    expect(await attached("app")).toEqual(["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"]);
    expect(await refusal(attach("app", "arn:aws:iam::aws:policy/Nonsense"))).toBe(
      "NoSuchEntityException: Policy arn:aws:iam::aws:policy/Nonsense does not exist or is not attachable.",
    );
    const detach = () => iam.send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn: AGENT }));
    await detach();
    expect(await refusal(detach())).toBe(`NoSuchEntityException: Policy ${AGENT} was not found.`);
    expect(await attached("app")).toEqual(["AmazonSSMManagedInstanceCore"]);
  });

  it("can be a role's own", async () => {
    await role("app");
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName, PolicyDocument }));
    await put("own", INLINE);
    const read = await iam.send(new GetRolePolicyCommand({ RoleName: "app", PolicyName: "own" }));
    expect(decodeURIComponent(read.PolicyDocument ?? "")).toBe(INLINE);
    expect(read.PolicyDocument).toContain("%2A");
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "app" }))).PolicyNames).toEqual(["own"]);
    expect(await refusal(put("bad", "{}"))).toMatch(/^MalformedPolicyDocumentException/);
    expect(await refusal(put("bad", INLINE.replace('"Resource":"*"', '"Resource":"x"')))).toBe(
      'MalformedPolicyDocumentException: Resource x must be in ARN format or "*".',
    );
    expect(await refusal(put("huge", INLINE.replace("s3:Get*", `s3:${"G".repeat(10_300)}`)))).toBe(
      "LimitExceededException: Maximum policy size of 10240 bytes exceeded for role app",
    );
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "app", PolicyName: "own" }));
    expect(await refusal(iam.send(new GetRolePolicyCommand({ RoleName: "app", PolicyName: "own" })))).toBe(
      "NoSuchEntityException: The role policy with name own cannot be found.",
    );
  });

  it("decide what machines may do, then and now", async () => {
    await role("app");
    const directory = directoryOf(local.cloud, ACCOUNT);
    const may = (action: string, resource = "*", at = local.cloud.clock.time()) =>
      roleAllows(directory.role("app")!, { action, resource }, at);
    expect(may("ssm:UpdateInstanceInformation")).toBe(false);
    const before = local.cloud.clock.time();
    await local.cloud.clock.advance(1000);
    await attach("app", CORE);
    expect(may("ssm:UpdateInstanceInformation")).toBe(true);
    expect(may("ssm:UpdateInstanceInformation", "*", before)).toBe(false);
    await attach("app", AGENT);
    expect(may("cloudwatch:putmetricdata")).toBe(true);
    const deny = {
      Effect: "Deny",
      Action: "cloudwatch:*",
      Resource: "*",
      Condition: { Bool: { x: "true" } },
    };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [deny] });
    await iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName: "no", PolicyDocument }));
    expect(may("cloudwatch:PutMetricData")).toBe(false);
    expect(may("ssm:GetParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/any`)).toBe(true);
  });

  it("of AWS are known by ARN", async () => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: AGENT }));
    expect(Policy).toMatchObject({ PolicyName: "CloudWatchAgentServerPolicy", DefaultVersionId: "v1" });
    const { PolicyVersion } = await iam.send(
      new GetPolicyVersionCommand({ PolicyArn: AGENT, VersionId: "v1" }),
    );
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toContain("parameter/AmazonCloudWatch-*");
  });
});

describe("instance profiles", () => {
  it("carry one role, which can't go meanwhile", async () => {
    await profile("web");
    await role("app");
    await role("other");
    await join("web", "app");
    expect(await refusal(join("web", "other"))).toBe(
      "LimitExceededException: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    );
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: "web" }));
    expect(InstanceProfile).toMatchObject({
      Arn: `arn:aws:iam::${ACCOUNT}:instance-profile/web`,
      InstanceProfileId: expect.stringMatching(/^AIPA/),
      Roles: [{ RoleName: "app" }],
    });
    const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: "app" }));
    expect(InstanceProfiles?.map(({ InstanceProfileName }) => InstanceProfileName)).toEqual(["web"]);
    const deleteRole = () => iam.send(new DeleteRoleCommand({ RoleName: "app" }));
    const deleteProfile = () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: "web" }));
    const message =
      "DeleteConflictException: Cannot delete entity, must remove roles from instance profile first.";
    expect(await refusal(deleteRole())).toBe(message);
    expect(await refusal(deleteProfile())).toBe(message);
    const part = { InstanceProfileName: "web", RoleName: "app" };
    await iam.send(new RemoveRoleFromInstanceProfileCommand(part));
    expect(await refusal(iam.send(new RemoveRoleFromInstanceProfileCommand(part)))).toMatch(
      /^NoSuchEntityException/,
    );
    await attach("app", CORE);
    expect(await refusal(deleteRole())).toMatch(/must detach all policies first/);
    await iam.send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn: CORE }));
    await deleteRole();
    await deleteProfile();
    expect(await refusal(deleteProfile())).toBe(
      "NoSuchEntityException: Instance Profile web cannot be found.",
    );
  });

  it("are unique and tagged", async () => {
    await profile("web");
    expect(await refusal(profile("Web"))).toBe(
      "EntityAlreadyExistsException: Instance Profile Web already exists.",
    );
    const name = { InstanceProfileName: "web" };
    await iam.send(new TagInstanceProfileCommand({ ...name, Tags: [{ Key: "a", Value: "1" }] }));
    expect((await iam.send(new ListInstanceProfileTagsCommand(name))).Tags).toEqual([
      { Key: "a", Value: "1" },
    ]);
    await iam.send(new UntagInstanceProfileCommand({ ...name, TagKeys: ["a"] }));
    expect((await iam.send(new ListInstanceProfileTagsCommand(name))).Tags).toEqual([]);
  });
});

describe("the account's details", () => {
  it("tell roles with profiles and policies, in pages", async () => {
    for (const name of ["a", "b", "c"]) {
      await role(name, { Tags: [{ Key: "n", Value: name }] });
      await attach(name, CORE);
    }
    await profile("p");
    await join("p", "b");
    await iam.send(new PutRolePolicyCommand({ RoleName: "c", PolicyName: "own", PolicyDocument: INLINE }));
    const details = [];
    const policies = [];
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 2 }, {})) {
      details.push(...(page.RoleDetailList ?? []));
      policies.push(...(page.Policies ?? []));
    }
    expect(details).toMatchObject([
      { RoleName: "a", InstanceProfileList: [], Tags: [{ Key: "n", Value: "a" }] },
      { RoleName: "b", InstanceProfileList: [{ InstanceProfileName: "p" }] },
      { RoleName: "c", RolePolicyList: [{ PolicyName: "own" }] },
    ]);
    expect(details.map((one) => one.AttachedManagedPolicies?.map(({ PolicyArn }) => PolicyArn))).toEqual(
      Array.from({ length: 3 }, () => [CORE]),
    );
    expect(policies).toMatchObject([{ PolicyName: "AmazonSSMManagedInstanceCore", AttachmentCount: 3 }]);
    const onlyRoles = await iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
    expect([onlyRoles.RoleDetailList?.length, onlyRoles.Policies]).toEqual([3, []]);
    expect(await refusal(iam.send(new GetAccountAuthorizationDetailsCommand({ Marker: "nonsense" })))).toBe(
      "ValidationError: Invalid Marker.",
    );
  });
});
