// The CloudWatch Agent on a fleet: what it is to collect, the role it needs, and bringing both to instances without taking anything
// away from what runs there. Decisions are pure; planners and the rollout are the edges that call AWS.
import type { AgentPolicy } from "../model/agent-policy.ts";
import type { Change, FieldChange, Reason } from "../plan/plan.ts";
import { parameterName } from "./agent-parameter.ts";
import { type AgentDecision, type AgentPlace, agentChange, INSTALL_TYPE } from "./agent-place.ts";
import { type AgentState, type AgentTags, agentState, agentTags } from "./agent-state.ts";
import type { Assignment } from "./assign-targets.ts";
import type { Offered } from "./decide-parameters.ts";
import type { InstallState, InstallStep } from "./install-change.ts";
import { type Ping, SILENT_AFTER, type Signs } from "./read-signs.ts";

/** What installing looks at. */
export interface InstallQuestion {
  readonly place: AgentPlace;
  readonly assignments: readonly Assignment[];
  readonly signs: Signs;
  /** Of those that aren't as they should be; the others weren't asked for. */
  readonly pings: ReadonlyMap<string, Ping>;
  readonly offered: ReadonlyMap<string, Offered>;
  /** What the plan says about each instance's role: it has all it needs, or will have. Neither: it stays without. */
  readonly roleReady: ReadonlySet<string>;
  readonly rolePlanned: ReadonlySet<string>;
  /** Of the planned ones, those that Systems Manager can reach only by it. */
  readonly reachPlanned: ReadonlySet<string>;
  readonly policy: Pick<AgentPolicy, "version">;
}

/** Whether an agent works with what it is to have, so that nothing need be known of Systems Manager. */
export function isSettled(
  place: AgentPlace,
  assignment: Assignment,
  signs: Signs,
  offered: ReadonlyMap<string, Offered>,
  version: string,
): boolean {
  const offer = offerFor(place, assignment, offered);
  const tags = agentTags(place.configuration, assignment.resource);
  const state = agentState(tags, assignment, signs, hashOf(offer));
  return state === "current" && tags.mark?.version === version;
}

/** What is done on each instance: nothing where the agent works as it should, where it can't be reached, or where it is somebody else's. */
export function decideInstalls(question: InstallQuestion): AgentDecision {
  const { place, assignments, signs, offered } = question;
  const changes: Change[] = [];
  for (const assignment of assignments) {
    const { resource } = assignment;
    const offer = offerFor(place, assignment, offered);
    const tags = agentTags(place.configuration, resource);
    const agent = agentState(tags, assignment, signs, hashOf(offer));
    const verdict = verdictOn(question, assignment, { agent, tags, offer });
    if (verdict === "unchanged") continue;
    const { action, reason, after } = verdict;
    const before: InstallState = { agent, configuration: tags.mark?.hash ?? null };
    const fields = fieldsOf(before, after);
    changes.push(
      agentChange(place, INSTALL_TYPE, `instance/${resource.id}`, resource.id, action, reason, {
        label: resource.name,
        before,
        fields,
        after,
      }),
    );
  }
  return { changes, notes: [], unchanged: assignments.length - changes.length };
}

interface Seen {
  readonly agent: AgentState;
  readonly tags: AgentTags;
  readonly offer: Offered;
}

type Verdict =
  | "unchanged"
  | { readonly action: Change["action"]; readonly reason: Reason; readonly after?: InstallStep };

function verdictOn(question: InstallQuestion, assignment: Assignment, seen: Seen): Verdict {
  const { resource, target } = assignment;
  const { agent, tags, offer } = seen;
  const { version } = question.policy;
  const settled = tags.mark?.version === version;
  if (agent === "taken") return { action: "conflict", reason: { code: "tag-taken", text: takenText(tags) } };
  if (resource.state !== "running")
    // What was right before it was stopped is right when it starts again.
    return agent === "silent" && settled && tags.mark?.hash === hashOf(offer)
      ? "unchanged"
      : keep("not-running", `it is ${resource.state}: it is looked at again when it runs`);
  if (agent === "current" && settled) return "unchanged";
  if (agent === "foreign" && !target.replaceAgent) return keep("foreign", foreignText(tags));
  if ("refused" in offer) return keep("no-configuration", `it gets no configuration: ${offer.refused.text}`);
  const waiting = whyNotReached(question, assignment);
  if (waiting && "keep" in waiting) return waiting.keep;
  if (agent === "silent" && startedJustNow(assignment, question.signs))
    return keep("just-started", "it was started minutes ago, and its agent may not have written yet");
  const reason = reasonFor(agent, settled, version, tags);
  const step: InstallStep = {
    do: "install",
    instance: resource.id,
    platform: assignment.platform,
    profile: target.profile,
    parameter: offer.name,
    hash: offer.hash,
    version,
    // An agent that works is only configured: whatever version it has is left alone, unless another one is asked for.
    package: agent !== "drifted" || !settled,
    waits: waiting !== undefined,
    recorded: tags.before?.agent !== undefined,
    replaceAgent: target.replaceAgent,
  };
  const created = agent === "missing" || agent === "foreign";
  return { action: created && agent === "missing" ? "create" : "update", reason, after: step };
}

