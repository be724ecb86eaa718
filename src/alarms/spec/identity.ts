/** Who an alarm is to us: stable whatever its name, threshold or metric becomes. */
export interface AlarmIdentity {
  readonly configuration: string;
  readonly policy: string;
  /** Key of the alarm definition. */
  readonly alarm: string;
  /** Id of the resource; empty for alarms that belong to none. */
  readonly resource: string;
  /** Hash of the further dimensions that tell several alarms of one definition apart; empty when there is one. */
  readonly variant: string;
}

/** `configuration/policy/alarm/resource#variant`. Configuration, policy and alarm names hold no slash and no `#`. */
export function formatIdentity(identity: AlarmIdentity): string {
  const { configuration, policy, alarm, resource, variant } = identity;
  return `${configuration}/${policy}/${alarm}/${resource}${variant === "" ? "" : `#${variant}`}`;
}

/** Reads `formatIdentity`'s text back; undefined when it is none. */
export function parseIdentity(text: string): AlarmIdentity | undefined {
  const match = /^([^/#]+)\/([^/#]+)\/([^/#]+)\/([^#]*)(?:#([^#/]+))?$/.exec(text);
  if (!match) return undefined;
  const [, configuration = "", policy = "", alarm = "", resource = "", variant = ""] = match;
  return { configuration, policy, alarm, resource, variant };
}
