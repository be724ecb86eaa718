import type { Resource } from "../model/resource.ts";
import { AGENT_TAG, type AgentMark, parseMark } from "./agent-mark.ts";
import type { Assignment } from "./assign-targets.ts";
import { BEFORE_TAG, type BeforeRecord, parseBefore } from "./before-tag.ts";
import { isWriting, type Signs } from "./read-signs.ts";

/**
 * How an instance's agent is doing, as far as that can be known without asking it. `current`: it writes, with the configuration it is to
 * have. `drifted`: it writes, with another one of ours. `foreign`: somebody else configured it. `silent`: it worked with our
 * configuration, and writes nothing now. `unfinished`: we began to configure it, and it wasn't seen to work. `missing`: none of these.
 * `taken`: another configuration, or a newer Watchkeeper, looks after it.
 */
export type AgentState = "current" | "drifted" | "foreign" | "silent" | "unfinished" | "missing" | "taken";

/** What the tags of an instance say about its agent, to one configuration. */
export interface AgentTags {
  readonly mark?: AgentMark;
  readonly before?: BeforeRecord;
  /** A tag that isn't this configuration's. */
  readonly taken?: string;
}

/** Reads an instance's tags. */
export function agentTags(configuration: string, { tags }: Pick<Resource, "tags">): AgentTags {
  const mark = parseMark(tags[AGENT_TAG]);
  const before = parseBefore(tags[BEFORE_TAG]);
  const foreign = [
    { key: AGENT_TAG, read: mark },
    { key: BEFORE_TAG, read: before },
  ].find(({ key, read }) => tags[key] !== undefined && read?.configuration !== configuration);
  if (foreign) return { taken: `${foreign.key}="${tags[foreign.key]}"` };
  return { ...(mark ? { mark } : {}), ...(before ? { before } : {}) };
}

/** The state of an instance's agent. `wanted`: hash of the configuration it is to have; undefined: there is none. */
export function agentState(
  { mark, before, taken }: AgentTags,
  { resource: { id } }: Pick<Assignment, "resource">,
  signs: Signs,
  wanted: string | undefined,
): AgentState {
  if (taken !== undefined) return "taken";
  const writes = isWriting(signs, id);
  if (mark?.hash !== undefined) {
    if (!writes) return "silent";
    return mark.hash === wanted ? "current" : "drifted";
  }
  if (mark) return "unfinished";
  // Seen by command: it had a configuration, and we left it alone.
  if (before?.agent?.was === "configured") return "foreign";
  return writes || signs.elsewhere.has(id) ? "foreign" : "missing";
}