function keep(code: string, text: string): Verdict {
  return { action: "keep", reason: { code, text } };
}

/** Why Systems Manager doesn't reach an instance; undefined when it does. */
function whyNotReached(
  { pings, roleReady, rolePlanned, reachPlanned }: InstallQuestion,
  { resource: { id } }: Assignment,
): { readonly keep: Verdict } | { readonly role: true } | undefined {
  const ping = pings.get(id);
  if (ping?.status === "online") return undefined;
  // It was reached once, and lost its role since.
  if (ping && reachPlanned.has(id)) return { role: true };
  if (ping) {
    const since = ping.lastPing === undefined ? "" : ` since ${ping.lastPing.toISOString().slice(0, 16)}Z`;
    return { keep: keep("offline", `Systems Manager hasn't heard of it${since}: is its SSM Agent running?`) };
  }
  if (rolePlanned.has(id)) return { role: true };
  if (!roleReady.has(id))
    return { keep: keep("no-role", "it has no role by which Systems Manager could reach it") };
  return {
    keep: keep(
      "not-managed",
      "Systems Manager doesn't know it: it has no SSM Agent, no way to its endpoints, or got its role minutes ago",
    ),
  };
}

function startedJustNow({ resource }: Assignment, { now }: Signs): boolean {
  const launched = Date.parse(String(resource.facts["launchTime"] ?? ""));
  return now.getTime() - launched < SILENT_AFTER;
}

function reasonFor(agent: AgentState, settled: boolean, version: string, { mark }: AgentTags): Reason {
  switch (agent) {
    case "missing":
      return { code: "no-agent", text: "no agent writes metrics there" };
    case "silent":
      return { code: "silent", text: "its agent worked, and writes nothing any more" };
    case "unfinished":
      return { code: "unfinished", text: "it was begun, and its agent hasn't been seen to work" };
    case "foreign":
      return {
        code: "replace-agent",
        text: "its agent's configuration isn't ours, and is replaced as replaceAgent says",
      };
    default:
      return settled
        ? { code: "drifted", text: "its agent works with an older configuration" }
        : { code: "version", text: `version ${version} is asked for, and was ${mark?.version ?? "unknown"}` };
  }
}

function foreignText({ before }: AgentTags): string {
  return before?.agent?.was === "configured"
    ? "its agent has a configuration that isn't ours; replaceAgent: true would replace it"
    : "its agent writes metrics with a configuration that isn't ours; replaceAgent: true would replace it";
}

function takenText({ taken }: AgentTags): string {
  return `its tag ${taken} isn't this configuration's: undo that one first, or upgrade`;
}

function offerFor(
  { configuration }: AgentPlace,
  { target, platform }: Assignment,
  offered: ReadonlyMap<string, Offered>,
): Offered {
  const name = parameterName(configuration, target.profile, platform);
  return offered.get(name) ?? { refused: { code: "no-parameter", text: `${name} isn't planned` } };
}

function hashOf(offer: Offered): string | undefined {
  return "refused" in offer ? undefined : offer.hash;
}

function fieldsOf({ configuration }: InstallState, after: InstallStep | undefined): readonly FieldChange[] {
  if (after?.do !== "install" || configuration === null || configuration === after.hash) return [];
  return [
    {
      field: "configuration",
      live: configuration.slice(0, 8),
      desired: after.hash.slice(0, 8),
      verdict: "update",
      lastAsked: "live",
    },
  ];
}
