import { describeAlarms } from "../aws/describe-alarms.ts";
import type { AwsSession, OutputOf } from "../aws/session.ts";
import { tagsByKey } from "../aws/tags-by-key.ts";
import type { RemediationRun } from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import { isUnderWay } from "./earlier-runs.ts";
import type { CheckState, InstanceFacts } from "./guard.ts";
import type { GuardName } from "./guards/registry.ts";
import { isStale } from "./guards/stale-alarm.ts";
import { lookAtPing } from "./look-at-instance.ts";
import { readDeployments } from "./read-deployments.ts";
import { TargetGroupCache } from "./target-groups.ts";

/** For those who don't use it. */
const NO_CODEDEPLOY = "; deployments: { codeDeploy: false } doesn't ask";

/** What is to be found out. */
export interface FactsQuestion {
  readonly instance: string;
  /** The runbooks that it may be: their guards and symptoms say what must be read. */
  readonly runbooks: readonly Runbook[];
  /** The alarm that went off, and when, ms; absent where somebody asked. */
  readonly alarm?: { readonly name: string; readonly account: string; readonly changedAt: number };
  /** Earlier runs of the account and region and those under way, without the one in question. */
  readonly earlier: readonly RemediationRun[];
  /** Where given, target groups are kept in it for some minutes. */
  readonly targetGroups?: TargetGroupCache;
}

/**
 * Reads what guards judge by, in three to six calls: instance, status checks and ping side by side, the alarm where its event is old,
 * its Auto Scaling group for a member; CodeDeploy where it is switched on, and target groups where another instance is under
 * repair. What AWS refuses to tell stands in `unread`, by the guards that need it. Throws only what stops the whole work.
 */
export async function readFacts(
  session: AwsSession,
  question: FactsQuestion,
  context: Context,
): Promise<InstanceFacts> {
  const { instance: id, runbooks } = question;
  const now = context.clock.now().getTime();
  const unread: Partial<Record<GuardName, string>> = {};
  const attempt = async <T>(guards: readonly GuardName[], read: Promise<T> | undefined, remedy = "") => {
    try {
      return await read;
    } catch (error) {
      if (!isWatchkeeperError(error) || error.source !== "aws" || error.code === "Aborted") throw error;
      for (const guard of guards) unread[guard] ??= `${error.message}${remedy}`;
      return undefined;
    }
  };
  const codeDeploy = runbooks.some(({ guards }) => guards.deployments.codeDeploy);
  const asksPing = runbooks.some(({ when }) => when.ssm !== undefined);
  const [described, status, ping, alarmState, deployments] = await Promise.all([
    attempt(
      ["instance-state", "opt-in", "auto-scaling", "deployment", "one-of-group"],
      describe(session, id),
    ),
    attempt(["symptoms", "scheduled-event"], readStatus(session, id)),
    attempt(["symptoms"], asksPing ? lookAtPing(session, id) : undefined),
    attempt(["stale-alarm"], readAlarm(session, question, now)),
    attempt(["deployment"], codeDeploy ? readDeployments(session, id) : undefined, NO_CODEDEPLOY),
  ]);
  const tags = tagsByKey(described?.Tags);
  const group = tags["aws:autoscaling:groupName"];
  const others = question.earlier.filter(
    (run) =>
      isUnderWay(run) &&
      run.account === session.account &&
      run.region === session.region &&
      run.instance.id !== id,
  );
  const asksTargets = others.length > 0 && runbooks.some(({ guards }) => guards.oneOfGroup);
  // A member of a group that nothing is done to needs no more calls.
  const asksGroup = group !== undefined && runbooks.some(({ guards }) => guards.autoScaling !== "refuse");
  const [scaling, targetGroups] = await Promise.all([
    attempt(["deployment"], asksGroup ? readGroup(session, id, group) : undefined),
    attempt(
      ["one-of-group"],
      asksTargets && described
        ? (question.targetGroups ?? new TargetGroupCache()).get(session, described.VpcId, now)
        : undefined,
    ),
  ]);
  const namesOf = (instance: string, address: string | undefined): readonly string[] => [
    ...(targetGroups?.get(instance) ?? []),
    ...((address === undefined ? undefined : targetGroups?.get(address)) ?? []),
  ];
  const own = new Set(namesOf(id, described?.PrivateIpAddress));
  const mates = others.flatMap(({ instance }) => {
    const shared =
      group !== undefined && instance.autoScalingGroup === group
        ? group
        : namesOf(instance.id, instance.privateIp).find((name) => own.has(name));
    return shared === undefined ? [] : [{ instance: instance.id, group: shared }];
  });
  const launchedAt = described?.LaunchTime?.getTime();
  return {
    id,
    name: tags["Name"] || id,
    state: described?.State?.Name ?? (unread["instance-state"] === undefined ? "absent" : "unknown"),
    platform: /windows/i.test(described?.Platform ?? described?.PlatformDetails ?? "") ? "windows" : "linux",
    tags,
    ...(launchedAt === undefined ? {} : { launchedAt }),
    ...(described?.PrivateIpAddress ? { privateIp: described.PrivateIpAddress } : {}),
    ...(group === undefined ? {} : { autoScalingGroup: group }),
    ...status,
    scheduledEvents: status?.scheduledEvents ?? [],
    ...(ping === undefined
      ? {}
      : { ping: { online: ping.online, ...(ping.lastAt === undefined ? {} : { lastAt: ping.lastAt }) } }),
    ...scaling,
    deployments: deployments ?? [],
    mates,
    ...(alarmState === undefined ? {} : { alarmState }),
    unread,
  };
}

