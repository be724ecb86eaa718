import { parameterName } from "../../agent/agent-parameter.ts";
import { type AgentState, agentState, agentTags } from "../../agent/agent-state.ts";
import { type Assignment, assignTargets } from "../../agent/assign-targets.ts";
import { lookAtAgents } from "../../agent/look-at-agents.ts";
import { planParameters } from "../../agent/parameter-planner.ts";
import { type Ping, readPings, readSigns } from "../../agent/read-signs.ts";
import type { RoleStep } from "../../agent/role-change.ts";
import { type PlannedRoles, RolePlanner } from "../../agent/role-planner.ts";
import type { CommandResult } from "../../commands/command.ts";
import { batchesOf } from "../../commands/command.ts";
import type { AgentPlatform } from "../../model/agent-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Scope } from "../../model/scope.ts";
import type { Reason } from "../../plan/plan.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError } from "../../support/errors.ts";
import { type Reach, unreachableScope } from "../open-connection.ts";
import { type AgentPlaces, openAgentPlaces } from "./open-agent-places.ts";
import { wantedParameters } from "./plan-agent.ts";

/** What an instance itself said when it was asked. */
export type ProbeAnswer =
  | { readonly answer: "absent" }
  | {
      readonly answer: "running" | "stopped";
      readonly version: string;
      readonly configured: boolean;
    }
  | { readonly answer: "unknown"; readonly reason: Reason };

/** How one instance's agent is doing. */
export interface AgentStatusRow {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly platform: AgentPlatform;
  /** Lifecycle state of the instance. */
  readonly state: string;
  readonly profile: string;
  /** `ok`, or what its role lacks, as a code and a sentence. */
  readonly role: Reason;
  /** Absent: Systems Manager doesn't know it. */
  readonly ping?: Ping;
  readonly agent: AgentState;
  /** Hashes of the configuration that it was given, and of the one it is to have. */
  readonly configuration: { readonly given?: string; readonly wanted?: string };
  /** Its last heartbeat within three hours. */
  readonly lastDatapoint?: Date;
  /** Absent: not asked. */
  readonly probe?: ProbeAnswer;
}

export interface AgentStatusReport {
  readonly configuration: string;
  readonly scopes: readonly Scope[];
  readonly places: readonly {
    readonly account: string;
    readonly accountName: string;
    readonly region: string;
  }[];
  readonly instances: readonly AgentStatusRow[];
}

/**
 * How the agents of a configuration's instances are doing. For 1,000 instances 20 calls for pings and a few more; with `probe`
 * every instance that Systems Manager reaches is asked by command as well.
 */
export async function agentStatus(
  configuration: Configuration,
  reach: Reach,
  context: Context,
  { probe = false }: { readonly probe?: boolean } = {},
): Promise<AgentStatusReport> {
  const places = await openAgentPlaces(configuration, reach, context);
  try {
    const read = await Promise.all(
      places.places.map((place) => statusHere(place, places.policy, configuration, context, probe)),
    );
    context.signal.throwIfAborted();
    return {
      configuration: configuration.name,
      scopes: [
        ...read.flatMap(({ scopes }) => scopes),
        ...places.open.unreachable.map((account) => unreachableScope(account, "ec2.instance")),
      ],
      places: places.places.map(({ session: { account, accountName, region } }) => ({
        account,
        accountName,
        region,
      })),
      instances: read.flatMap(({ rows }) => rows),
    };
  } finally {
    places.open.connection.close();
  }
}

