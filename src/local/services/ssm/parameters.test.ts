import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeDocumentCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListDocumentsCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION, refusal, START, stillCloud } from "../../../../test/support/ec2-cloud.ts";
import { ssmClient } from "../../../../test/support/local-clients.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
let ssm: SSMClient;

beforeEach(() => {
  local = stillCloud();
  ssm = ssmClient(local);
  return () => local.close();
});

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", ...more }));
const get = async (Name: string, WithDecryption?: boolean) =>
  (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
const described = async (...ParameterFilters: { Key: string; Option?: string; Values?: string[] }[]) =>
  (await ssm.send(new DescribeParametersCommand({ ParameterFilters }))).Parameters?.map(({ Name }) => Name);

describe("parameters", () => {
  it("keep their versions", async () => {
    expect(await put("AmazonCloudWatch-linux", "one")).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await refusal(put("AmazonCloudWatch-linux", "two"))).toBe(
      "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
    expect((await put("AmazonCloudWatch-linux", "two", { Overwrite: true })).Version).toBe(2);
    const latest = await get("AmazonCloudWatch-linux");
    expect(latest).toEqual({
      Name: "AmazonCloudWatch-linux",
      Type: "String",
      Value: "two",
      Version: 2,
      LastModifiedDate: START,
      ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/AmazonCloudWatch-linux`,
      DataType: "text",
    });
    expect(await get("AmazonCloudWatch-linux:1")).toMatchObject({ Value: "one", Selector: ":1" });
    expect(await get(latest?.ARN ?? "")).toEqual(latest);
    expect(await refusal(get("AmazonCloudWatch-linux:3"))).toMatch(/^ParameterVersionNotFound/);
    expect(await refusal(get("nothing"))).toBe("ParameterNotFound: Parameter nothing not found.");
    for (let version = 3; version <= 103; version += 1)
      await put("AmazonCloudWatch-linux", `v${version}`, { Overwrite: true });
    expect(await refusal(get("AmazonCloudWatch-linux:3"))).toMatch(/^ParameterVersionNotFound/);
    expect((await get("AmazonCloudWatch-linux:4"))?.Value).toBe("v4");
  });

  it("hide secure strings until they are asked for decrypted", async () => {
    await put("/app/secret", "hunter2", { Type: "SecureString" });
    const hidden = (await get("/app/secret"))?.Value ?? "";
    expect(hidden).toMatch(/^AQICAH/);
    expect(Buffer.from(hidden, "base64").toString("latin1")).not.toContain("hunter2");
    expect(await get("/app/secret", true)).toMatchObject({ Value: "hunter2", Type: "SecureString" });
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    expect(Parameters).toMatchObject([
      { KeyId: "alias/aws/ssm", LastModifiedUser: `arn:aws:iam::${ACCOUNT}:root` },
    ]);
    expect(JSON.stringify(Parameters)).not.toContain("hunter2");
  });

  it("fit into their tier by size, and don't go down again", async () => {
    await put("a", "x".repeat(4096));
    expect(await refusal(put("b", "x".repeat(4097)))).toMatch(
      /^ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters\./,
    );
    expect(await refusal(put("b", "é".repeat(2049)))).toMatch(/^ValidationException: Standard tier/);
    expect(await put("b", "x".repeat(8192), { Tier: "Advanced" })).toMatchObject({ Tier: "Advanced" });
    expect(await refusal(put("c", "x".repeat(8193), { Tier: "Advanced" }))).toMatch(
      /^ValidationException: Advanced tier parameters support a maximum parameter value of 8192 characters\./,
    );
    expect(await refusal(put("b", "x", { Tier: "Standard", Overwrite: true }))).toMatch(/can't downgrade/);
    expect(await put("b", "x", { Overwrite: true })).toMatchObject({ Tier: "Advanced", Version: 2 });
    expect(await put("d", "x".repeat(5000), { Tier: "Intelligent-Tiering" })).toMatchObject({
      Tier: "Advanced",
    });
    expect(await put("e", "x", { Tier: "Intelligent-Tiering" })).toMatchObject({ Tier: "Standard" });
    expect(await described({ Key: "Tier", Values: ["Advanced"] })).toEqual(["b", "d"]);
  });

  it.each<[string, string, string, Partial<PutParameterCommandInput>, string]>([
    ["a reserved name", "awsome", "x", {}, "AccessDeniedException: No access to reserved parameter name: awsome."],
    ["a name of Systems Manager", "/SSM/x", "x", {}, "ValidationException: Parameter name: can't be prefixed with \"ssm\""],
    ["a name with a space", "a b", "x", {}, "ValidationException: Parameter name: can only contain"],
    ["a path without its slash", "a/b", "x", {}, "ValidationException: Parameter name must be a fully qualified name."],
    ["sixteen levels", `/${Array.from({ length: 16 }, () => "a").join("/")}`, "x", {}, "HierarchyLevelLimitExceededException: "],
    ["no type", "a", "x", { Type: undefined }, "ValidationException: A parameter type is required when you create a parameter."],
    ["no value", "a", "", {}, "ValidationException: 1 validation error detected"],
    ["another pattern", "a", "x", { AllowedPattern: "\\d+" }, "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \\d+"],
    ["tags over another version", "known", "x", { Overwrite: true, Tags: [{ Key: "a", Value: "b" }] }, "ValidationException: Invalid request: tags and overwrite can't be used together."],
    ["another type", "known", "x", { Overwrite: true, Type: "SecureString" }, "HierarchyTypeMismatchException: "],
  ])("aren't put with %s", async (_, name, value, more, expected) => {
    await put("known", "x");
    expect((await refusal(put(name, value, more))).startsWith(expected)).toBe(true);
  }); // biome-ignore format: a table

  it("are found by name, path, type and tag, in pages", async () => {
    for (const name of ["/a/one", "/a/two", "/a/b/three", "/ab/four"]) await put(name, name);
    await put("list", "1,2", { Type: "StringList", Tags: [{ Key: "Team", Value: "web" }] });
    const byPath = async (more: object) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: "/a", ...more }))).Parameters?.map(({ Name }) => Name);
    expect(await byPath({})).toEqual(["/a/one", "/a/two"]);
    expect(await byPath({ Recursive: true })).toEqual(["/a/b/three", "/a/one", "/a/two"]);
    expect(await byPath({ Path: "/" })).toEqual([]);
    const page = await ssm.send(new GetParametersByPathCommand({ Path: "/", Recursive: true, MaxResults: 3 }));
    const rest = await ssm.send(new GetParametersByPathCommand({ Path: "/", Recursive: true, MaxResults: 3, NextToken: page.NextToken }));
    expect([page.Parameters?.length, rest.Parameters?.length, rest.NextToken]).toEqual([3, 1, undefined]);
    expect(await refusal(byPath({ MaxResults: 11 }))).toMatch(/^ValidationException/);
    expect(await described({ Key: "Name", Option: "BeginsWith", Values: ["/a/"] })).toHaveLength(3);
    expect(await described({ Key: "Name", Option: "Contains", Values: ["o"] })).toEqual(["/a/one", "/a/two", "/ab/four"]);
    expect(await described({ Key: "Type", Values: ["StringList"] }, { Key: "tag:Team", Values: ["web"] })).toEqual(["list"]);
    expect(await refusal(described({ Key: "Colour", Values: ["blue"] }))).toMatch(/^InvalidFilterKey/);
    const many = await ssm.send(new GetParametersCommand({ Names: ["/a/two", "list", "none"] }));
    expect([many.Parameters?.map(({ Name }) => Name), many.InvalidParameters]).toEqual([["/a/two", "list"], ["none"]]);
  }); // biome-ignore format: long rows

  it("are tagged and deleted", async () => {
    await put("a", "x");
    const resource = { ResourceType: "Parameter", ResourceId: "a" } as const;
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "k", Value: "v" }, { Key: "hash", Value: "1" }] }));
    await ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ["k"] }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([{ Key: "hash", Value: "1" }]);
    expect(await refusal(ssm.send(new ListTagsForResourceCommand({ ...resource, ResourceId: "b" })))).toMatch(/^InvalidResourceId/);
    await put("b", "x");
    expect(await ssm.send(new DeleteParametersCommand({ Names: ["b", "none"] }))).toMatchObject({ DeletedParameters: ["b"], InvalidParameters: ["none"] });
    await ssm.send(new DeleteParameterCommand({ Name: "a" }));
    expect(await refusal(ssm.send(new DeleteParameterCommand({ Name: "a" })))).toMatch(/^ParameterNotFound/);
  }); // biome-ignore format: long rows

  it("belong to their region", async () => {
    await put("a", "x");
    expect(await refusal(ssmClient(local, "us-east-1").send(new GetParameterCommand({ Name: "a" })))).toMatch(
      /^ParameterNotFound/,
    );
  });
});

describe("documents", () => {
  it("are those of AWS that commands use", async () => {
    const { DocumentIdentifiers } = await ssm.send(
      new ListDocumentsCommand({ Filters: [{ Key: "Owner", Values: ["Amazon"] }] }),
    );
    expect(DocumentIdentifiers?.map(({ Name }) => Name)).toEqual([
      "AWS-ConfigureAWSPackage",
      "AWS-RunPowerShellScript",
      "AWS-RunShellScript",
      "AWS-UpdateSSMAgent",
      "AmazonCloudWatch-ManageAgent",
    ]);
    const { Document } = await ssm.send(
      new DescribeDocumentCommand({ Name: "AmazonCloudWatch-ManageAgent" }),
    );
    expect(Document).toMatchObject({ Status: "Active", DocumentType: "Command", Owner: "Amazon" });
    expect(Document?.Parameters?.map(({ Name }) => Name)).toContain("optionalConfigurationLocation");
    expect(await refusal(ssm.send(new DescribeDocumentCommand({ Name: "none" })))).toMatch(
      /^InvalidDocument/,
    );
  });
});
