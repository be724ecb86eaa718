import type { TargetHealth } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Instance } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import { guestOf } from "../../guest/guest.ts";
import { httpAnswer } from "../../guest/services.ts";
import type { Target } from "./target-groups.ts";

/** How a target group looks at its targets: the defaults of an Application Load Balancer. Seconds and counts. */
export const HEALTH_CHECK = { interval: 30, timeout: 5, healthy: 5, unhealthy: 2 } as const;

/** More looks than this aren't needed to know how the last ones came about. */
const LOOKS = 40;

/**
 * The health of a target as its load balancer knows it: by looks at what answers on its port, as many as the thresholds want. Worked
 * out anew from what the machine was like at the time of each look.
 */
export function targetHealth(instance: Instance, { port, since }: Target, now: number): TargetHealth {
  const state = stateAt(instance.phase, now);
  if (state === "stopped" || state === "stopping")
    return { State: "unused", Reason: "Target.InvalidState", Description: "Target is in the stopped state" };
  if (state === "shutting-down")
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  const { interval, healthy, unhealthy } = HEALTH_CHECK;
  guestOf(instance);
  const last = Math.floor(now / 1000 / interval);
  let known: "healthy" | "unhealthy" | undefined;
  let row = 0;
  let good = false;
  let problem: TargetHealth | undefined;
  for (let look = last - LOOKS; look <= last; look += 1) {
    const time = look * interval * 1000;
    if (time < since) continue;
    const failure = problemAt(instance, port, time);
    row = (failure === undefined) === good ? row + 1 : 1;
    good = failure === undefined;
    problem = failure ?? problem;
    // The first good look of a new target is enough.
    if (good && (row >= healthy || known === undefined)) known = "healthy";
    if (!good && row >= unhealthy) known = "unhealthy";
  }
  if (known === "healthy") return { State: "healthy" };
  if (known === "unhealthy" && problem) return problem;
  return {
    State: "initial",
    Reason: "Elb.InitialHealthChecking",
    Description: "Initial health checks in progress",
  };
}

function problemAt(instance: Instance, port: number, time: number): TargetHealth | undefined {
  const answer = httpAnswer(instance, port, time);
  if (answer === "silence")
    return { State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out" };
  if (answer === "refused")
    return { State: "unhealthy", Reason: "Target.FailedHealthChecks", Description: "Health checks failed" };
  if (answer.status === 200) return undefined;
  return {
    State: "unhealthy",
    Reason: "Target.ResponseCodeMismatch",
    Description: `Health checks failed with these codes: [${answer.status}]`,
  };
}
