import type { ActionLists, AlarmDefinition } from "../../model/alarm-policy.ts";
import { formatArn, parseArn } from "../../model/arn.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Partition } from "../../model/partition.ts";
import { didYouMean } from "../../support/suggest.ts";

/** Where alarms are: actions must be in the same partition and, mostly, region. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
}

/** The ARN behind a topic key of the configuration; undefined for unknown keys. */
export type TopicArns = (key: string) => string | undefined;

/** Topics of a configuration in one place: those with a name are made there, the others are what their ARN says. */
export function topicArns(configuration: Pick<Configuration, "topics">, place: Place): TopicArns {
  return (key) => {
    const topic = Object.hasOwn(configuration.topics, key) ? configuration.topics[key] : undefined;
    if (!topic) return undefined;
    if ("arn" in topic) return topic.arn;
    return formatArn({ ...place, service: "sns", resource: topic.name });
  };
}

/** Actions of one definition as ARNs, and what is wrong with those that can't be, as sentences. */
export interface ResolvedActions {
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly problems: readonly string[];
}

const NONE: readonly string[] = [];
const EC2_ACTION = /^ec2:(recover|reboot|stop|terminate)$/;

/** Services whose action targets must lie in the alarm's own region. */
const REGIONAL = new Set(["sns", "lambda", "autoscaling", "automate", "ssm", "swf"]);

/**
 * Where an alarm's state changes go: its own `actions` as a whole, else those of its severity. Topic keys become ARNs,
 * `ec2:recover` and its kin become `arn:<partition>:automate:<region>:ec2:recover`; ARNs must be of the alarm's partition and region.
 */
export function resolveActions(
  definition: Pick<AlarmDefinition, "actions" | "severity">,
  severities: Configuration["severities"],
  place: Place,
  topicArn: TopicArns,
  topicKeys: Iterable<string>,
): ResolvedActions {
  const { severity } = definition;
  const lists: Partial<ActionLists> =
    definition.actions ?? (Object.hasOwn(severities, severity) ? severities[severity] : undefined) ?? {};
  const problems: string[] = [];
  const resolve = (targets: readonly string[] = NONE): readonly string[] => {
    if (targets.length === 0) return NONE;
    const arns = targets.flatMap((target) => {
      const arn = targetArn(target, place, topicArn);
      const problem =
        arn === undefined
          ? `action "${target}" is no topic of the configuration, no ARN and no ec2:recover, ec2:reboot, ec2:stop or ec2:terminate.${didYouMean(target, topicKeys)}`
          : placeProblem(target, arn, place);
      if (problem !== undefined) problems.push(problem);
      return arn === undefined || problem !== undefined ? [] : [arn];
    });
    return [...new Set(arns)];
  };
  return {
    alarmActions: resolve(lists.alarm),
    okActions: resolve(lists.ok),
    insufficientDataActions: resolve(lists.insufficientData),
    problems,
  };
}

function targetArn(target: string, { region, partition }: Place, topicArn: TopicArns): string | undefined {
  const action = EC2_ACTION.exec(target)?.[1];
  if (action) return `arn:${partition}:automate:${region}:ec2:${action}`;
  if (target.startsWith("arn:")) return target;
  return topicArn(target);
}

function placeProblem(target: string, text: string, place: Place): string | undefined {
  const arn = parseArn(text);
  const which = target === text ? `action "${text}"` : `topic "${target}" (${text})`;
  if (!arn) return `${which} is no complete ARN`;
  if (arn.partition !== place.partition)
    return `${which} is of partition ${arn.partition}, but alarms in ${place.region} are of ${place.partition}`;
  if (REGIONAL.has(arn.service) && arn.region !== place.region)
    return `${which} is in ${arn.region === "" ? "no region" : arn.region}: alarms in ${place.region} need a target there. Give the topic a name to have one in every region`;
  return undefined;
}
