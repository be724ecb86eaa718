// What stands around a scenario's instances: the Auto Scaling group and target group they are in, what is being deployed to them, what
// AWS has scheduled, when they go.
import { z } from "zod";
import { strict } from "../../config/schema-parts.ts";
import { parseDuration } from "../../model/duration.ts";
import type { Cloud } from "../cloud.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Instance } from "../fleet/instance.ts";
import { EVENT_CODES, type EventCode } from "../fleet/scheduled-event.ts";
import { type Moment, momentAt, parseMoment } from "../moments.ts";
import {
  derivedUuid,
  provideGroup,
  STEADY_STATES,
  type SteadyState,
} from "../services/autoscaling/groups.ts";
import { OUTCOMES, type Outcome, planDeployment } from "../services/codedeploy/deployments.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { endInstance } from "../services/ec2/power.ts";
import { scheduleEvent } from "../services/ec2/scheduled-events.ts";
import { provideTargetGroup } from "../services/elbv2/target-groups.ts";
import { duration, moment } from "./parts.ts";
import type { Place } from "./place.ts";

const name = z.string().regex(/\S/, { error: "must not be empty" });
const port = z.int().min(1).max(65_535);

/** Keys of a scenario's group. */
export const surroundingsSchema = {
  autoScalingGroup: z
    .union(
      [
        name,
        strict({
          name,
          lifecycle: z.enum(STEADY_STATES).optional(),
          gracePeriod: duration.optional(),
          refresh: strict({ at: moment, for: duration.optional() }).optional(),
        }),
      ],
      { error: "must be a group's name, or name, lifecycle, gracePeriod and refresh" },
    )
    .optional(),
  targetGroup: z
    .union([name, strict({ name, port: port.optional() })], {
      error: "must be a group's name, or name and port",
    })
    .optional(),
  deployment: strict({
    application: name,
    group: name.optional(),
    at: moment,
    for: duration.optional(),
    outcome: z.enum(OUTCOMES).optional(),
  }).optional(),
  events: z
    .array(
      strict({
        code: z.enum(Object.keys(EVENT_CODES) as [EventCode, ...EventCode[]]),
        at: moment,
        for: duration.optional(),
      }),
    )
    .optional(),
  terminatedAt: moment.optional(),
};

const schema = strict(surroundingsSchema);
type Form = z.infer<typeof schema>;

/** From a moment on, for so many seconds or without an end. */
interface Span {
  readonly at: Moment;
  readonly seconds: number | undefined;
}

/** What stands around a group's instances. */
export interface Surroundings {
  readonly scaling:
    | {
        readonly name: string;
        readonly lifecycle: SteadyState;
        readonly gracePeriod: number | undefined;
        readonly refresh: Span | undefined;
      }
    | undefined;
  readonly target: { readonly name: string; readonly port: number } | undefined;
  readonly deployment:
    | (Span & { readonly application: string; readonly group: string; readonly outcome: Outcome })
    | undefined;
  readonly events: readonly (Span & { readonly code: EventCode })[];
  readonly terminatedAt: Moment | undefined;
}

/** Reads a group's surroundings. `servicePort`: where its machines' first service answers, the port of targets that name none. */
export function surroundingsFrom(form: Form, servicePort: number | undefined): Surroundings {
  const { autoScalingGroup: scaling, targetGroup: target, deployment } = form;
  const group = typeof scaling === "string" ? { name: scaling } : scaling;
  const targets = typeof target === "string" ? { name: target } : target;
  return {
    scaling: group && {
      name: group.name,
      lifecycle: group.lifecycle ?? "InService",
      gracePeriod: group.gracePeriod === undefined ? undefined : parseDuration(group.gracePeriod),
      refresh: group.refresh && spanOf(group.refresh),
    },
    target: targets && { name: targets.name, port: targets.port ?? servicePort ?? 80 },
    deployment: deployment && {
      ...spanOf(deployment),
      application: deployment.application,
      group: deployment.group ?? deployment.application,
      outcome: deployment.outcome ?? "Succeeded",
    },
    events: (form.events ?? []).map((event) => ({ ...spanOf(event), code: event.code })),
    terminatedAt: form.terminatedAt === undefined ? undefined : parseMoment(form.terminatedAt),
  };
}

/** Makes all that true for a group's instances. `start`: what moments are relative to. */
export function settleSurroundings(
  cloud: Cloud,
  place: Place,
  surroundings: Surroundings,
  instances: readonly Instance[],
  start: number,
): void {
  const { scaling, target, deployment, events, terminatedAt } = surroundings;
  const fleet = cloud.state(fleetKey, place.account, place.region);
  if (scaling) settleScaling(cloud, place, scaling, instances, start);
  if (target) {
    const group = provideTargetGroup(cloud, place, target.name, target.port);
    for (const { id, createdAt } of instances)
      group.targets.push({ instanceId: id, port: target.port, since: createdAt });
  }
  if (deployment)
    planDeployment(cloud, place, {
      application: deployment.application,
      group: deployment.group,
      instanceIds: instances.map(({ id }) => id),
      ...timesOf(deployment, start),
      outcome: deployment.outcome,
    });
  for (const instance of instances) {
    for (const event of events) scheduleEvent(cloud, fleet, instance, event.code, timesOf(event, start));
    if (terminatedAt) terminateLater(cloud, fleet, instance, momentAt(terminatedAt, start));
  }
}

function settleScaling(
  cloud: Cloud,
  place: Place,
  { name: groupName, lifecycle, gracePeriod, refresh }: NonNullable<Surroundings["scaling"]>,
  instances: readonly Instance[],
  start: number,
): void {
  const group = provideGroup(cloud, place, groupName, instances[0]?.createdAt ?? start);
  group.gracePeriod = gracePeriod ?? group.gracePeriod;
  for (const { id } of instances) if (lifecycle !== "InService") group.states.set(id, lifecycle);
  if (refresh) {
    const times = timesOf(refresh, start);
    group.refreshes.push({ id: derivedUuid(`${group.uuid} ${group.refreshes.length}`), ...times });
  }
}

function terminateLater(cloud: Cloud, fleet: Fleet, instance: Instance, at: number): void {
  if (at <= cloud.clock.time()) endInstance(fleet, instance, at);
  else cloud.clock.at(at, () => endInstance(fleet, instance, at));
}

function spanOf(form: { readonly at: string; readonly for?: string | number | undefined }): Span {
  return {
    at: parseMoment(form.at) ?? { offset: 0 },
    seconds: form.for === undefined ? undefined : parseDuration(form.for),
  };
}

function timesOf(
  { at, seconds }: Span,
  start: number,
): { readonly from: number; readonly until: number | undefined } {
  const from = momentAt(at, start);
  return { from, until: seconds === undefined ? undefined : from + seconds * 1000 };
}
