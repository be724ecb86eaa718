import type { Store } from "./store.ts";

/** Name of the lease that says whose a store is: it belongs to no process, and never ends. */
export const OWNER_LEASE = "configuration";

/** Who wants to be the only one to do something, and until when. */
export interface LeaseRequest {
  readonly name: string;
  /** Unique to the process: host, process id and its start. */
  readonly owner: string;
  readonly now: number;
  /** How long it lasts unless renewed, ms. Clocks of different hosts must agree better than this. */
  readonly lasts: number;
  /** Whether the holder is known to be gone, so that nobody has to wait for its lease to end: a dead process on this host. */
  readonly isGone?: (owner: string) => boolean;
}

/** Takes a lease, or renews one's own. False: somebody else holds it. */
export async function acquireLease(store: Store, request: LeaseRequest): Promise<boolean> {
  const { name, owner, now, lasts, isGone } = request;
  const held = await store.get("leases", name);
  if (held && held.value.owner !== owner && held.value.until > now && !isGone?.(held.value.owner))
    return false;
  const conflict = await store.commit([
    {
      kind: "put",
      collection: "leases",
      key: name,
      value: { owner, until: now + lasts },
      expected: held?.version ?? 0,
    },
  ]);
  return conflict === undefined;
}

/** Gives leases back that are still one's own. */
export async function releaseLeases(store: Store, owner: string, names: readonly string[]): Promise<void> {
  const held = await store.getMany("leases", names);
  for (const { key, value, version } of held) {
    if (value.owner !== owner) continue;
    // A conflict means that somebody else has taken it meanwhile: nothing is left to give back.
    await store.commit([{ kind: "remove", collection: "leases", key, expected: version }]);
  }
}