async function statusHere(
  { session, listing }: AgentPlaces["places"][number],
  policy: AgentPlaces["policy"],
  { name: configuration }: Configuration,
  context: Context,
  probe: boolean,
): Promise<{ readonly rows: readonly AgentStatusRow[]; readonly scopes: readonly Scope[] }> {
  const { account, region, partition } = session;
  const place = { configuration, account, region, partition };
  const assignments = assignTargets(policy, listing.resources);
  const running = assignments
    .filter(({ resource }) => resource.state === "running")
    .map(({ resource }) => resource.id);
  const isMarked = ({ resource }: Assignment): boolean =>
    agentTags(configuration, resource).mark !== undefined;
  let signs: Awaited<ReturnType<typeof readSigns>>;
  let pings: ReadonlyMap<string, Ping>;
  try {
    [signs, pings] = await Promise.all([
      readSigns(session, assignments, isMarked, context),
      readPings(session, running),
    ]);
  } catch (error) {
    if (!isWatchkeeperError(error) || error.code === "Aborted") throw error;
    const { code, message } = error;
    return {
      rows: [],
      scopes: [
        ...listing.scopes,
        { account, region, type: "agent.install", complete: false, error: { code, message } },
      ],
    };
  }
  const inventory = listing.scopes.find(({ type }) => type === "ec2.instance");
  const [parameters, roles] = await Promise.all([
    planParameters(session, place, wantedParameters(configuration, policy, assignments), policy.merge),
    new RolePlanner({
      session,
      context,
      configuration,
      all: listing.resources,
      inventory: inventory ?? { account, region, type: "ec2.instance", complete: false },
      instances: assignments.map(({ resource, target }) => ({
        resource,
        replaceRole: target.replaceRole,
        online: pings.get(resource.id)?.status === "online",
      })),
    }).plan(),
  ]);
  const online = running.filter((id) => pings.get(id)?.status === "online");
  const probes = new Map(
    probe
      ? (await Promise.all(batchesOf(online).map((ids) => lookAtAgents(session, ids, context)))).flatMap(
          (one) => [...one],
        )
      : [],
  );
  const rows = assignments.map((assignment): AgentStatusRow => {
    const { resource, platform, target } = assignment;
    const { id } = resource;
    const tags = agentTags(configuration, resource);
    const offer = parameters.offered.get(parameterName(configuration, target.profile, platform));
    const wanted = offer && "hash" in offer ? offer.hash : undefined;
    const ping = pings.get(id);
    const lastDatapoint = signs.lastDatapoints.get(id);
    const given = tags.mark?.hash;
    const answer = probes.get(id);
    return {
      account,
      region,
      id,
      name: resource.name,
      platform,
      state: resource.state,
      profile: target.profile,
      role: roleOf(roles, id),
      ...(ping ? { ping } : {}),
      agent: agentState(tags, assignment, signs, wanted),
      configuration: { ...(given ? { given } : {}), ...(wanted ? { wanted } : {}) },
      ...(lastDatapoint ? { lastDatapoint } : {}),
      ...(answer ? { probe: told(answer) } : {}),
    };
  });
  const scopes = [...listing.scopes, ...parameters.scopes, ...roles.scopes];
  return { rows, scopes };
}

/** What the plan says of an instance's role. */
function roleOf({ ready, changes, scopes }: PlannedRoles, id: string): Reason {
  if (ready.has(id)) return { code: "ok", text: "ok" };
  const change = changes.find(({ name, after }) => {
    const step = after as RoleStep | undefined;
    return name === id || (step && "tags" in step && id in step.tags);
  });
  if (change) {
    const step = change.after as RoleStep | undefined;
    const text =
      step?.do === "attach"
        ? `lacks ${step.policies.map((arn) => arn.replace(/^.*\//, "")).join(" and ")}`
        : change.reason.text;
    return { code: change.reason.code, text };
  }
  const error = scopes.find(({ complete }) => !complete)?.error;
  return { code: "unknown", text: error?.message ?? "its role lacks something, which can't be given" };
}

function told(
  answer: Awaited<ReturnType<typeof lookAtAgents>> extends ReadonlyMap<string, infer A> ? A : never,
): ProbeAnswer {
  switch (answer.kind) {
    case "absent":
      return { answer: "absent" };
    case "present": {
      const { version, configured, running } = answer;
      return { answer: running ? "running" : "stopped", version, configured };
    }
    case "unknown":
      return { answer: "unknown", reason: reasonOf(answer.result) };
  }
}

function reasonOf(result: CommandResult | undefined): Reason {
  if (result && result.verdict.kind !== "success") return result.reason;
  return { code: "answer-unknown", text: "what it says about its agent makes no sense" };
}
