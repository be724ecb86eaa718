import { describeAlarms } from "../../aws/describe-alarms.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { Configuration } from "../../model/configuration.ts";
import { asSpec, type LiveAlarm, readCompositeAlarm, readMetricAlarm } from "../spec/cloudwatch-alarm.ts";
import { parseIdentity } from "../spec/identity.ts";
import type { LiveFacts } from "./lint-rule.ts";

/** An alarm as it stands in the account, ready to be judged. */
export interface ExistingAlarm {
  readonly spec: AlarmSpec;
  readonly live: LiveFacts;
  /** Configuration and identity in its mark. */
  readonly mark: { readonly configuration: string; readonly identity: string } | undefined;
}

/** The alarms of an account and region. */
export interface ExistingAlarms {
  readonly alarms: readonly ExistingAlarm[];
  /** Names of those of a kind that can't be judged: PromQL alarms. */
  readonly unknown: readonly string[];
}

/** Reads all alarms of the session's account and region. Rejects when a page fails. */
export async function readExisting(session: AwsSession): Promise<ExistingAlarms> {
  const alarms: ExistingAlarm[] = [];
  const unknown: string[] = [];
  for await (const { metricAlarms, compositeAlarms } of describeAlarms(session)) {
    for (const raw of metricAlarms) {
      const read = readMetricAlarm(raw);
      if (read.foreignKind !== undefined) unknown.push(read.state.alarmName);
      else alarms.push(existing(read, raw.StateTransitionedTimestamp ?? raw.StateUpdatedTimestamp));
    }
    for (const raw of compositeAlarms)
      alarms.push(
        existing(readCompositeAlarm(raw), raw.StateTransitionedTimestamp ?? raw.StateUpdatedTimestamp),
      );
  }
  return { alarms, unknown };
}

function existing(
  { state, reading, stateValue, updatedAt }: LiveAlarm,
  since: Date | undefined,
): ExistingAlarm {
  const { mark: _mark, carried: _carried, retag: _retag, ...settings } = state;
  const mark = reading.kind === "mark" ? reading.mark : undefined;
  return {
    spec: asSpec(settings),
    live: {
      stateValue,
      since,
      actionsEnabled: state.actionsEnabled,
      updatedAt,
      ours: reading.kind !== "none",
      settling: mark?.quietSince !== undefined,
    },
    mark: mark && { configuration: mark.configuration, identity: mark.identity },
  };
}

/** The definition that an alarm of ours comes from; undefined for others, and where the configuration no longer has it. */
export function definitionOf(
  { mark }: ExistingAlarm,
  configuration: Configuration | undefined,
): { readonly policy: AlarmPolicy; readonly definition: AlarmDefinition } | undefined {
  if (!mark || !configuration || mark.configuration !== configuration.name) return undefined;
  const identity = parseIdentity(mark.identity);
  const policy = configuration.policies.find(({ name }) => name === identity?.policy);
  const definition = policy?.alarms.find(({ key }) => key === identity?.alarm);
  return policy && definition && { policy, definition };
}
