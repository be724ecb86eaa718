import { acquireLease, OWNER_LEASE } from "../../state/leases.ts";
import type { Store } from "../../state/store.ts";
import { WatchkeeperError } from "../../support/errors.ts";

/** It never ends. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Makes a state the configuration's own, for a listener. One that nobody's listener has used since names are kept is taken. Two
 * configurations in one state would take each other's alarms for told and each other's repairs for their own: fails with
 * `state-of-another`, unless `renamedFrom` is the name in the state.
 */
export async function claimState(
  store: Store,
  file: string,
  name: string,
  renamedFrom: string | undefined,
): Promise<void> {
  const owner = await ownerOf(store);
  if (owner === name) return;
  if (renamedFrom !== undefined && owner !== undefined && owner !== renamedFrom)
    throw ofAnother(file, owner, name);
  const isGone = (other: string): boolean => other === renamedFrom;
  if (await acquireLease(store, { name: OWNER_LEASE, owner: name, now: 0, lasts: FOR_EVER, isGone })) return;
  await expectStateOf(store, file, name);
}

/** Fails with `state-of-another` where a listener of another configuration works with a state. */
export async function expectStateOf(store: Store, file: string, name: string): Promise<void> {
  const owner = await ownerOf(store);
  if (owner !== undefined && owner !== name) throw ofAnother(file, owner, name);
}

async function ownerOf(store: Store): Promise<string | undefined> {
  return (await store.get("leases", OWNER_LEASE))?.value.owner;
}

function ofAnother(file: string, owner: string, name: string): WatchkeeperError {
  return new WatchkeeperError(
    "state-of-another",
    `${file} is the state of configuration "${owner}", and this one is "${name}"`,
    {
      remedy: `every configuration needs a --state of its own; after a change of name: watchkeeper notify listen --renamed-from ${owner}`,
    },
  );
}
