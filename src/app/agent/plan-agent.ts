import { type AgentParameter, agentParameter, configurationOf } from "../../agent/agent-parameter.ts";
import { type AgentPlace, INSTALL_TYPE } from "../../agent/agent-place.ts";
import { agentTags } from "../../agent/agent-state.ts";
import { type Assignment, assignTargets } from "../../agent/assign-targets.ts";
import { decideAgentUndo, touchedInstances } from "../../agent/decide-agent-undo.ts";
import { decideInstalls, isSettled } from "../../agent/decide-installs.ts";
import type { Installation } from "../../agent/install-change.ts";
import { planParameterRemoval, planParameters } from "../../agent/parameter-planner.ts";
import { NOTHING, plannedPart, scopeError, UNKNOWN } from "../../agent/planner-parts.ts";
import { type Ping, readPings, readSigns } from "../../agent/read-signs.ts";
import type { RequiredPolicy } from "../../agent/required-policies.ts";
import { listed, type RoleStep } from "../../agent/role-change.ts";
import { RolePlanner } from "../../agent/role-planner.ts";
import type { AwsSession } from "../../aws/session.ts";
import { batchesOf } from "../../commands/command.ts";
import { wavesOf } from "../../commands/waves.ts";
import type { InventoryListing } from "../../inventory/resource-type.ts";
import type { AgentPolicy } from "../../model/agent-policy.ts";
import { formatDuration } from "../../model/duration.ts";
import type { CallCounts, Change, PlanNote } from "../../plan/plan.ts";
import type { PlannedChanges } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";

/** What planning the agent in one account and region works with. */
export interface AgentPlanQuestion {
  readonly session: AwsSession;
  readonly context: Context;
  /** Name of the configuration. */
  readonly configuration: string;
  readonly policy: AgentPolicy;
  /** A listing with the region's instances. */
  readonly listing: InventoryListing;
}

/** A batch takes about so long until its datapoints come in, seconds; the time a new role takes to be noticed. */
const BATCH_SECONDS = 150;
const REGISTRATION_SECONDS = 330;
/** What lets Systems Manager reach an instance. */
const REACH_POLICY: RequiredPolicy = "AmazonSSMManagedInstanceCore";
/** Batches that go side by side within a wave. */
const AT_ONCE = 4;

/**
 * Roles, parameters and installations of one account and region, in the order in which they are applied. For 1,000 instances about 25 calls
 * besides listing them, and for their roles two a profile or the pages of the account's; where all is well four.
 */
export async function planAgent(question: AgentPlanQuestion): Promise<readonly PlannedChanges[]> {
  const { session, context, configuration, policy, listing } = question;
  const inventory = instanceScope(question);
  const place = placeOf(question);
  const assignments = inventory.complete ? assignTargets(policy, listing.resources) : [];
  const parameters = await planParameters(
    session,
    place,
    wantedParameters(configuration, policy, assignments),
    policy.merge,
  );
  const { offered } = parameters;
  const seen = await readAll(question, assignments, (assignment, signs) =>
    isSettled(place, assignment, signs, offered, policy.version),
  );
  // Without knowing whether Systems Manager reaches an instance, more might be attached than is needed: nothing is planned then.
  if ("error" in seen) {
    const part = plannedPart(session, INSTALL_TYPE, "agents", NOTHING, {}, seen.error);
    return [parameters, part];
  }
  const { signs, pings, settled } = seen;
  const roles = await new RolePlanner({
    session,
    context,
    configuration,
    all: listing.resources.filter(({ type }) => type === "ec2.instance"),
    inventory,
    instances: assignments.map(({ resource, target }) => ({
      resource,
      replaceRole: target.replaceRole,
      // An agent that works as it should needs nothing more for Systems Manager.
      online: settled.has(resource.id) || pings.get(resource.id)?.status === "online",
    })),
  }).plan();
  if (!policy.install) return [roles, parameters];
  if (!inventory.complete)
    return [
      roles,
      parameters,
      plannedPart(session, INSTALL_TYPE, "agents", NOTHING, {}, inventory.error ?? UNKNOWN),
    ];
  const decision = decideInstalls({
    place,
    assignments,
    signs,
    pings,
    offered,
    roleReady: roles.ready,
    rolePlanned: new Set(roles.changes.flatMap(givenRole)),
    reachPlanned: new Set(roles.changes.filter(givesReach).flatMap(givenRole)),
    policy,
  });
  const steps = decision.changes.flatMap(({ after }) => (after === undefined ? [] : [after as Installation]));
  const notes = [
    ...(steps.length === 0 ? [] : [timeNote(steps, policy)]),
    ...leftNotes(question, assignments),
  ];
  const installs = plannedPart(
    session,
    INSTALL_TYPE,
    "agents",
    { ...decision, notes },
    callsOf(steps.length, policy),
  );
  return [roles, parameters, installs];
}

/** The way back for an account and region: agents first, then parameters, then roles. Reads only. */
export async function planAgentUndo(question: AgentPlanQuestion): Promise<readonly PlannedChanges[]> {
  const { session, context, configuration, policy, listing } = question;
  const inventory = instanceScope(question);
  const place = placeOf(question);
  const all = listing.resources.filter(({ type }) => type === "ec2.instance");
  if (!inventory.complete)
    return [plannedPart(session, INSTALL_TYPE, "agents", NOTHING, {}, inventory.error ?? UNKNOWN)];
  const touched = touchedInstances(configuration, all);
  let pings: ReadonlyMap<string, Ping>;
  try {
    const running = touched.filter(({ state }) => state === "running");
    pings = await readPings(
      session,
      running.map(({ id }) => id),
    );
  } catch (error) {
    return [plannedPart(session, INSTALL_TYPE, "agents", NOTHING, {}, scopeError(error))];
  }
  const undo = decideAgentUndo(place, touched, pings);
  const going = undo.changes.filter(({ after }) => after !== undefined).length;
  const agents = plannedPart(session, INSTALL_TYPE, "agents", undo, callsOf(going, policy));
  const parameters = await planParameterRemoval(session, place, undo.inUse);
  const roles = await new RolePlanner({
    session,
    context,
    configuration,
    all,
    inventory,
    instances: [],
    intent: "undo",
    held: undo.held,
  }).plan();
  return [agents, parameters, roles];
}

