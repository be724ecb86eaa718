import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
} from "@aws-sdk/client-iam";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION } from "../../test/support/ec2-cloud.ts";
import { iamClient } from "../../test/support/local-clients.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import { scenarioCloud } from "../../test/support/scenario-cloud.ts";
import { listResources } from "../inventory/list-resources.ts";
import { directoryOf } from "../local/identities/directory.ts";
import type { LocalCloud } from "../local/server.ts";
import { fleetKey } from "../local/services/ec2/fleet-key.ts";
import type { Resource } from "../model/resource.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import { BEFORE_TAG } from "./before-tag.ts";
import { RolePlanner } from "./role-planner.ts";

let local: LocalCloud;
let world: LocalSession;

const BOTH = "policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy]";
const OWN = `web-team-agent-${REGION}`;
const arn = (name: string) => `arn:aws:iam::aws:policy/${name}`;
const CORE = arn("AmazonSSMManagedInstanceCore");
const AGENT = arn("CloudWatchAgentServerPolicy");

async function cloudWith(groups: string): Promise<void> {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  world = await localSession(local);
}
afterEach(() => local.close());

interface Asked {
  readonly intent?: "plan" | "undo";
  readonly replaceRole?: boolean;
  readonly select?: (resource: Resource) => boolean;
  readonly online?: (resource: Resource) => boolean;
}

async function planner({
  intent = "plan",
  replaceRole = false,
  select = () => true,
  online = () => false,
}: Asked = {}) {
  const { session, context } = world;
  const { resources, scopes } = await listResources(session, ["ec2.instance"], context);
  const instances = resources
    .filter(({ state }) => state === "running" || state === "stopped")
    .filter(select)
    .map((resource) => ({ resource, replaceRole, online: online(resource) }));
  const [inventory] = scopes;
  if (!inventory) throw new Error("no scope");
  return new RolePlanner({
    session,
    context,
    configuration: "web-team",
    instances,
    all: resources,
    inventory,
    intent,
  });
}

const plan = async (asked?: Asked) => (await planner(asked)).plan();

async function apply(asked?: Asked): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const roles = await planner(asked);
  const { changes } = await roles.plan();
  // As a saved plan would: only what JSON keeps.
  const saved = JSON.parse(JSON.stringify(changes)) as Change[];
  await roles.apply(
    saved.filter(({ action }) => action !== "conflict"),
    (outcome) => outcomes.push(outcome),
  );
  return outcomes;
}

/** All that an apply may change: who has which profile, tags, and every role with what it may do. */
function picture(): string {
  const instances = [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()].map((instance) => [
    instance.id,
    instance.profiles.filter(({ until }) => until === undefined).map(({ profile }) => profile.name),
    [...instance.tags].sort(),
  ]);
  const directory = directoryOf(local.cloud, ACCOUNT);
  const roles = directory
    .roles()
    .map((role) => [role.name, role.trust, [...role.attached].sort(), [...role.inline], [...role.tags]]);
  const profiles = directory.profiles().map(({ name, role, tags }) => [name, role?.name, [...tags]]);
  return JSON.stringify([instances, roles, profiles], null, 1);
}

const shown = (changes: readonly Change[]) =>
  changes.map(({ action, label, reason }) => `${action} ${label ?? "-"}: ${reason.code}`).sort();
const statuses = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ status, error }) => (error ? `${status} ${error.code}` : status));

