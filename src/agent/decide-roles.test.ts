import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../model/resource.ts";
import { type BeforeRecord, formatBefore, mergeBefore, parseBefore } from "./before-tag.ts";
import { decideRoles, ownProfileArn, ownRoleName } from "./decide-roles.ts";
import { lettersOf, missingPolicies, policiesOf, type RequiredPolicy } from "./required-policies.ts";
import { roleOwner } from "./role-owner.ts";

const CHINA = {
  configuration: "web-team",
  account: "111122223333",
  region: "cn-north-1",
  partition: "aws-cn",
} as const;

function instance(id: string, instanceProfileArn?: string): Resource {
  return {
    arn: `arn:aws-cn:ec2:cn-north-1:111122223333:instance/${id}`,
    type: "ec2.instance",
    account: CHINA.account,
    region: CHINA.region,
    id,
    name: id,
    state: "running",
    tags: {},
    facts: { instanceProfileArn },
  };
}

describe("roles in China", () => {
  it("have that partition's ARNs throughout", () => {
    const profile = "arn:aws-cn:iam::111122223333:instance-profile/team/app";
    const role = { name: "app", arn: "arn:aws-cn:iam::111122223333:role/app", attached: [], tags: {} };
    const all = [instance("i-1"), instance("i-2", profile)];
    const { changes } = decideRoles({
      ...CHINA,
      all,
      instances: all.map((resource) => ({ resource, replaceRole: false, online: false })),
      profiles: new Map([[profile, { arn: profile, name: "app", role }]]),
    });
    const arns = JSON.stringify(changes).match(/arn:[\w-]+:/g) ?? [];
    expect(arns.length).toBeGreaterThan(4);
    expect(new Set(arns)).toEqual(new Set(["arn:aws-cn:"]));
    expect(changes.map(({ after }) => after)).toMatchObject([
      { do: "create", role: "web-team-agent-cn-north-1" },
      { do: "attach", role: "app", tags: { "i-2": "wk1 web-team profile=same attached=sa@team/app" } },
      { do: "associate", instance: "i-1", tags: { "i-1": "wk1 web-team profile=none attached=-" } },
    ]);
  });
});

describe("our role", () => {
  it("has a name of at most 64 characters, another for each configuration", () => {
    const names = ["a".repeat(64), `${"a".repeat(63)}b`].map((configuration) =>
      ownRoleName({ configuration, region: "ap-southeast-7" }),
    );
    expect(names.every((name) => name.length <= 64)).toBe(true);
    expect(new Set(names).size).toBe(2);
    expect(ownProfileArn(CHINA)).toBe(
      "arn:aws-cn:iam::111122223333:instance-profile/web-team-agent-cn-north-1",
    );
  });
});

describe("missing policies", () => {
  it("are those that no other managed policy covers", () => {
    const missing = (...names: string[]) =>
      missingPolicies(
        names.map((name) => `arn:aws:iam::aws:policy/${name}`),
        false,
      );
    expect(missing()).toEqual(["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"]);
    expect(missing("service-role/AmazonEC2RoleforSSM", "CloudWatchAgentAdminPolicy")).toEqual([]);
    expect(missing("AdministratorAccess")).toEqual([]);
    expect(missing("AmazonSSMFullAccess")).toEqual(["CloudWatchAgentServerPolicy"]);
    // A policy of the customer's own with such a name is another one.
    expect(missingPolicies(["arn:aws:iam::111122223333:policy/AdministratorAccess"], true)).toEqual([
      "CloudWatchAgentServerPolicy",
    ]);
  });
});

describe("the tag of what was before", () => {
  const policies = fc.subarray<RequiredPolicy>([
    "AmazonSSMManagedInstanceCore",
    "CloudWatchAgentServerPolicy",
  ]);
  const record = fc.record(
    {
      configuration: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
      profile: fc.stringMatching(/^[\w+=,.@/-]{1,100}$/).filter((name) => name !== "same"),
      attached: policies,
    },
    { requiredKeys: ["configuration", "attached"] },
  );

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(record, (before) => {
        expect(parseBefore(formatBefore(before))).toEqual(before);
      }),
    );
    for (const other of [undefined, "", "wk2 a profile=same attached=-", "none"])
      expect(parseBefore(other)).toBeUndefined();
  });

  it("keeps the first profile and every policy, however often it changes", () => {
    fc.assert(
      fc.property(record, fc.array(record, { minLength: 1 }), (first, later) => {
        const merged = later.reduce<BeforeRecord>((known, next) => mergeBefore(known, next), first);
        expect(merged.profile).toBe([first, ...later].find(({ profile }) => profile !== undefined)?.profile);
        for (const { attached } of [first, ...later])
          expect(policiesOf(lettersOf(merged.attached))).toEqual(expect.arrayContaining([...attached]));
      }),
    );
  });

  it("that doesn't fit is not written", () => {
    const profile = `${"path/".repeat(60)}name`;
    expect(formatBefore({ configuration: "web-team", profile, attached: [] })).toBeUndefined();
  });
});

describe("the owner of a role", () => {
  it("is told by CloudFormation's tags, or those that people write", () => {
    expect(roleOwner({ "aws:cloudformation:stack-name": "shop", ManagedBy: "terraform" })).toEqual({
      tool: "CloudFormation",
      name: "shop",
    });
    expect(roleOwner({ ManagedBy: "Terraform Cloud" })).toEqual({ tool: "Terraform" });
    expect(roleOwner({ terraform: "true" })).toEqual({ tool: "Terraform" });
    expect(roleOwner({ terraform: "false" })).toBeUndefined();
    expect(roleOwner({ "created-by": "cdk" })).toEqual({ tool: "CDK" });
    expect(roleOwner({ Name: "terraform-runner", Team: "web" })).toBeUndefined();
  });
});
