import { hashOf } from "../../../support/canonical-json.ts";
import { AwsError } from "../../service.ts";
import { invalid } from "./errors.ts";

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * One page of things that are in order of their key. A token remembers the last key seen, and belongs to the listing that gave it.
 */
export function pageOf<T>(
  things: readonly T[],
  { MaxResults: asked, NextToken: token }: PageRequest,
  limits: { readonly min: number; readonly max: number; readonly usual: number },
  binding: unknown,
  keyOf: (thing: T) => string,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  if (asked !== undefined && (asked < limits.min || asked > limits.max))
    throw invalid(
      "maxResults",
      asked,
      asked < limits.min
        ? `Member must have value greater than or equal to ${limits.min}`
        : `Member must have value less than or equal to ${limits.max}`,
    );
  const size = asked ?? limits.usual;
  const mark = hashOf(binding, 12);
  const after = token === undefined || token === "" ? undefined : readToken(token, mark);
  const start = after === undefined ? 0 : things.findIndex((thing) => keyOf(thing) > after);
  const rest = start < 0 ? [] : things.slice(start);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return rest.length > size && last !== undefined
    ? { items, NextToken: Buffer.from(JSON.stringify([mark, keyOf(last)])).toString("base64") }
    : { items };
}

function readToken(token: string, mark: string): string {
  try {
    const [of, key] = JSON.parse(Buffer.from(token, "base64").toString()) as unknown[];
    if (of === mark && typeof key === "string") return key;
  } catch {
    // Not one of ours: told below, like one of another listing.
  }
  throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
}
