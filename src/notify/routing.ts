import type { Alert, Labels } from "../model/alert.ts";
import { labelOf, matches, matchesAll } from "../model/matcher.ts";
import type { RouteConfig } from "../model/notification-policy.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import type { RouteStep } from "./decision.ts";

/** Seconds a new group waits for company when its route doesn't say. */
const DEFAULT_GROUP_WAIT = 30;

/**
 * The routes an alert ends in: down the tree, the first child that matches takes it unless it says `continue`; where no child
 * does, the route itself.
 */
export function routesFor(route: RouteConfig, labels: Labels): readonly RouteConfig[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: RouteConfig[] = [];
  for (const child of route.routes) {
    const inner = routesFor(child, labels);
    found.push(...inner);
    if (inner.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The same walk, told step by step: every route that was looked at and why it did or didn't match. */
export function routeSteps(route: RouteConfig, labels: Labels): readonly RouteStep[] {
  const chosen = new Set(routesFor(route, labels).map(({ id }) => id));
  const steps: RouteStep[] = [];
  const visit = (node: RouteConfig): boolean => {
    const failed = node.matchers.find((matcher) => !matches(matcher, labels));
    steps.push({
      route: node.id,
      matched: failed === undefined,
      chosen: chosen.has(node.id),
      ...(failed === undefined ? {} : { failed, saw: labelOf(labels, failed.name) }),
    });
    if (failed !== undefined) return false;
    for (const child of node.routes) if (visit(child) && !child.continue) break;
    return true;
  };
  visit(route);
  return steps;
}

/** The labels that make an alert's group in a route: those of `groupBy` that it has. */
function groupLabelsOf(route: RouteConfig, labels: Labels): Labels {
  if (route.groupBy === "all") return labels;
  return Object.fromEntries(
    route.groupBy.filter((name) => Object.hasOwn(labels, name)).map((name) => [name, labels[name] ?? ""]),
  );
}

/** A group that an alert belongs to, there or not yet. */
export interface Place {
  readonly route: RouteConfig;
  /** The group's. */
  readonly labels: Labels;
  readonly key: string;
}

const known = new WeakMap<Labels, { readonly root: RouteConfig; readonly places: readonly Place[] }>();

/** The groups that an alert's labels lead to, a place for each route. An alert is asked about several times on its way: they are kept. */
export function placesOf(root: RouteConfig, labels: Labels): readonly Place[] {
  const found = known.get(labels);
  if (found?.root === root) return found.places;
  const places = routesFor(root, labels).map((route): Place => {
    const own = groupLabelsOf(route, labels);
    return { route, labels: own, key: groupKeyOf(route, own) };
  });
  known.set(labels, { root, places });
  return places;
}

/** The key of the group with these labels in a route. */
function groupKeyOf(route: RouteConfig, groupLabels: Labels): string {
  return `${route.id}:${canonicalJson(groupLabels)}`;
}

/** Seconds until a new group is told for this alert's sake: its route's, else nothing for severity critical. */
export function groupWaitFor(route: RouteConfig, alert: Pick<Alert, "labels">): number {
  return route.groupWait ?? (labelOf(alert.labels, "severity") === "critical" ? 0 : DEFAULT_GROUP_WAIT);
}

/** Every route of the tree by its id. */
export function routesById(route: RouteConfig): ReadonlyMap<string, RouteConfig> {
  return new Map([[route.id, route], ...route.routes.flatMap((child) => [...routesById(child)])]);
}
