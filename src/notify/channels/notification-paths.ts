import { labelProblem } from "../../config/notifications/label-problem.ts";
import type { Labels } from "../../model/alert.ts";
import { nearest } from "../../support/suggest.ts";
import { LABELS } from "../labels.ts";
import type { Notification } from "../notification.ts";

/** What lies at a path of a notification: one value, labels by name, members by name, or a list of such. `open`: not looked into. */
type Shape = "value" | "labels" | "open" | Members | readonly [Shape];
interface Members {
  readonly [name: string]: Shape;
}

type ShapeOf<Type> = Type extends string | number | boolean
  ? "value"
  : Type extends readonly (infer Element)[]
    ? readonly [ShapeOf<Element>]
    : Labels extends Type
      ? "labels"
      : { readonly [Name in keyof Type]-?: ShapeOf<NonNullable<Type[Name]>> | "open" };

const RESOURCE = { id: "value", name: "value", type: "value" } as const;
const PART = { name: "value", state: "value", since: "value", link: "value" } as const;

/** All members that a notification may have; the compiler keeps it in step with the type. */
const NOTIFICATION = {
  version: "value",
  id: "value",
  channel: "value",
  group: "value",
  incident: "value",
  first: "value",
  reason: "value",
  status: "value",
  severity: "value",
  at: "value",
  groupLabels: "labels",
  commonLabels: "labels",
  title: "value",
  alerts: [
    {
      fingerprint: "value",
      kind: "value",
      status: "value",
      labels: "labels",
      startsAt: "value",
      endsAt: "value",
      changedAt: "value",
      flaps: "value",
      late: "value",
      suppressed: { by: "value", reason: "value", until: "value" },
      watched: "open",
      text: {
        name: "value",
        state: "value",
        measured: "value",
        condition: "value",
        reason: "value",
        description: "value",
        resource: RESOURCE,
        account: { id: "value", name: "value" },
        region: "value",
        contributors: [PART],
        children: [PART],
        facts: [{ label: "value", value: "value" }],
        console: "value",
        runbook: "value",
      },
      news: "value",
      lasted: "value",
    },
  ],
  omitted: "value",
  counts: { firing: "value", resolved: "value" },
} as const satisfies ShapeOf<Notification>;

/** Why a path can't lead to anything in any notification, with what may have been meant; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  const parts = path.split(".");
  let shape: Shape = NOTIFICATION;
  for (const [index, part] of parts.entries()) {
    const above = parts.slice(0, index).join(".");
    const below = parts.slice(index);
    if (shape === "open") return undefined;
    if (shape === "value") return `${JSON.stringify(path)}: ${above} is a single value`;
    if (shape === "labels") {
      const problem = labelProblem(part, LABELS);
      if (problem !== undefined) return `${JSON.stringify(path)}: ${problem}`;
      shape = "value";
    } else if (isList(shape)) {
      if (!/^(\d+|length)$/.test(part))
        return `${JSON.stringify(path)}: ${above} is a list, whose first element is ${above}.0`;
      shape = part === "length" ? "value" : shape[0];
    } else if (Object.hasOwn(shape, part)) shape = shape[part] ?? "open";
    else return `${JSON.stringify(path)}, which no notification has.${remedy(shape, above, below)}`;
  }
  return undefined;
}

/** Every path of a notification by a dot and its name, those with `0` for the elements of lists, the shortest ones first. */
export function notificationPaths(): readonly string[] {
  return pathsBelow(NOTIFICATION);
}

function remedy(shape: Members, above: string, [name = "", ...rest]: readonly string[]): string {
  const here = Object.keys(shape);
  const deeper = pathsBelow(shape);
  const meant = nearest(name, here) ?? nearestEnd(name, deeper);
  if (meant === undefined) return ` ${above === "" ? "There are" : `${above} has`} ${here.join(", ")}`;
  const found = [...(above === "" ? [] : [above]), meant].join(".");
  const whole = [found, ...rest].join(".");
  return ` Did you mean "${pathProblem(whole) === undefined ? whole : found}"?`;
}

/** The path whose last name is nearest. */
function nearestEnd(name: string, paths: readonly string[]): string | undefined {
  const ends = new Map<string, string>();
  for (const path of paths) {
    const end = path.slice(path.lastIndexOf(".") + 1);
    if (!ends.has(end)) ends.set(end, path);
  }
  const end = nearest(name, ends.keys());
  return end === undefined ? undefined : ends.get(end);
}

function pathsBelow(shape: Shape): readonly string[] {
  if (typeof shape === "string") return [];
  const members: readonly (readonly [string, Shape])[] = isList(shape)
    ? [["0", shape[0]]]
    : Object.entries(shape);
  const paths = members.flatMap(([name, below]) => [
    ...(isList(shape) ? [] : [name]),
    ...pathsBelow(below).map((path) => `${name}.${path}`),
  ]);
  const depth = (path: string): number => path.split(".").length;
  return paths.sort((a, b) => depth(a) - depth(b));
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}
