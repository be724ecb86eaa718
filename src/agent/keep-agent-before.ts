import type { AwsSession } from "../aws/session.ts";
import { AGENT_TAG, formatMark } from "./agent-mark.ts";
import { agentTags } from "./agent-state.ts";
import { type AgentBefore, BEFORE_TAG, formatBefore, mergeBefore } from "./before-tag.ts";
import { readTags, writeTags } from "./instance-tags.ts";

/** What was seen on an instance, and what it is to get. */
export interface Beginning {
  readonly id: string;
  readonly profile: string;
  readonly version: string;
  readonly seen: AgentBefore;
  readonly replaceAgent: boolean;
}

/** How it stands with an instance before anything is done to its agent. */
export type Begun = "go" | "foreign" | "taken" | "gone" | "tag-too-long";

/**
 * Writes to instances how their agents were before, and that we have begun. Their tags are read again first: what another run has
 * written is older than what we saw, which may be its work already. Answers for each whether to go on.
 */
export async function keepAgentBefore(
  session: AwsSession,
  configuration: string,
  beginnings: readonly Beginning[],
): Promise<ReadonlyMap<string, Begun>> {
  const there = await readTags(
    session,
    beginnings.map(({ id }) => id),
  );
  const written: [string, Record<string, string>][] = [];
  const answers = new Map<string, Begun>();
  for (const { id, profile, version, seen, replaceAgent } of beginnings) {
    const tags = there.get(id);
    const known = tags && agentTags(configuration, { tags });
    if (!tags || !known || known.taken !== undefined) {
      answers.set(id, tags ? "taken" : "gone");
      continue;
    }
    const record = mergeBefore(known.before, { configuration, attached: [], agent: seen });
    const before = formatBefore(record);
    const mine = known.mark !== undefined || record.agent?.was !== "configured" || replaceAgent;
    answers.set(id, before === undefined ? "tag-too-long" : mine ? "go" : "foreign");
    if (before === undefined) continue;
    const mark =
      mine && known.mark === undefined
        ? { [AGENT_TAG]: formatMark({ configuration, profile, version }) }
        : {};
    const wanted = { ...(before === tags[BEFORE_TAG] ? {} : { [BEFORE_TAG]: before }), ...mark };
    if (Object.keys(wanted).length > 0) written.push([id, wanted]);
  }
  await writeTags(session, written);
  return answers;
}
