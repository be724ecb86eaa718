// What stands around a machine and can be troubled from outside like it: its host, its Auto Scaling group, deployments, AWS's plans.
import type { Cloud } from "../cloud.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { failingSince, impair, mend } from "../fleet/impairments.ts";
import type { Instance } from "../fleet/instance.ts";
import { EVENT_CODES, type EventCode } from "../fleet/scheduled-event.ts";
import { momentAt, parseMoment } from "../moments.ts";
import { memberById, STEADY_STATES, type SteadyState, setLifecycle } from "../services/autoscaling/groups.ts";
import { replaceSoon } from "../services/autoscaling/replacement.ts";
import {
  endDeployments,
  isDeploying,
  OUTCOMES,
  type Outcome,
  planDeployment,
} from "../services/codedeploy/deployments.ts";
import { cancelEvents, eventsOf, scheduleEvent } from "../services/ec2/scheduled-events.ts";
import { choice, wrong } from "./change-values.ts";

/** Where a change happens. */
export interface ChangePlace {
  readonly cloud: Cloud;
  readonly fleet: Fleet;
}

/** Understands a value, and answers what to do at a time. Throws RangeError naming what can't be. */
export type Change = (instance: Instance, value: unknown, place: ChangePlace) => (now: number) => void;

/** The application whose deployments the control interface begins. */
const APPLICATION = "local";

/** What can be changed around an instance's machine, by the name it has in the body. */
export const INSTANCE_CHANGES = {
  systemCheck: (instance, value) => {
    const failed = choice("systemCheck", value, ["ok", "failed"]) === "failed";
    return (now) => {
      mend(instance, now, ["system"]);
      if (failed) impair(instance, "system", now);
    };
  },
  lifecycle: (instance, value, { cloud, fleet }) => {
    const state = choice("lifecycle", value, STEADY_STATES) as SteadyState;
    if (!memberById(cloud, fleet, instance.id, cloud.clock.time()))
      throw new RangeError(`${instance.id} is in no Auto Scaling group`);
    return () => {
      setLifecycle(cloud, fleet, instance, state);
      // One that was marked unhealthy meanwhile is replaced now.
      if (state === "InService") replaceSoon(cloud, fleet, instance.id);
    };
  },
  deployment: (instance, value, { cloud, fleet }) => {
    const what = choice("deployment", value, ["InProgress", ...OUTCOMES]);
    return (now) => {
      if (what !== "InProgress") endDeployments(cloud, fleet, instance.id, what as Outcome);
      else if (!isDeploying(cloud, fleet, instance.id))
        planDeployment(cloud, fleet, {
          application: APPLICATION,
          group: APPLICATION,
          instanceIds: [instance.id],
          from: now,
          until: undefined,
          outcome: "Succeeded",
        });
    };
  },
  event: (instance, value, { cloud, fleet }) => {
    if (value === null) return (now) => cancelEvents(instance, now);
    const { code, at } = typeof value === "object" ? (value as { code?: unknown; at?: unknown }) : {};
    const known = choice("event.code", code, Object.keys(EVENT_CODES)) as EventCode;
    const moment = typeof at === "string" ? parseMoment(at) : undefined;
    if (!moment) throw wrong("event.at", at, 'a moment such as "+1h"');
    return (now) => scheduleEvent(cloud, fleet, instance, known, { from: momentAt(moment, now) });
  },
} satisfies Readonly<Record<string, Change>>;

/** The same as it stands. */
export function describeSurroundings(instance: Instance, { cloud, fleet }: ChangePlace, now: number): object {
  const member = memberById(cloud, fleet, instance.id, now);
  return {
    systemCheck: failingSince(instance, "system", now) === undefined ? "ok" : "failed",
    autoScalingGroup: member?.group.name ?? null,
    lifecycle: member?.lifecycle ?? null,
    deployment: isDeploying(cloud, fleet, instance.id) ? "InProgress" : null,
    events: eventsOf(instance, now),
  };
}