type Described = NonNullable<
  NonNullable<OutputOf<"ec2", "DescribeInstances">["Reservations"]>[number]["Instances"]
>[number];

/** By filter: an id that is gone would be an error otherwise. */
async function describe(session: AwsSession, id: string): Promise<Described | undefined> {
  const Filters = [{ Name: "instance-id", Values: [id] }];
  const { Reservations = [] } = await session.send("ec2", "DescribeInstances", { Filters });
  return Reservations.flatMap(({ Instances = [] }) => Instances)[0];
}

type StatusFacts = Pick<InstanceFacts, "instanceCheck" | "systemCheck" | "scheduledEvents">;

async function readStatus(session: AwsSession, id: string): Promise<StatusFacts> {
  try {
    const { InstanceStatuses = [] } = await session.send("ec2", "DescribeInstanceStatus", {
      InstanceIds: [id],
      IncludeAllInstances: true,
    });
    const [found] = InstanceStatuses;
    const instanceCheck = found?.InstanceStatus?.Status as CheckState | undefined;
    const systemCheck = found?.SystemStatus?.Status as CheckState | undefined;
    const scheduledEvents = (found?.Events ?? [])
      // Events that are over stay listed for some days, and say so.
      .filter(({ Description = "" }) => !/^\[(Completed|Canceled)\]/.test(Description))
      .map(({ Code = "event", Description = "", NotBefore }) => ({
        code: Code,
        description: Description,
        notBefore: NotBefore?.getTime() ?? 0,
      }));
    return {
      ...(instanceCheck === undefined ? {} : { instanceCheck }),
      ...(systemCheck === undefined ? {} : { systemCheck }),
      scheduledEvents,
    };
  } catch (error) {
    // The guard of the instance's state says that it is gone.
    if (isWatchkeeperError(error) && error.code === "InvalidInstanceID.NotFound")
      return { scheduledEvents: [] };
    throw error;
  }
}

/** Undefined where the event is fresh. */
function readAlarm(
  session: AwsSession,
  { alarm, runbooks }: FactsQuestion,
  now: number,
): Promise<InstanceFacts["alarmState"]> | undefined {
  if (!alarm || !runbooks.some(({ guards }) => isStale(alarm.changedAt, now, guards.freshSeconds)))
    return undefined;
  // The guard then tells that it wasn't looked at.
  if (alarm.account !== session.account) return undefined;
  return alarmStateOf(session, alarm.name);
}

async function alarmStateOf(session: AwsSession, name: string): Promise<InstanceFacts["alarmState"]> {
  for await (const { metricAlarms, compositeAlarms } of describeAlarms(session, [name])) {
    const found = metricAlarms[0] ?? compositeAlarms[0];
    if (found?.StateValue) return found.StateValue;
  }
  return "deleted";
}

/** An instance's place in its Auto Scaling group, and whether the group is being refreshed. */
async function readGroup(
  session: AwsSession,
  id: string,
  group: string,
): Promise<Pick<InstanceFacts, "lifecycle" | "refresh">> {
  const [{ AutoScalingInstances = [] }, { InstanceRefreshes = [] }] = await Promise.all([
    session.send("autoscaling", "DescribeAutoScalingInstances", { InstanceIds: [id] }),
    session.send("autoscaling", "DescribeInstanceRefreshes", { AutoScalingGroupName: group }),
  ]);
  const refresh = InstanceRefreshes.find(({ Status = "" }) => REFRESHING.has(Status))?.InstanceRefreshId;
  return {
    // Its tag says that it is a member: one that isn't listed is on its way in or out.
    lifecycle: AutoScalingInstances[0]?.LifecycleState ?? "unknown",
    ...(refresh === undefined ? {} : { refresh }),
  };
}

/** Instance refreshes that aren't over. */
const REFRESHING: ReadonlySet<string> = new Set([
  "Pending",
  "InProgress",
  "Baking",
  "Cancelling",
  "RollbackInProgress",
]);
