import { AwsError } from "../../aws-error.ts";
import { pageByKey } from "../key-paging.ts";
import { invalid } from "./errors.ts";

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of things in the order of their keys, in Systems Manager's form. `binding`: what was asked for. */
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
  const { items, next } = pageByKey(
    things,
    keyOf,
    { size: asked ?? limits.usual, token, binding },
    () => new AwsError("InvalidNextToken", "The specified token isn't valid."),
  );
  return next === undefined ? { items } : { items, NextToken: next };
}
