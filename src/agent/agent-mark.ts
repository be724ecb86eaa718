/** Tag of an instance that says what we configured its agent with. */
export const AGENT_TAG = "watchkeeper:agent";

/** What an instance's agent was given, by whom. */
export interface AgentMark {
  /** Name of the configuration whose it is. */
  readonly configuration: string;
  readonly profile: string;
  /** Of the configuration that the agent was seen to work with; absent while that isn't proved. */
  readonly hash?: string;
  /** Version that was asked for; `latest` or a number. */
  readonly version: string;
}

const FORM = /^wk1 ([a-z0-9._-]+) ([a-z0-9._-]+) ([0-9a-f]{16}|-) (\S+)$/;

/** The tag's value: 2 names of 64 characters at most, so that it always fits. */
export function formatMark({ configuration, profile, hash, version }: AgentMark): string {
  return `wk1 ${configuration} ${profile} ${hash ?? "-"} ${version}`;
}

/** Reads the tag's value; undefined when it isn't of this form, or of a newer version. */
export function parseMark(value: string | undefined): AgentMark | undefined {
  const [, configuration, profile, hash, version] = FORM.exec(value ?? "") ?? [];
  if (configuration === undefined || profile === undefined || version === undefined) return undefined;
  return { configuration, profile, ...(hash === "-" || hash === undefined ? {} : { hash }), version };
}
