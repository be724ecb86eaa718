import { hashOf } from "../../../support/canonical-json.ts";
import type { AwsError } from "../../aws-error.ts";
import { invalidValue } from "./errors.ts";

/** A page's bounds and the text of a size outside them. */
export interface PageLimits {
  readonly min: number;
  readonly max: number;
  /** What happens above `max`: most operations refuse, DescribeVolumes gives `max`. */
  readonly above: "refuse" | "cap";
  readonly error?: (asked: number) => AwsError;
}

/** What a paged request asks for. */
export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page and the token of the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * Cuts a page out of things in order of their serial. A token remembers the last serial seen, so that things that come
 * and go between two pages neither repeat nor hide others; it belongs to the operation and the filters it was given for.
 */
export function pageOf<T>(
  things: Iterable<T>,
  request: PageRequest,
  limits: PageLimits,
  binding: unknown,
  serialOf: (thing: T) => number,
): Page<T> {
  const size = pageSize(request.MaxResults, limits);
  const mark = hashOf(binding, 12);
  const after =
    request.NextToken === undefined || request.NextToken === "" ? -1 : parseToken(request.NextToken, mark);
  const items: T[] = [];
  let last = after;
  for (const thing of things) {
    const serial = serialOf(thing);
    if (serial <= after) continue;
    if (items.length === size) return { items, nextToken: makeToken(last, mark) };
    items.push(thing);
    last = serial;
  }
  return { items, nextToken: undefined };
}

function pageSize(asked: number | undefined, { min, max, above, error }: PageLimits): number {
  if (asked === undefined) return Number.POSITIVE_INFINITY;
  if (asked > max && above === "cap") return max;
  if (asked >= min && asked <= max) return asked;
  if (error) throw error(asked);
  throw invalidValue(
    `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value ${asked < min ? `greater than ${min}` : `less than ${max}`}.`,
  );
}

function makeToken(last: number, mark: string): string {
  return Buffer.from(JSON.stringify([1, mark, last])).toString("base64url");
}

function parseToken(token: string, mark: string): number {
  try {
    const [version, of, last] = JSON.parse(Buffer.from(token, "base64url").toString()) as unknown[];
    if (version === 1 && of === mark && typeof last === "number") return last;
  } catch {
    // Not one of ours: told below, like one of another listing.
  }
  throw invalidValue("Unable to parse pagination token");
}
