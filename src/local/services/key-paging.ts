import { hashOf } from "../../support/canonical-json.ts";
import type { AwsError } from "../aws-error.ts";

/** A page of a listing, and the token of the next. */
export interface KeyPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * One page of things in the order of their keys. A token remembers the last key seen, so that things that come and go in between
 * hide no others, and belongs to the listing that gave it (`binding`: what was asked for). `refuse` makes the error of a wrong one.
 */
export function pageByKey<T>(
  things: readonly T[],
  keyOf: (thing: T) => string,
  {
    size,
    token,
    binding,
  }: { readonly size: number; readonly token: string | undefined; readonly binding: unknown },
  refuse: () => AwsError,
): KeyPage<T> {
  const mark = hashOf(binding, 12);
  const after = token === undefined || token === "" ? "" : readToken(token, mark);
  if (after === undefined) throw refuse();
  const rest = things.filter((thing) => keyOf(thing) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const next =
    last !== undefined && rest.length > size
      ? Buffer.from(JSON.stringify([mark, keyOf(last)])).toString("base64url")
      : undefined;
  return { items, next };
}

function readToken(token: string, mark: string): string | undefined {
  try {
    const [of, key] = JSON.parse(Buffer.from(token, "base64url").toString()) as unknown[];
    return of === mark && typeof key === "string" ? key : undefined;
  } catch {
    // Not one of ours.
    return undefined;
  }
}
