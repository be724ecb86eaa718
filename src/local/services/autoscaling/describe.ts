import type { AutoScalingGroup, Filter, InstanceRefresh, TagDescription } from "@aws-sdk/client-auto-scaling";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { pageByKey } from "../key-paging.ts";
import { groupNotFound, invalidToken, validationError } from "./errors.ts";
import {
  fleetAt,
  type Member,
  membersOf,
  type Refresh,
  type ScalingGroup,
  scalingGroupsKey,
} from "./groups.ts";

/** Most ids or items of a request. Source: API reference of each operation. */
const MOST_INSTANCES = 50;
const MOST_GROUPS = 100;
const USUAL = 50;

/** How long each member of a refresh that has no end is said to take, milliseconds. */
const PER_MEMBER = 300_000;

/** Groups, members and refreshes as clients list them. */
export const describe = {
  DescribeAutoScalingGroups(input, context) {
    const names = input.AutoScalingGroupNames ?? [];
    const fleet = fleetAt(context.cloud, context);
    const members = membersOf(context.cloud, fleet, context.now.getTime());
    const matches = tagFilters(input.Filters);
    const groups = [...context.cloud.state(scalingGroupsKey, context.account, context.region).values()]
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .map((group) =>
        groupShape(
          group,
          members.filter((member) => member.group === group),
          fleet,
          context,
        ),
      )
      .filter(({ Tags }) => matches(Tags ?? []));
    const page = pageByKey(
      groups,
      ({ AutoScalingGroupName = "" }) => AutoScalingGroupName,
      {
        size: pageSize(input.MaxRecords, MOST_GROUPS),
        token: input.NextToken,
        binding: ["groups", names, input.Filters],
      },
      invalidToken,
    );
    return { AutoScalingGroups: [...page.items], NextToken: page.next };
  },

  DescribeAutoScalingInstances(input, context) {
    const ids = input.InstanceIds ?? [];
    if (ids.length > MOST_INSTANCES)
      throw validationError(
        `The number of instance ids that may be passed in is limited to ${MOST_INSTANCES}`,
      );
    const fleet = fleetAt(context.cloud, context);
    const members = membersOf(context.cloud, fleet, context.now.getTime());
    const page = pageByKey(
      // Ids that are in no group are left out without a word.
      members.filter(({ instance }) => ids.length === 0 || ids.includes(instance.id)),
      ({ instance }) => instance.id,
      {
        size: pageSize(input.MaxRecords, MOST_INSTANCES),
        token: input.NextToken,
        binding: ["instances", ids],
      },
      invalidToken,
    );
    return {
      AutoScalingInstances: page.items.map((member) => ({
        ...memberShape(member, fleet),
        AutoScalingGroupName: member.group.name,
        // This listing writes it in capitals, the one of groups doesn't.
        HealthStatus: isHealthy(member) ? "HEALTHY" : "UNHEALTHY",
      })),
      NextToken: page.next,
    };
  },

  DescribeInstanceRefreshes(input, context) {
    const name = input.AutoScalingGroupName ?? "";
    const group = context.cloud.state(scalingGroupsKey, context.account, context.region).get(name);
    if (!group) throw groupNotFound(name);
    const now = context.now.getTime();
    const ids = input.InstanceRefreshIds ?? [];
    const fleet = fleetAt(context.cloud, context);
    const size = membersOf(context.cloud, fleet, now).filter((member) => member.group === group).length;
    const refreshes = group.refreshes
      .filter(({ id, from }) => from <= now && (ids.length === 0 || ids.includes(id)))
      .sort((a, b) => b.from - a.from)
      .map((refresh) => refreshShape(group, refresh, size, now));
    const page = pageByKey(
      refreshes.map((shape, index) => ({ shape, key: String(index).padStart(6, "0") })),
      ({ key }) => key,
      {
        size: pageSize(input.MaxRecords, MOST_GROUPS),
        token: input.NextToken,
        binding: ["refreshes", name, ids],
      },
      invalidToken,
    );
    return { InstanceRefreshes: page.items.map(({ shape }) => shape), NextToken: page.next };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-auto-scaling")>;

function pageSize(asked: number | undefined, most: number): number {
  if (asked === undefined) return Math.min(USUAL, most);
  if (asked < 1 || asked > most)
    throw validationError(`Value ${asked} at 'maxRecords' must be between 1 and ${most}`);
  return asked;
}

function isHealthy({ group, instance }: Member): boolean {
  return !group.unhealthy.has(instance.id);
}

function memberShape({ group, instance, lifecycle }: Member, fleet: Fleet) {
  return {
    InstanceId: instance.id,
    InstanceType: instance.type.name,
    AvailabilityZone: fleet.network.subnets[instance.subnet]?.zone,
    LifecycleState: lifecycle,
    ProtectedFromScaleIn: false,
    LaunchTemplate: templateOf(group),
  };
}

function groupShape(
  group: ScalingGroup,
  members: readonly Member[],
  fleet: Fleet,
  { account, region, partition }: RequestContext,
): AutoScalingGroup {
  const { name, uuid } = group;
  const subnets = [...new Set(members.map(({ instance }) => instance.subnet))].sort((a, b) => a - b);
  const used = subnets.length > 0 ? subnets : fleet.network.subnets.map((_, index) => index);
  // What ends or waits to be replaced makes room for another one: the wanted number stays.
  const wanted = members.filter(
    ({ lifecycle }) => lifecycle !== "Terminating" && lifecycle !== "Standby",
  ).length;
  return {
    AutoScalingGroupName: name,
    AutoScalingGroupARN: `arn:${partition}:autoscaling:${region}:${account}:autoScalingGroup:${uuid}:autoScalingGroupName/${name}`,
    LaunchTemplate: templateOf(group),
    MinSize: 0,
    MaxSize: Math.max(1, members.length),
    DesiredCapacity: wanted,
    DefaultCooldown: 300,
    AvailabilityZones: used.map((index) => fleet.network.subnets[index]?.zone ?? ""),
    LoadBalancerNames: [],
    HealthCheckType: "EC2",
    HealthCheckGracePeriod: group.gracePeriod,
    Instances: members.map((member) => ({
      ...memberShape(member, fleet),
      HealthStatus: isHealthy(member) ? "Healthy" : "Unhealthy",
    })),
    CreatedTime: new Date(group.createdAt),
    // Health is what a group was told: it looks at no status checks itself.
    SuspendedProcesses: [{ ProcessName: "HealthCheck", SuspensionReason: "Suspended by the local cloud" }],
    VPCZoneIdentifier: used.map((index) => fleet.network.subnets[index]?.id ?? "").join(","),
    EnabledMetrics: [],
    Tags: tagsOf(group, members),
    TerminationPolicies: ["Default"],
    NewInstancesProtectedFromScaleIn: false,
    ServiceLinkedRoleARN: `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
  };
}

/** The tags that all members share were given to them by their group. */
function tagsOf({ name }: ScalingGroup, members: readonly Member[]): TagDescription[] {
  const [first, ...rest] = members;
  return [...(first?.instance.tags ?? [])]
    .filter(([key]) => !key.startsWith("aws:") && key !== "Name")
    .filter(([key, value]) => rest.every(({ instance }) => instance.tags.get(key) === value))
    .map(([Key, Value]) => ({
      ResourceId: name,
      ResourceType: "auto-scaling-group",
      Key,
      Value,
      PropagateAtLaunch: true,
    }));
}

function templateOf({ name, uuid }: ScalingGroup) {
  return {
    LaunchTemplateId: `lt-0${uuid.replaceAll("-", "").slice(0, 16)}`,
    LaunchTemplateName: name,
    Version: "1",
  };
}

function refreshShape(
  group: ScalingGroup,
  { id, from, until }: Refresh,
  size: number,
  now: number,
): InstanceRefresh {
  const over = until !== undefined && now >= until;
  const length = (until ?? from + Math.max(1, size) * PER_MEMBER) - from;
  const share = over ? 100 : Math.min(99, Math.floor((100 * (now - from)) / length));
  return {
    InstanceRefreshId: id,
    AutoScalingGroupName: group.name,
    Status: over ? "Successful" : "InProgress",
    StartTime: new Date(from),
    ...(over && { EndTime: new Date(until) }),
    PercentageComplete: share,
    InstancesToUpdate: size - Math.floor((size * share) / 100),
    Strategy: "Rolling",
  };
}

function tagFilters(filters: readonly Filter[] | undefined): (tags: readonly TagDescription[]) => boolean {
  const tests = (filters ?? []).map(({ Name: name = "", Values: values = [] }) => {
    if (name.startsWith("tag:")) {
      const key = name.slice("tag:".length);
      return ({ Key, Value }: TagDescription) => Key === key && values.includes(Value ?? "");
    }
    if (name === "tag-key") return ({ Key }: TagDescription) => values.includes(Key ?? "");
    if (name === "tag-value") return ({ Value }: TagDescription) => values.includes(Value ?? "");
    throw validationError(
      `Filter type ${name} is not correct. Allowed Filter types are: tag-key tag-value tag:<key>`,
    );
  });
  return (tags) => tests.every((test) => tags.some(test));
}
