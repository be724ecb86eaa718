import type { MarkNames } from "../model/alarm-event.ts";
import { parseArn } from "../model/arn.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Tags } from "../model/resource.ts";

/** What is known of an alarm of ours beyond its event. */
export interface KnownAlarm {
  readonly severity: string;
  readonly runbook?: string;
  readonly intent?: string;
}

/** What is known of a resource beyond its id. */
export interface KnownResource {
  readonly name?: string;
  readonly type?: string;
  readonly tags?: Tags;
}

/** What the notifier knows besides the event. Answers come at once: whoever looks things up keeps them at hand. */
export interface Knowledge {
  accountName(account: string): string | undefined;
  /** `actions`: ARNs of the alarm's actions, as its event says. */
  alarm(mark: MarkNames, actions: readonly string[]): KnownAlarm | undefined;
  resource(account: string, region: string, id: string): KnownResource | undefined;
}

/**
 * What a configuration tells: names of accounts, severities and runbooks of its own alarms. `account`: names of accounts whose ids
 * it doesn't hold, which AWS had to be asked for.
 */
export function knowledgeOf(
  configuration: Pick<
    Configuration,
    "name" | "accounts" | "expectAccounts" | "policies" | "severities" | "topics"
  >,
  resource: Knowledge["resource"] = () => undefined,
  account: Knowledge["accountName"] = () => undefined,
): Knowledge {
  const names = new Map<string, string>();
  for (const { name, roleArn } of configuration.accounts) {
    const id = parseArn(roleArn ?? "")?.account;
    if (id && name !== undefined) names.set(id, name);
  }
  const [only] = configuration.accounts;
  const [expected] = configuration.expectAccounts;
  if (
    configuration.accounts.length === 1 &&
    configuration.expectAccounts.length === 1 &&
    only?.name &&
    expected
  )
    names.set(expected, only.name);
  return {
    accountName: (id) => names.get(id) ?? account(id),
    alarm(mark, actions) {
      if (mark.configuration !== configuration.name) return undefined;
      const policy = configuration.policies.find(({ name }) => name === mark.policy);
      const alarm = policy?.alarms.find(({ key }) => key === mark.alarm);
      if (!alarm) return undefined;
      const { runbook, intent } = alarm.about;
      const overridden = policy?.overrides.map(({ alarms }) => alarms[mark.alarm]?.severity) ?? [];
      return {
        severity: severityByActions([alarm.severity, ...overridden], actions, configuration),
        ...(runbook === undefined ? {} : { runbook }),
        ...(intent === undefined ? {} : { intent }),
      };
    },
    resource,
  };
}

/**
 * Overrides may give some resources another severity, and an event doesn't tell which override its resource met; but it tells the
 * alarm's actions, which follow from the severity. The first one that has exactly these topics; else the definition's own.
 */
function severityByActions(
  severities: readonly (string | undefined)[],
  actions: readonly string[],
  { severities: lists, topics }: Pick<Configuration, "severities" | "topics">,
): string {
  const candidates = [...new Set(severities)].filter((severity) => severity !== undefined);
  const topicOf = (target: string): string => {
    const topic = Object.hasOwn(topics, target) ? topics[target] : undefined;
    return topic === undefined ? target : "arn" in topic ? topic.arn : topic.name;
  };
  const isAction = (target: string, arn: string): boolean =>
    arn === target || (arn.includes(":sns:") && arn.endsWith(`:${target}`));
  const fits = (severity: string): boolean => {
    const wanted = (Object.hasOwn(lists, severity) ? lists[severity] : undefined)?.alarm.map(topicOf) ?? [];
    return (
      wanted.length === actions.length &&
      wanted.every((target) => actions.some((arn) => isAction(target, arn)))
    );
  };
  const found = candidates.length > 1 && actions.length > 0 ? candidates.find(fits) : undefined;
  return found ?? candidates[0] ?? "";
}

/** Knows nothing. */
export const noKnowledge: Knowledge = {
  accountName: () => undefined,
  alarm: () => undefined,
  resource: () => undefined,
};
