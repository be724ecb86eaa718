import type { Schemas } from "./schema-file.ts";
import type { HttpBinding } from "./shape.ts";

/** One REST operation's place: how its requests look. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  readonly labels: readonly string[];
  readonly literalQuery: readonly (readonly [name: string, value: string])[];
  /** More literal patterns are tried first. */
  readonly weight: number;
}

/** A route that a request took, with its path labels, decoded. */
export interface RouteMatch {
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Routes of every operation with an HTTP binding, most literal first. */
export function compileRoutes(schemas: Schemas): readonly Route[] {
  const bindings: [string, HttpBinding | undefined][] = [
    ...[...schemas.operations.values()].map(({ name, http }): [string, HttpBinding | undefined] => [
      name,
      http,
    ]),
    ...schemas.unimplemented,
  ];
  return bindings
    .flatMap(([name, http]) => (http ? [compileRoute(name, http)] : []))
    .sort((a, b) => b.weight - a.weight);
}

function compileRoute(operation: string, [method, uri]: HttpBinding): Route {
  const [pattern = "", query = ""] = uri.split("?");
  const labels: string[] = [];
  let weight = 0;
  const segments = pattern.split("/").map((segment) => {
    const label = /^\{([^}+]+)(\+?)\}$/.exec(segment);
    if (!label) {
      weight += segment ? 10 : 0;
      return segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    }
    labels.push(label[1] as string);
    weight += label[2] ? 0 : 1;
    return label[2] ? "(.+?)" : "([^/]+)";
  });
  const literalQuery = [...new URLSearchParams(query)];
  return {
    operation,
    method,
    // Older clients write a slash at the end.
    path: new RegExp(`^${segments.join("/").replace(/\/$/, "")}/?$`),
    labels,
    literalQuery,
    weight: weight + literalQuery.length * 5,
  };
}

/** The route of a request, or undefined. Throws URIError when a label's percent-encoding is broken. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
  query: URLSearchParams,
): RouteMatch | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const found = route.path.exec(path);
    if (!found) continue;
    if (!route.literalQuery.every(([name, value]) => (value ? query.get(name) === value : query.has(name))))
      continue;
    const labels: Record<string, string> = Object.create(null);
    route.labels.forEach((label, index) => {
      labels[label] = decodeURIComponent(found[index + 1] as string);
    });
    return { operation: route.operation, labels };
  }
  return undefined;
}
