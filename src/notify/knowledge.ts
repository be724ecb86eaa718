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
  alarm(mark: MarkNames): KnownAlarm | undefined;
  resource(account: string, region: string, id: string): KnownResource | undefined;
}

/** What a configuration tells: names of accounts, severities and runbooks of its own alarms. */
export function knowledgeOf(
  configuration: Pick<Configuration, "name" | "accounts" | "expectAccounts" | "policies">,
  resource: Knowledge["resource"] = () => undefined,
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
    accountName: (account) => names.get(account),
    alarm(mark) {
      if (mark.configuration !== configuration.name) return undefined;
      const policy = configuration.policies.find(({ name }) => name === mark.policy);
      const alarm = policy?.alarms.find(({ key }) => key === mark.alarm);
      if (!alarm) return undefined;
      const { runbook, intent } = alarm.about;
      return {
        severity: alarm.severity,
        ...(runbook === undefined ? {} : { runbook }),
        ...(intent === undefined ? {} : { intent }),
      };
    },
    resource,
  };
}

/** Knows nothing. */
export const noKnowledge: Knowledge = {
  accountName: () => undefined,
  alarm: () => undefined,
  resource: () => undefined,
};
