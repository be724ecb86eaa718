import type { Alert } from "../model/alert.ts";
import type { Explanation } from "./decision.ts";
import { groupWaitFor, placesOf, routeSteps } from "./routing.ts";
import { allHolds } from "./stages.ts";
import type { TickContext } from "./tick.ts";

/** The way one alert would go now: which routes were tried and why, its group, everything that holds it back, who is told. */
export function explainAlert(alert: Alert, context: TickContext): Explanation {
  const { policy } = context;
  return {
    labels: alert.labels,
    steps: routeSteps(policy.route, alert.labels),
    targets: placesOf(policy.route, alert.labels).map(({ route, labels, key }) => ({
      route: route.id,
      groupKey: key,
      groupLabels: labels,
      groupWait: groupWaitFor(route, alert),
      groupInterval: route.groupInterval,
      repeatInterval: route.repeatInterval,
      holds: allHolds(alert, { ...context, route }),
      channels: route.channels,
    })),
  };
}
