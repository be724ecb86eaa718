import type { AlarmStateChange } from "../model/alarm-event.ts";
import type { Labels } from "../model/alert.ts";
import { matchesAll } from "../model/matcher.ts";
import type { RunReason } from "../model/remediation-run.ts";
import type { RemediationPolicy, Runbook } from "../model/runbook.ts";

/** The instance that an alarm is about and the account it is in, or why there is none. */
export type AlarmInstance =
  | { readonly id: string; readonly account: string; readonly region: string }
  | { readonly reason: RunReason };

const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/** The runbooks whose trigger an alarm's labels meet, in the order of the file. Which of them is the right one, the symptoms say. */
export function runbooksFor(policy: RemediationPolicy, labels: Labels): readonly Runbook[] {
  return policy.runbooks.filter(({ trigger }) => trigger.some((matchers) => matchesAll(matchers, labels)));
}

/**
 * The instance an alarm is about: from the `InstanceId` dimension of its metrics alone. A description, a name or a configuration
 * may be out of date, and the wrong server would be rebooted.
 */
export function instanceOf(event: AlarmStateChange): AlarmInstance {
  if (event.alarmKind === "composite")
    return nowhere(
      "composite-alarm",
      `"${event.alarmName}" is a composite alarm, which is about no instance: let a runbook's trigger name its children`,
    );
  const found = new Map<string, string>();
  for (const { id, account } of mentioned(event)) found.set(id, account ?? event.account);
  const [first, second] = found;
  if (!first) return nowhere("no-instance", `no metric of "${event.alarmName}" has the dimension InstanceId`);
  if (second)
    return nowhere(
      "several-instances",
      `"${event.alarmName}" is about ${found.size} instances (${[...found.keys()].slice(0, 3).join(", ")}): which one is ill can't be told`,
    );
  const [id, account] = first;
  if (!INSTANCE_ID.test(id)) return nowhere("no-instance", `${JSON.stringify(id)} is no instance's id`);
  return { id, account, region: event.region };
}

function* mentioned({ trigger, contributor }: AlarmStateChange) {
  const own = contributor?.attributes["InstanceId"];
  // The contributor of a multi-series alarm is the one that is ill; its query may speak of the whole fleet.
  if (own !== undefined) {
    yield { id: own, account: undefined };
    return;
  }
  for (const { name, value } of trigger?.dimensions ?? [])
    if (name === "InstanceId") yield { id: value, account: undefined };
  for (const { metricStat, accountId } of trigger?.metrics ?? [])
    for (const { name, value } of metricStat?.dimensions ?? [])
      if (name === "InstanceId") yield { id: value, account: accountId };
}

function nowhere(code: string, text: string): AlarmInstance {
  return { reason: { code, text } };
}
