import type { InstanceStatusEvent, InstanceStatus as WireStatus } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { failingSince } from "../../fleet/impairments.ts";
import type { Instance, StatusCheck } from "../../fleet/instance.ts";
import { CHECKS_INITIALIZING, STATES, stateAt } from "../../fleet/lifecycle.ts";
import type { Handlers } from "../../service.ts";
import { dryRun, invalidCombination } from "./errors.ts";
import { compileFilters, type FilterFields } from "./filters.ts";
import { seconds } from "./instance-shape.ts";
import { fleetOf, instancesById, listed } from "./lookup.ts";
import { pageOf } from "./paging.ts";
import { eventsOf } from "./scheduled-events.ts";

interface View {
  readonly serial: number;
  readonly status: WireStatus;
}

/** Filters of DescribeInstanceStatus. Source: its API reference. */
const FIELDS: FilterFields<View> = {
  "availability-zone": ({ status }) => status.AvailabilityZone,
  "availability-zone-id": ({ status }) => status.AvailabilityZoneId,
  "event.code": eventField(({ Code }) => Code),
  "event.description": eventField(({ Description }) => Description),
  "event.instance-event-id": eventField(({ InstanceEventId }) => InstanceEventId),
  "event.not-after": eventField(({ NotAfter }) => NotAfter?.toISOString()),
  "event.not-before": eventField(({ NotBefore }) => NotBefore?.toISOString()),
  "event.not-before-deadline": () => undefined,
  "instance-state-code": ({ status }) => String(status.InstanceState?.Code),
  "instance-state-name": ({ status }) => status.InstanceState?.Name,
  "instance-status.reachability": ({ status }) => status.InstanceStatus?.Details?.[0]?.Status,
  "instance-status.status": ({ status }) => status.InstanceStatus?.Status,
  "operator.managed": () => "false",
  "operator.principal": () => undefined,
  "system-status.reachability": ({ status }) => status.SystemStatus?.Details?.[0]?.Status,
  "system-status.status": ({ status }) => status.SystemStatus?.Status,
  "attached-ebs-status.status": ({ status }) => status.AttachedEbsStatus?.Status,
  "application-status.status": () => undefined,
};

/** Status checks. */
export const instanceStatus = {
  DescribeInstanceStatus(input, context) {
    dryRun(input.DryRun);
    const ids = input.InstanceIds ?? [];
    if (ids.length > 100)
      throw new AwsError(
        "InvalidRequest",
        `${ids.length} exceeds the maximum number of instance IDs that can be specificied (100). Please specify fewer than 100 instance IDs.`,
        400,
      );
    if (ids.length > 0 && (input.MaxResults !== undefined || input.NextToken !== undefined))
      throw invalidCombination(
        "The parameter instanceIdsSet cannot be used with the parameter maxResults/nextToken.",
      );
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const matches = compileFilters(input.Filters, FIELDS);
    const candidates =
      ids.length > 0 ? instancesById(fleet, ids, now) : listed(fleet.visibleInstances(now), context);
    const page = pageOf(
      views(fleet, candidates, input.IncludeAllInstances ?? false, matches, now),
      input,
      { min: 5, max: 1000, above: "refuse" },
      ["DescribeInstanceStatus", input.Filters, input.IncludeAllInstances],
      ({ serial }) => serial,
    );
    return { InstanceStatuses: page.items.map(({ status }) => status), NextToken: page.nextToken };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function eventField(read: (event: InstanceStatusEvent) => string | undefined) {
  return ({ status }: View): readonly string[] => (status.Events ?? []).flatMap((event) => read(event) ?? []);
}

function* views(
  fleet: Fleet,
  instances: Iterable<Instance>,
  all: boolean,
  matches: (view: View) => boolean,
  now: number,
): Iterable<View> {
  for (const instance of instances) {
    if (!all && stateAt(instance.phase, now) !== "running") continue;
    const view = { serial: instance.serial, status: statusOf(fleet, instance, now) };
    if (matches(view)) yield view;
  }
}

function statusOf(fleet: Fleet, instance: Instance, now: number): WireStatus {
  const state = stateAt(instance.phase, now);
  const subnet = fleet.network.subnets[instance.subnet];
  const status: WireStatus = {
    AvailabilityZone: subnet?.zone,
    AvailabilityZoneId: subnet?.zoneId,
    InstanceId: instance.id,
    InstanceState: STATES[state],
    InstanceStatus: check(instance, "instance", now),
    SystemStatus: check(instance, "system", now),
    Operator: { Managed: false, HiddenByDefault: false },
  };
  const events = eventsOf(instance, now);
  if (events.length > 0) status.Events = events;
  if (instance.type.nitro) status.AttachedEbsStatus = check(instance, "attached-ebs", now);
  return status;
}

function check(instance: Instance, name: StatusCheck, now: number) {
  if (stateAt(instance.phase, now) !== "running") return { Status: "not-applicable" as const };
  const since = failingSince(instance, name, now);
  if (since !== undefined)
    return {
      Status: "impaired" as const,
      Details: [{ Name: "reachability" as const, Status: "failed" as const, ImpairedSince: seconds(since) }],
    };
  const initializing = now < (instance.runs.at(-1) ?? 0) + CHECKS_INITIALIZING;
  return initializing
    ? {
        Status: "initializing" as const,
        Details: [{ Name: "reachability" as const, Status: "initializing" as const }],
      }
    : { Status: "ok" as const, Details: [{ Name: "reachability" as const, Status: "passed" as const }] };
}
