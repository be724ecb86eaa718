import { CreateTagsCommand, StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { DeleteParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { type AgentFleet, ALL, agentFleet, ends, told } from "../../../test/support/agent-fleet.ts";
import { ACCOUNT, ec2Client, REGION } from "../../../test/support/ec2-cloud.ts";
import { ssmClient } from "../../../test/support/local-clients.ts";
import { AGENT_TAG } from "../../agent/agent-mark.ts";
import { BEFORE_TAG } from "../../agent/before-tag.ts";
import { stopAgent } from "../../local/guest/agent-state.ts";
import { freeze, guestOf, setSsmAgent } from "../../local/guest/guest.ts";
import { commandsKey } from "../../local/services/ssm/command-store.ts";
import type { Change } from "../../plan/plan.ts";

const BOTH = "policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy]";
const LINUX = "AmazonCloudWatch-web-team-default-linux";

let fleet: AgentFleet;
afterEach(() => fleet.close());

const advance = (minutes: number) => fleet.local.cloud.clock.advance(minutes * 60_000);
const tag = (name: string, Key: string, Value: string) =>
  ec2Client(fleet.local).send(
    new CreateTagsCommand({ Resources: [fleet.instance(name).id], Tags: [{ Key, Value }] }),
  );
const edit = (Value: string, rest: object = {}) =>
  ssmClient(fleet.local).send(new PutParameterCommand({ Name: LINUX, Value, Overwrite: true, ...rest }));
const nothingPending = ({
  summary,
}: {
  readonly summary: { create: number; update: number; delete: number; mark: number };
}) => summary.create + summary.update + summary.delete + summary.mark === 0;

describe("planning the agent", () => {
  it("follows what became of instances since", async () => {
    fleet = await agentFleet(
      `{ name: a, names: [fine, silent, lost, off, drifted, pinned, taken, newer], profile: { role: app, ${BOTH} } }`,
    );
    expect(new Set(ends(await fleet.apply(), "install"))).toEqual(new Set(["applied"]));
    expect(nothingPending(await fleet.plan())).toBe(true);
    const now = fleet.local.cloud.clock.time();
    for (const name of ["silent", "lost"])
      stopAgent(fleet.instance(name), guestOf(fleet.instance(name)).agent, now);
    setSsmAgent(fleet.instance("lost"), false, now);
    await ec2Client(fleet.local).send(new StopInstancesCommand({ InstanceIds: [fleet.instance("off").id] }));
    const mark = fleet.instance("fine").tags.get(AGENT_TAG) ?? "";
    await tag("drifted", AGENT_TAG, mark.replace(/ [0-9a-f]{16} /, " 0123456789abcdef "));
    await tag("pinned", AGENT_TAG, mark.replace("latest", "1.300049.1b929"));
    await tag("taken", AGENT_TAG, mark.replace("web-team", "other-team"));
    await tag("newer", AGENT_TAG, "wk2 web-team something=new");
    await advance(15);
    const plan = await fleet.plan();
    expect(told(plan, "install")).toEqual([
      "conflict newer: tag-taken",
      "conflict taken: tag-taken",
      "keep lost: offline",
      "update drifted: drifted",
      "update pinned: version",
      "update silent: silent",
    ]);
    const step = (name: string) =>
      plan.changes.find(({ label, after }) => label === name && after !== undefined)?.after as {
        readonly package: boolean;
      };
    // What works is configured only; its package isn't touched.
    expect([step("drifted").package, step("pinned").package, step("silent").package]).toEqual([
      false,
      true,
      true,
    ]);
    expect(new Set(ends(await fleet.apply(), "install"))).toEqual(new Set(["applied"]));
    expect(nothingPending(await fleet.plan())).toBe(true);
  });

  it("says which instances have the agent that no target selects any more", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1, web-2], profile: { role: app, ${BOTH} } }`);
    await fleet.apply();
    const { notes, changes } = await fleet.plan('  targets: [{ select: { name: "web-1" } }]\n');
    expect(changes).toEqual([]);
    expect(notes).toMatchObject([{ severity: "info", code: "no-longer-selected" }]);
    expect(notes[0]?.message).toMatch(/^web-2 \(i-\w+\) has the agent of this configuration, and no target/);
  });

  it("gives each instance to the first target that selects it, and replaces what it is told to", async () => {
    fleet = await agentFleet(
      `{ name: a, names: [web-1, db-1], profile: { role: app, ${BOTH} }, agent: true }`,
    );
    const agent = `  targets:
    - { select: { name: "db-*" }, profile: databases, replaceAgent: true }
    - { select: { type: ec2.instance } }
  profiles: { databases: { interval: 30 } }
`;
    const plan = await fleet.plan(agent);
    expect(told(plan, "parameter")).toEqual(["create databases: new", "create default: new"]);
    expect(told(plan, "install")).toEqual(["keep web-1: foreign", "update db-1: replace-agent"]);
    expect(ends(await fleet.apply(agent), "install")).toEqual(["applied"]);
    expect(fleet.instance("db-1").tags.get(AGENT_TAG)).toMatch(
      /^wk1 web-team databases [0-9a-f]{16} latest$/,
    );
    // What it was configured with before nobody knows: it goes on with ours.
    expect(told(await fleet.plan(agent, "undo"), "install")).toEqual(["mark db-1: before-unknown"]);
    expect(new Set((await fleet.apply(agent, "undo")).map(({ status }) => status))).toEqual(
      new Set(["applied"]),
    );
    expect(fleet.instance("db-1").tags.get(AGENT_TAG)).toBeUndefined();
    expect(guestOf(fleet.instance("db-1")).agent.configuration?.source).toContain("databases");
  });

  it("stops behind roles and configurations where somebody else installs", async () => {
    fleet = await agentFleet("{ name: web, names: [web-1] }");
    const plan = await fleet.plan(`${ALL}  install: false\n`);
    expect([told(plan, "role").length, told(plan, "parameter").length, told(plan, "install").length]).toEqual(
      [2, 1, 0],
    );
  });

  it("says what can't be read, and plans nothing on half of it", async () => {
    fleet = await agentFleet(`{ name: web, profile: { role: app, ${BOTH} } }`);
    for (const [operation, types] of [
      ["DescribeInstanceInformation", ["install"]],
      ["GetMetricData", ["install"]],
      ["GetParameters", ["parameter"]],
      ["DescribeInstances", ["role", "install"]],
    ] as const) {
      fleet.local.cloud.faults.set({ rules: [{ operation, effect: "accessDenied" }] });
      const plan = await fleet.plan();
      const broken = plan.scopes.filter(({ complete, type }) => !complete && type.startsWith("agent."));
      expect([operation, ...broken.map(({ type }) => type.slice("agent.".length))]).toEqual([
        operation,
        ...types,
      ]);
      expect(told(plan, "install").filter((text) => !text.startsWith("keep"))).toEqual([]);
    }
  });

  it("of 1,000 instances takes 30 calls and those for roles; where all is well far fewer, and a command goes to 50", async () => {
    const sum = (made: Readonly<Record<string, number>>) =>
      Object.entries(made).reduce((all, [call, count]) => (call.startsWith("iam:") ? all : all + count), 0);
    const groups = (linux: number, windows: number) =>
      `{ name: web, count: ${linux}, profile: { role: app, policies: [] } }, { name: win, count: ${windows}, platform: windows, profile: app }`;
    fleet = await agentFleet(groups(900, 100));
    const { calls } = await fleet.plan();
    expect(calls.made).toEqual({
      "sts:GetCallerIdentity": 1,
      "ssm:DescribeInstanceInformation": 20,
      "ec2:DescribeInstances": 4,
      "cloudwatch:GetMetricData": 2,
      "cloudwatch:ListMetrics": 2,
      "ssm:GetParameters": 1,
      "iam:GetInstanceProfile": 1,
      "iam:GetRole": 1,
      "iam:ListAttachedRolePolicies": 1,
    });
    expect(sum(calls.made)).toBe(30);
    fleet.close();

    fleet = await agentFleet(groups(60, 10));
    const outcomes = await fleet.apply();
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["applied"]));
    const made = fleet.local.requests;
    // 1 + 1 + 2 batches: asked, installed, and configured once for each platform in it.
    const commands = made.get("ssm:SendCommand") ?? 0;
    expect([commands >= 12, commands <= 16]).toEqual([true, true]);
    // One page a poll; a command is over after a few.
    expect(made.get("ssm:ListCommandInvocations") ?? 0).toBeLessThanOrEqual(6 * commands);
    const second = await fleet.plan();
    expect([nothingPending(second), second.summary.kept]).toEqual([true, 0]);
    expect(sum(second.calls.made)).toBe(5);
  });
});

describe("a stored configuration that somebody edited", () => {
  const edited = (interval: number) =>
    JSON.stringify({
      agent: { metrics_collection_interval: interval },
      metrics: {
        append_dimensions: { InstanceId: `\${aws:InstanceId}` },
        aggregation_dimensions: [["InstanceId"]],
        metrics_collected: { mem: { measurement: ["mem_used_percent"] } },
      },
    });

  it("stays, and so do the agents that have what was there; new ones get what it holds", async () => {
    fleet = await agentFleet(
      `{ name: a, names: [old], profile: { role: app, ${BOTH} } }, { name: b, names: [new], profile: app }`,
    );
    const old = '  targets: [{ select: { name: "old" } }]\n';
    await fleet.apply(old);
    await edit(edited(30));
    const plan = await fleet.plan();
    expect(told(plan, "parameter")).toEqual(["keep default: edited-by-hand"]);
    const [change] = plan.changes.filter(({ scope }) => scope.type === "agent.parameter");
    expect(change?.fields).toContainEqual({
      field: "agent.metrics_collection_interval",
      live: 30,
      desired: 60,
      verdict: "keep",
      lastAsked: "desired",
    });
    expect(told(plan, "install")).toEqual(["create new: no-agent", "update old: drifted"]);
    expect(new Set(ends(await fleet.apply(), "install"))).toEqual(new Set(["applied"]));
    // The configuration changes as well: somebody must decide.
    const other = `${ALL}  profiles: { default: { interval: 45 } }\n`;
    expect(told(await fleet.plan(other), "parameter")).toEqual(["conflict default: edited-and-changed"]);
    expect(told(await fleet.plan(`${other}  merge: config\n`), "parameter")).toEqual([
      "update default: configuration-changed",
    ]);
    expect(told(await fleet.plan(`${ALL}  merge: config\n`), "parameter")).toEqual([
      "update default: restored",
    ]);
    await fleet.apply(`${ALL}  merge: config\n`);
    expect(nothingPending(await fleet.plan())).toBe(true);
  });

  it("is offered to nobody when the agent would refuse it, or couldn't be seen to work", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1], profile: { role: app, ${BOTH} } }`);
    await fleet.apply(`${ALL}  install: false\n`);
    for (const text of [
      "{ no json",
      '{"metrics":{}}',
      '{"metrics":{"metrics_collected":{"swap":{"measurement":["swap_used_percent"]}}}}',
    ]) {
      await edit(text);
      expect(told(await fleet.plan(), "install")).toEqual(["keep web-1: no-configuration"]);
    }
    await ssmClient(fleet.local).send(new DeleteParameterCommand({ Name: LINUX }));
    await ssmClient(fleet.local).send(new PutParameterCommand({ Name: LINUX, Value: "{}", Type: "String" }));
    expect(told(await fleet.plan(), "parameter")).toEqual(["conflict default: not-ours"]);
  });

  it("follows the configuration while nobody touched it, and is no more than a saved plan keeps", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1], profile: { role: app, ${BOTH} } }`);
    await fleet.apply();
    const faster = `${ALL}  profiles: { default: { interval: 30 } }\n`;
    expect(told(await fleet.plan(faster), "parameter")).toEqual(["update default: configuration-changed"]);
    expect(told(await fleet.plan(faster), "install")).toEqual(["update web-1: drifted"]);
    const { changes } = await fleet.plan(faster);
    // As a saved plan keeps them.
    const saved = JSON.parse(JSON.stringify(changes)) as Change[];
    expect(saved).toEqual(changes);
  });
});

describe("bad luck", () => {
  it("with PassRole leaves the instances it concerns, and tells the rest of its own", async () => {
    fleet = await agentFleet(
      `{ name: bare, names: [bare-1] }, { name: a, names: [web-1], profile: { role: app, ${BOTH} } }`,
    );
    fleet.local.cloud.faults.set({
      rules: [{ service: "iam", operation: "PassRole", effect: "accessDenied" }],
    });
    const outcomes = await fleet.apply();
    expect(ends(outcomes, "role")).toEqual(["applied", "failed AccessDenied"]);
    expect(ends(outcomes, "install")).toEqual(["applied", "failed not-tried"]);
    expect(outcomes.find(({ error }) => error?.code === "not-tried")).toMatchObject({
      name: expect.stringMatching(/^bare-1 /),
      error: { message: "not tried, because its role failed before it" },
    });
    fleet.local.cloud.faults.set({});
    expect(new Set((await fleet.apply()).map(({ status }) => status))).toEqual(new Set(["applied"]));
  });

  it("with an SSM agent that isn't there is waiting, not failure, and the next plan says why", async () => {
    fleet = await agentFleet("{ name: bare, names: [bare-1], guest: { ssmAgent: { running: false } } }");
    const outcomes = await fleet.apply();
    expect(ends(outcomes, "install")).toEqual(["waiting not-registered"]);
    expect(told(await fleet.plan(), "install")).toEqual(["keep bare-1: not-managed"]);
    setSsmAgent(fleet.instance("bare-1"), true, fleet.local.cloud.clock.time());
    await advance(10);
    expect(ends(await fleet.apply(), "install")).toEqual(["applied"]);
  });

  it("with an agent that may not write is waiting, and goes on when it may", async () => {
    fleet =
      await agentFleet(`{ name: a, names: [web-1, web-2], profile: { role: app, ${BOTH}, inline: { p: { Version: "2012-10-17",
      Statement: [{ Effect: Deny, Action: "cloudwatch:PutMetricData", Resource: "*" }] } } } }`);
    const outcomes = await fleet.apply();
    // The second one isn't begun: the first one proved nothing.
    expect(ends(outcomes, "install")).toEqual(["pending too-many-failures", "waiting no-datapoint"]);
    expect(told(await fleet.plan(), "install")).toEqual([
      "create web-2: no-agent",
      "update web-1: unfinished",
    ]);
  });

  it("with a role that 40 share names some and counts all, and warns of Terraform", async () => {
    fleet = await agentFleet(
      "{ name: web, count: 40, profile: { role: shop, policies: [AmazonSSMManagedInstanceCore], tags: { ManagedBy: terraform } } }",
    );
    const { changes, notes } = await fleet.plan();
    const [role] = changes.filter(({ scope }) => scope.type === "agent.role");
    expect(role?.reason.text).toMatch(/shared by 40 instances: .* and 32 more; kept by Terraform/);
    expect(notes.map(({ code }) => code)).toContain("role-owned");
  });

  it("with an instance that ends on the way changes nothing for the others", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1, web-2, web-3], profile: { role: app, ${BOTH} } }`);
    const id = fleet.instance("web-2").id;
    fleet.local.cloud.clock.at(fleet.local.cloud.clock.time() + 20_000, () => {
      void ec2Client(fleet.local).send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    });
    const states = ends(await fleet.apply(`${ALL}  rollout: { waves: [rest] }\n`), "install");
    expect(states.filter((state) => state === "applied")).toHaveLength(2);
    expect(nothingPending(await fleet.plan())).toBe(true);
  });

  it.each(["Undeliverable", "AccessDenied"])(
    "with commands that end as %s is told instance by instance",
    async (effect) => {
      fleet = await agentFleet(`{ name: a, names: [web-1], profile: { role: app, ${BOTH} } }`);
      if (effect === "AccessDenied")
        fleet.local.cloud.faults.set({
          rules: [{ service: "ssm", operation: "DeliverCommand", effect: "accessDenied" }],
        });
      else
        fleet.local.cloud.faults.set({
          rules: [{ service: "ssm", operation: "SendCommand", effect: "accessDenied" }],
        });
      const [end] = ends(await fleet.apply(), "install");
      expect(end).toMatch(/^failed (access-denied|AccessDenied)/);
    },
  );
});

