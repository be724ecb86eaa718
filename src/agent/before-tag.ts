import { lettersOf, policiesOf, type RequiredPolicy } from "./required-policies.ts";

/** Tag of an instance that says what was there before we changed anything, so that it can be restored from any machine. */
export const BEFORE_TAG = "watchkeeper:agent-before";

/**
 * The agent as it was. `absent`: not installed. `idle`: installed, without a configuration. `configured`: somebody else had
 * configured it.
 */
export type AgentBefore =
  | { readonly was: "absent" }
  | { readonly was: "idle" | "configured"; readonly version: string };

/** What we changed about an instance, and what it was like before. */
export interface BeforeRecord {
  /** Name of the configuration that changed it. */
  readonly configuration: string;
  /** Its instance profile, path and name, before we gave it ours; `none` when it had none; absent when it kept its own. */
  readonly profile?: string | undefined;
  /** Policies that we attached to the role it had. */
  readonly attached: readonly RequiredPolicy[];
  /** Path and name of the instance profile whose role got them; absent when nothing was attached, or there was no room for it. */
  readonly carrier?: string | undefined;
  /** Absent: nothing was done to its agent. */
  readonly agent?: AgentBefore | undefined;
}

/** Characters of a tag's value. Source: EC2 user guide, "Tag your Amazon EC2 resources". */
const MAX_VALUE = 256;
const FORM =
  /^wk1 ([a-z0-9._-]+) profile=(\S+) attached=([a-z]+|-)(?:@(\S+))?(?: agent=(absent|(idle|configured):([\w.]+)))?$/;

/** The tag's value; undefined when it doesn't fit, which only a very long path brings about. */
export function formatBefore({
  configuration,
  profile,
  attached,
  carrier,
  agent,
}: BeforeRecord): string | undefined {
  const start = `wk1 ${configuration} profile=${profile ?? "same"} attached=${lettersOf(attached) || "-"}`;
  const state = agent === undefined ? "" : ` agent=${stateText(agent)}`;
  const where = carrier === undefined ? "" : `@${carrier}`;
  return [`${start}${where}${state}`, `${start}${state}`].find(({ length }) => length <= MAX_VALUE);
}

function stateText(agent: AgentBefore): string {
  return agent.was === "absent" ? "absent" : `${agent.was}:${agent.version}`;
}

/** Reads the tag's value; undefined when it isn't of this form, or of a newer version. */
export function parseBefore(value: string | undefined): BeforeRecord | undefined {
  const [, configuration, profile, letters, carrier, agent, was, version] = FORM.exec(value ?? "") ?? [];
  if (configuration === undefined || profile === undefined || letters === undefined) return undefined;
  return {
    configuration,
    ...(profile === "same" ? {} : { profile }),
    attached: policiesOf(letters),
    ...(carrier === undefined ? {} : { carrier }),
    ...(agent === undefined ? {} : { agent: agentOf(was, version) }),
  };
}

function agentOf(was: string | undefined, version: string | undefined): AgentBefore {
  return (was === "idle" || was === "configured") && version !== undefined
    ? { was, version }
    : { was: "absent" };
}

/**
 * What is known of an instance from before, with what is about to change: what was first stays, policies add up. Of two roles that
 * policies were attached to, the later one counts: it is the one in use.
 */
export function mergeBefore(earlier: BeforeRecord | undefined, now: BeforeRecord): BeforeRecord {
  if (earlier === undefined) return now;
  const profile = earlier.profile ?? now.profile;
  const agent = earlier.agent ?? now.agent;
  const carrier = (now.attached.length > 0 ? now.carrier : undefined) ?? earlier.carrier;
  return {
    configuration: now.configuration,
    ...(profile === undefined ? {} : { profile }),
    attached: policiesOf(lettersOf([...earlier.attached, ...now.attached])),
    ...(carrier === undefined ? {} : { carrier }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** Path and name of an instance profile's ARN: what fits into a tag, since partition and account are the instance's. */
export function profileReference(arn: string): string {
  return arn.replace(/^arn:[^:]*:iam::\d*:instance-profile\//, "");
}