describe("roles for the agent", () => {
  it("are changed as little as can be, in every state there is", async () => {
    await cloudWith(`
      { name: bare, names: [bare-1, bare-2] }, { name: own, names: [own-1], profile: { role: own, policies: [] } },
      { name: shared, names: [shared-1, shared-2, shared-3], profile: { role: app, tags: { "aws:cloudformation:stack-name": shop } } },
      { name: ready, names: [ready-1], profile: { role: ready, ${BOTH} } }, { name: admin, names: [admin-1], profile: { role: admin, policies: [AdministratorAccess] } },
      { name: empty, names: [empty-1], profile: { name: hollow } }, { name: off, names: [off-1], state: stopped }`);
    const { changes, notes, unchanged, scopes } = await plan({ select: ({ name }) => name !== "shared-3" });
    expect(scopes).toEqual([{ account: ACCOUNT, region: REGION, type: "agent.role", complete: true }]);
    expect(unchanged).toBe(2);
    expect(shown(changes)).toEqual(
      [
        "conflict empty-1: profile-without-role",
        "create -: new",
        "create bare-1: no-profile",
        "create bare-2: no-profile",
        "create off-1: no-profile",
        "update own-1: policies-missing",
        "update shared-1 and 2 more: policies-missing",
      ].sort(),
    );
    const shared = changes.find(({ name }) => name === "app");
    expect(shared?.reason.text).toMatch(
      /^lacks CloudWatchAgentServerPolicy, so that the agent can .* \(shared by 3 instances: shared-1 \(i-\w+\), shared-2 \(i-\w+\), shared-3 \(i-\w+\); kept by CloudFormation stack shop\)$/,
    );
    expect(shared).toMatchObject({
      identity: "web-team/role/app",
      fields: [{ field: "managedPolicies", live: [CORE], desired: [CORE, AGENT] }],
    });
    expect(notes).toMatchObject([{ severity: "warning", code: "role-owned", address: shared?.address }]);
  });

  it("are whole after one apply, and the way they were after undo, byte by byte", async () => {
    await cloudWith(`
      { name: bare, names: [bare-1, bare-2], tags: { Team: web } }, { name: own, count: 3, profile: { role: "own-{n}", policies: [AmazonS3ReadOnlyAccess] } },
      { name: shared, count: 4, profile: app }, { name: ready, profile: { role: ready, ${BOTH} } }, { name: off, names: [off-1], state: stopped }`);
    const before = picture();
    expect(new Set(statuses(await apply()))).toEqual(new Set(["applied"]));
    const after = await plan();
    expect([after.changes, after.unchanged]).toEqual([[], 11]);
    const { Role } = await iamClient(local).send(new GetRoleCommand({ RoleName: OWN }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toContain(
      '"Service":"ec2.amazonaws.com"',
    );
    expect(picture()).not.toBe(before);
    expect(new Set(statuses(await apply({ intent: "undo" })))).toEqual(new Set(["applied"]));
    expect(picture()).toBe(before);
    expect((await plan({ intent: "undo" })).changes).toEqual([]);
  });

  it("are replaced only where that is allowed and something is missing; undo gives them back", async () => {
    await cloudWith(`{ name: app, names: [app-1], profile: { role: app, policies: [AmazonS3FullAccess] } }, { name: ready, profile: { role: ready, ${BOTH} } },
      { name: empty, names: [empty-1], profile: { name: hollow } }`);
    const before = picture();
    const { changes } = await plan({ replaceRole: true });
    // A profile that holds no role can't be given to an instance again: it is never replaced.
    expect(shown(changes)).toEqual([
      "conflict empty-1: profile-without-role",
      "create -: new",
      "update app-1: replace-role",
    ]);
    expect(changes.find(({ label }) => label === "app-1")?.reason.text).toContain(
      "its profile app is replaced by",
    );
    expect(statuses(await apply({ replaceRole: true }))).toEqual(["applied", "applied"]);
    expect(shown((await plan({ replaceRole: true })).changes)).toEqual([
      "conflict empty-1: profile-without-role",
    ]);
    expect(new Set(statuses(await apply({ intent: "undo" })))).toEqual(new Set(["applied"]));
    expect(picture()).toBe(before);
  });

  it("need nothing for Systems Manager where it reaches all their instances already", async () => {
    await cloudWith("{ name: app, names: [a-1, a-2], profile: { role: app, policies: [] } }");
    const policies = async (online: (resource: Resource) => boolean) =>
      (await plan({ online })).changes.map(({ after }) => (after as { policies: string[] }).policies);
    expect(await policies(() => true)).toEqual([[AGENT]]);
    expect(await policies(({ name }) => name === "a-1")).toEqual([[CORE, AGENT]]);
  });

  it("that somebody changed after the plan, or after us, are left alone", async () => {
    await cloudWith(
      "{ name: bare, names: [bare-1] }, { name: app, names: [app-1], profile: { role: app, policies: [] } }",
    );
    const roles = await planner();
    const { changes } = await roles.plan();
    const [instance] = local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values();
    const other = directoryOf(local.cloud, ACCOUNT).profile("app");
    instance!.profiles = [
      { id: "iip-assoc-1", serial: 1, instanceId: instance!.id, profile: other!, from: 0, until: undefined },
    ];
    const outcomes: Outcome[] = [];
    await roles.apply(changes, (outcome) => outcomes.push(outcome));
    expect(statuses(outcomes).sort()).toEqual(["applied", "applied", "refused stale"]);
    await iamClient(local).send(new DetachRolePolicyCommand({ RoleName: "app", PolicyArn: AGENT }));
    const undo = await plan({ intent: "undo" });
    expect(shown(undo.changes)).toEqual([
      "conflict bare-1: changed-since",
      "delete -: undo",
      "delete -: undo",
      "update app-1: undo",
    ]);
    expect(undo.changes.find(({ name }) => name === "app")?.after).toMatchObject({ policies: [CORE] });
  });

  it("that an instance got since keep what they have: ours is taken from the one it had", async () => {
    await cloudWith(`{ name: app, names: [app-1], profile: { role: app, policies: [AmazonSSMManagedInstanceCore] } },
      { name: other, names: [other-1], profile: { role: other, ${BOTH} } }`);
    await apply();
    const [instance] = local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values();
    const other = directoryOf(local.cloud, ACCOUNT).profile("other");
    instance!.profiles = [
      { id: "iip-assoc-1", serial: 1, instanceId: instance!.id, profile: other!, from: 0, until: undefined },
    ];
    expect(new Set(statuses(await apply({ intent: "undo" })))).toEqual(new Set(["applied"]));
    const roles = directoryOf(local.cloud, ACCOUNT).roles();
    const attached = (name: string) => [...(roles.find((role) => role.name === name)?.attached ?? [])].sort();
    expect([attached("app"), attached("other")]).toEqual([[CORE], [CORE, AGENT]]);
  });

  it("add to what another run has written meanwhile, which is older than what they saw", async () => {
    await cloudWith("{ name: app, names: [app-1], profile: { role: app, policies: [] } }");
    const roles = await planner();
    const { changes } = await roles.plan();
    const [instance] = local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values();
    const Tags = [{ Key: BEFORE_TAG, Value: "wk1 web-team profile=same attached=- agent=absent" }];
    await ec2Client(local).send(new CreateTagsCommand({ Resources: [instance?.id ?? ""], Tags }));
    await roles.apply(changes, () => undefined);
    expect(instance?.tags.get(BEFORE_TAG)).toBe("wk1 web-team profile=same attached=sa@app agent=absent");
  });

  it("that another run gives at the same moment are given once, and are no failure", async () => {
    await cloudWith("{ name: bare, names: [bare-1, bare-2] }");
    const runs = await Promise.all([planner(), planner()]);
    const changes = await Promise.all(runs.map(async (run) => (await run.plan()).changes));
    const outcomes: Outcome[] = [];
    await Promise.all(
      runs.map((run, index) => run.apply(changes[index] ?? [], (outcome) => outcomes.push(outcome))),
    );
    expect(new Set(statuses(outcomes))).toEqual(new Set(["applied"]));
    expect(shown((await plan()).changes)).toEqual([]);
  });

  it("of our name that aren't ours are no place for our policies", async () => {
    await cloudWith("{ name: bare, names: [bare-1] }");
    const iam = iamClient(local);
    const AssumeRolePolicyDocument =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
    await iam.send(new CreateRoleCommand({ RoleName: OWN, AssumeRolePolicyDocument }));
    // The profile isn't there yet, so that only the apply finds out.
    expect(statuses(await apply())).toEqual(["refused name-taken", "failed not-tried"]);
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: OWN }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: OWN, RoleName: OWN }));
    expect(shown((await plan()).changes)).toEqual(["conflict -: name-taken"]);
    // Its policies stay when all is undone.
    await iam.send(new AttachRolePolicyCommand({ RoleName: OWN, PolicyArn: AGENT }));
    expect(shown((await plan({ intent: "undo" })).changes)).toEqual(["delete -: undo"]);
  });

  it("of instances with another configuration's tag, or a newer one, are left alone", async () => {
    await cloudWith("{ name: bare, names: [bare-1, bare-2] }");
    const [one, two] = [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.keys()];
    for (const [id, Value] of [
      [one, "wk1 other profile=none attached=-"],
      [two, "wk2 web-team something=new"],
    ])
      await ec2Client(local).send(
        new CreateTagsCommand({ Resources: [id!], Tags: [{ Key: BEFORE_TAG, Value }] }),
      );
    expect(shown((await plan()).changes)).toEqual([
      "conflict bare-1: tag-taken",
      "conflict bare-2: tag-taken",
      "create -: new",
    ]);
    expect((await plan({ intent: "undo" })).changes).toEqual([]);
  });

  it("that may not be passed, kept or read are told, and nothing is half done", async () => {
    await cloudWith(
      "{ name: bare, names: [bare-1] }, { name: app, names: [app-1], profile: { role: app, policies: [] } }",
    );
    const { faults } = local.cloud;
    faults.set({ rules: [{ service: "ec2", operation: "CreateTags", effect: "accessDenied" }] });
    const before = picture();
    expect(new Set(statuses(await apply()))).toEqual(new Set(["failed AccessDenied"]));
    expect(picture()).toBe(before);
    faults.set({ rules: [{ service: "iam", operation: "PassRole", effect: "accessDenied" }] });
    const denied = await apply();
    expect(statuses(denied)).toEqual(["applied", "applied", "failed AccessDenied"]);
    expect(denied.at(-1)).toMatchObject({
      name: expect.stringMatching(/^bare-1 \(i-\w+\)$/),
      error: { remedy: "allow iam:PassRole in the policy of the user or role that is used" },
    });
    faults.set({});
    // The way back holds whatever had been done.
    expect(new Set(statuses(await apply({ intent: "undo" })))).toEqual(new Set(["applied"]));
    expect(picture()).toBe(before);
    faults.set({ rules: [{ service: "iam", effect: "accessDenied" }] });
    const { scopes, changes, notes } = await plan();
    expect(scopes).toMatchObject([{ complete: false, error: { code: "AccessDenied" } }]);
    expect([changes.length, notes.map(({ code }) => code)]).toEqual([0, ["roles-unknown"]]);
  });

  it("are read with few calls", async () => {
    await cloudWith('{ name: web, count: 1000, profile: { role: "role-{n}" } }');
    const made = () => Object.entries(world.calls.made()).filter(([call]) => call.startsWith("iam:"));
    const roles = await planner();
    const { changes, callsToMake } = await roles.plan();
    expect(changes).toHaveLength(1000);
    expect(made()).toEqual([["iam:GetAccountAuthorizationDetails", 1]]);
    // Those of one profile get the same tag.
    expect(callsToMake).toEqual({
      "ec2:CreateTags": 1000,
      "ec2:DescribeInstances": 5,
      "iam:AttachRolePolicy": 1000,
    });
  });
});