describe("a command", () => {
  it("that somebody cancels is a failure, and is told as that", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1], profile: { role: app, ${BOTH} } }`);
    const { cloud } = fleet.local;
    // As a person in the console does, while the package is installed.
    cloud.clock.at(cloud.clock.time() + 15_000, () => {
      for (const { document, invocations } of cloud.state(commandsKey, ACCOUNT, REGION).commands.values())
        for (const invocation of invocations.values())
          if (document.name === "AWS-ConfigureAWSPackage") invocation.details = "Cancelling";
    });
    expect(ends(await fleet.apply(), "install")).toEqual(["failed cancelled"]);
    expect(told(await fleet.plan(), "install")).toEqual(["update web-1: unfinished"]);
  });

  it("that hangs is called off and told as that", async () => {
    fleet = await agentFleet(`{ name: a, names: [web-1], profile: { role: app, ${BOTH} } }`);
    fleet.local.cloud.clock.at(fleet.local.cloud.clock.time() + 12_000, () =>
      freeze(fleet.instance("web-1"), fleet.local.cloud.clock.time()),
    );
    const [end] = ends(await fleet.apply(), "install");
    expect(end).toMatch(/^(failed|waiting) /);
    expect(told(await fleet.plan(), "install")).toEqual(["keep web-1: offline"]);
  });
});

describe("the way back", () => {
  it("needs no more than the configuration's name, and lets the agent come again at once", async () => {
    fleet = await agentFleet("{ name: bare, names: [bare-1] }");
    await fleet.apply();
    expect(new Set((await fleet.apply("", "undo")).map(({ status }) => status))).toEqual(
      new Set(["applied"]),
    );
    await advance(15);
    // Systems Manager still knows it, as lost: it gets its role back, and is waited for.
    expect(told(await fleet.plan(), "install")).toEqual(["create bare-1: no-agent"]);
    expect(ends(await fleet.apply(), "install")).toEqual(["applied"]);
    await expect(fleet.plan("")).rejects.toThrow("says nothing about the agent");
  });

  it("keeps the role of an instance that can't be reached, and goes on when it can", async () => {
    fleet = await agentFleet("{ name: a, names: [web-1, web-2], profile: { role: app, policies: [] } }");
    await fleet.apply();
    setSsmAgent(fleet.instance("web-2"), false, fleet.local.cloud.clock.time());
    await advance(15);
    const plan = await fleet.plan(undefined, "undo");
    expect(told(plan, "install")).toEqual(["delete web-1: undo", "keep web-2: offline"]);
    expect(told(plan, "role")).toEqual([
      "delete watchkeeper:agent-before: undo",
      "keep web-1 and 1 more: in-use",
    ]);
    expect(told(plan, "parameter")).toEqual([`keep ${LINUX}: in-use`]);
    await fleet.apply(undefined, "undo");
    expect(guestOf(fleet.instance("web-1")).agent.version).toBeUndefined();
    expect(fleet.instance("web-2").tags.get(BEFORE_TAG)).toContain("agent=absent");
    setSsmAgent(fleet.instance("web-2"), true, fleet.local.cloud.clock.time());
    await advance(10);
    expect(new Set((await fleet.apply(undefined, "undo")).map(({ status }) => status))).toEqual(
      new Set(["applied"]),
    );
    expect((await fleet.plan(undefined, "undo")).changes).toEqual([]);
    expect([...fleet.instance("web-2").tags.keys()]).toEqual(["Name"]);
  });

  it("goes no further for an instance whose agent could not be taken back", async () => {
    fleet = await agentFleet("{ name: bare, names: [bare-1] }");
    await fleet.apply();
    fleet.local.cloud.faults.set({
      rules: [{ service: "ssm", operation: "SendCommand", effect: "accessDenied" }],
    });
    const outcomes = await fleet.apply(undefined, "undo");
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["failed"]));
    expect(fleet.instance("bare-1").tags.get(AGENT_TAG)).toBeDefined();
    fleet.local.cloud.faults.set({});
    expect(new Set((await fleet.apply(undefined, "undo")).map(({ status }) => status))).toEqual(
      new Set(["applied"]),
    );
  });

  it("stops between batches", async () => {
    fleet = await agentFleet(`{ name: a, count: 5, profile: { role: app, ${BOTH} } }`);
    await fleet.apply();
    fleet.local.cloud.clock.at(fleet.local.cloud.clock.time() + 5_000, () => fleet.stop());
    const outcomes = await fleet.apply(undefined, "undo");
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["pending"]));
    const underWay = outcomes.filter(({ reason }) =>
      /command [0-9a-f-]{36} goes on by itself/.test(reason?.text ?? ""),
    );
    expect(underWay).toHaveLength(1);
  });
});
