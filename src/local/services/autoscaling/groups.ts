// Auto Scaling groups of one account and region. Who belongs to one says the tag that AWS gives its members; the group itself keeps
// what it was told about them.
import type { LifecycleState } from "@aws-sdk/client-auto-scaling";
import { sha256 } from "../../../support/canonical-json.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import { fleetKey } from "../ec2/fleet-key.ts";

/** The tag of members. */
const GROUP_TAG = "aws:autoscaling:groupName";

/** Members whose state a group was told; others follow from their instance. */
export const STEADY_STATES = [
  "InService",
  "Standby",
  "Pending:Wait",
  "Terminating:Wait",
] as const satisfies readonly LifecycleState[];
export type SteadyState = (typeof STEADY_STATES)[number];

/** An instance refresh, from and until when (milliseconds); undefined: it goes on. */
export interface Refresh {
  readonly id: string;
  readonly from: number;
  readonly until: number | undefined;
}

/** One group. */
export interface ScalingGroup {
  readonly name: string;
  readonly uuid: string;
  readonly createdAt: number;
  /** Seconds that a new member has before its health counts. */
  gracePeriod: number;
  readonly refreshes: Refresh[];
  /** What members were told to be, by instance id. */
  readonly states: Map<string, SteadyState>;
  readonly unhealthy: Set<string>;
}

/** An instance in its group. */
export interface Member {
  readonly group: ScalingGroup;
  readonly instance: Instance;
  readonly lifecycle: LifecycleState;
}

/** Groups by name. */
export const scalingGroupsKey: StateKey<Map<string, ScalingGroup>> = {
  name: "autoscaling-groups",
  create: () => new Map(),
};

/** The group of a name; made if there is none. */
export function provideGroup(
  cloud: Cloud,
  { account, region }: { readonly account: string; readonly region: string },
  name: string,
  createdAt: number,
): ScalingGroup {
  const groups = cloud.state(scalingGroupsKey, account, region);
  const known = groups.get(name);
  if (known) return known;
  const group: ScalingGroup = {
    name,
    uuid: derivedUuid(`${account} ${region} group ${name}`),
    createdAt,
    gracePeriod: 300,
    refreshes: [],
    states: new Map(),
    unhealthy: new Set(),
  };
  groups.set(name, group);
  return group;
}

/** All members of all groups of a place, in order of their instances' ids. */
export function membersOf(cloud: Cloud, fleet: Fleet, now: number): readonly Member[] {
  const groups = cloud.state(scalingGroupsKey, fleet.account, fleet.region);
  if (groups.size === 0) return [];
  return [...fleet.visibleInstances(now)]
    .flatMap((instance) => memberOf(groups, instance, now) ?? [])
    .sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
}

/** One instance as a member; undefined when it is in no group, or gone. */
export function memberById(cloud: Cloud, fleet: Fleet, id: string, now: number): Member | undefined {
  const instance = fleet.instance(id, now);
  return instance && memberOf(cloud.state(scalingGroupsKey, fleet.account, fleet.region), instance, now);
}

/** Tells a member what it is to be; an instance in no group stays as it is. */
export function setLifecycle(cloud: Cloud, fleet: Fleet, instance: Instance, state: SteadyState): void {
  memberById(cloud, fleet, instance.id, cloud.clock.time())?.group.states.set(instance.id, state);
}

/** The fleet of a place. */
export function fleetAt(
  cloud: Cloud,
  { account, region }: { readonly account: string; readonly region: string },
): Fleet {
  return cloud.state(fleetKey, account, region);
}

function memberOf(
  groups: ReadonlyMap<string, ScalingGroup>,
  instance: Instance,
  now: number,
): Member | undefined {
  const group = groups.get(instance.tags.get(GROUP_TAG) ?? "");
  const state = stateAt(instance.phase, now);
  if (!group || state === "terminated") return undefined;
  return { group, instance, lifecycle: lifecycleOf(group, instance, state) };
}

function lifecycleOf(group: ScalingGroup, { id }: Instance, state: string): LifecycleState {
  if (state === "pending") return "Pending";
  if (state === "shutting-down") return "Terminating";
  return group.states.get(id) ?? "InService";
}

/** A UUID that follows from a text, so that the same scenario gives the same one. */
export function derivedUuid(text: string): string {
  const digits = sha256(text);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