function placeOf({ session, configuration }: AgentPlanQuestion): AgentPlace {
  const { account, region, partition } = session;
  return { configuration, account, region, partition };
}

/** Whether the instances were listed whole. */
function instanceScope({ session: { account, region }, listing }: AgentPlanQuestion) {
  const type = "ec2.instance";
  return (
    listing.scopes.find((scope) => scope.type === type) ?? {
      account,
      region,
      type,
      complete: false,
      error: UNKNOWN,
    }
  );
}

/** One for each profile and platform that instances have. */
export function wantedParameters(
  configuration: string,
  policy: AgentPolicy,
  assignments: readonly Assignment[],
): readonly AgentParameter[] {
  const wanted = new Map<string, AgentParameter>();
  for (const { profile, platform } of assignments) {
    const key = `${profile.name} ${platform}`;
    const known = policy.profiles[profile.name];
    if (!wanted.has(key) && known)
      wanted.set(
        key,
        agentParameter({ configuration, profile: known.name, platform }, configurationOf(known, platform)),
      );
  }
  return [...wanted.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Signs = Awaited<ReturnType<typeof readSigns>>;

/** What agents write, and for those that aren't as they should be, whether Systems Manager reaches them. */
async function readAll(
  { session, context, configuration }: AgentPlanQuestion,
  assignments: readonly Assignment[],
  isDone: (assignment: Assignment, signs: Signs) => boolean,
) {
  const isMarked = ({ resource }: Assignment): boolean =>
    agentTags(configuration, resource).mark !== undefined;
  try {
    const signs = await readSigns(session, assignments, isMarked, context);
    const settled = new Set(
      assignments.filter((one) => isDone(one, signs)).map(({ resource }) => resource.id),
    );
    const asked = assignments.filter(
      ({ resource }) => resource.state === "running" && !settled.has(resource.id),
    );
    const pings = await readPings(
      session,
      asked.map(({ resource }) => resource.id),
    );
    return { signs, pings, settled };
  } catch (error) {
    return { error: scopeError(error) };
  }
}

/** Says that instances have our agent which no target selects any more. */
function leftNotes(
  { configuration, listing }: AgentPlanQuestion,
  assignments: readonly Assignment[],
): readonly PlanNote[] {
  const selected = new Set(assignments.map(({ resource }) => resource.id));
  const instances = listing.resources.filter(
    ({ id, type, state }) => type === "ec2.instance" && state !== "shutting-down" && !selected.has(id),
  );
  const left = touchedInstances(configuration, instances);
  if (left.length === 0) return [];
  const one = left.length === 1;
  const message = `${listed(left, 3)} ${one ? "has" : "have"} the agent of this configuration, and no target selects ${one ? "it" : "them"} any more: nothing is done there until watchkeeper agent undo`;
  return [{ severity: "info", code: "no-longer-selected", message }];
}

/** Instances that a change to a role is for. */
function givenRole({ after }: Change): readonly string[] {
  const step = after as RoleStep | undefined;
  return step && "tags" in step ? Object.keys(step.tags) : [];
}

/** Whether a change to a role lets Systems Manager reach instances that it could not reach before. */
function givesReach({ after }: Change): boolean {
  const step = after as RoleStep | undefined;
  if (step?.do === "associate" || step?.do === "replace") return true;
  return step?.do === "attach" && step.policies.some((policy) => policy.endsWith(`/${REACH_POLICY}`));
}

/** Calls that bringing the agent to so many instances makes; polls, which depend on the instances, aside. */
function callsOf(instances: number, { rollout }: AgentPolicy): CallCounts {
  if (instances === 0) return {};
  const batches = batchesIn(instances, rollout).reduce((sum, count) => sum + count, 0);
  return {
    "ssm:SendCommand": 3 * batches,
    "ssm:ListCommandInvocations": 9 * batches,
    "ec2:DescribeInstances": batches,
    "ec2:CreateTags": 2 * batches,
    "cloudwatch:GetMetricData": 2 * batches,
  };
}

/** Batches of each wave. */
function batchesIn(instances: number, { waves }: AgentPolicy["rollout"]): readonly number[] {
  const all = Array.from({ length: instances }, (_, index) => index);
  return wavesOf(all, waves).map((wave) => batchesOf(wave).length);
}

function timeNote(steps: readonly Installation[], { rollout }: AgentPolicy): PlanNote {
  const all = steps.map(({ instance }) => instance);
  const waves = wavesOf(all, rollout.waves).map(({ length }) => length);
  const rounds = batchesIn(steps.length, rollout).reduce((sum, count) => sum + Math.ceil(count / AT_ONCE), 0);
  const waits = steps.some((step) => step.waits) ? REGISTRATION_SECONDS : 0;
  const seconds = waits + rounds * BATCH_SECONDS + (waves.length - 1) * (rollout.pauseSeconds ?? 0);
  const sizes =
    waves.length === 1
      ? `1 wave of ${waves[0]}`
      : `${waves.length} waves (${waves.join(", ")} instances), each`;
  return {
    severity: "info",
    code: "rollout-time",
    message: `the agent goes out in ${sizes} watched until its metrics come in: about ${formatDuration(seconds)}; alarms on these metrics come with the plan after that`,
  };
}
