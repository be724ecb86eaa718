import type { Conflict, Store, Write } from "./store.ts";

/** The writes with those of a kind beside each other, which a store does at once. For those alone of which no two are about the same. */
export function byKind(writes: readonly Write[]): readonly Write[] {
  const kinds = new Map<string, Write[]>();
  for (const write of writes) {
    const kind = write.kind === "put" ? write.collection : write.kind;
    const others = kinds.get(kind);
    if (others) others.push(write);
    else kinds.set(kind, [write]);
  }
  return [...kinds.values()].flat();
}

/** Writes that belong together: all of them or none. */
export type Unit = readonly Write[];

/** A unit of which a condition didn't hold; nothing of it is stored. */
export interface RefusedUnit {
  /** Its place among the units that were given. */
  readonly index: number;
  readonly conflict: Conflict;
}

/**
 * Commits many units with few commits, as many to one as fit. Where one meets a conflict its neighbours are committed without
 * it. Returns the refused ones. A unit that is bigger than a commit may be fails with a RangeError.
 */
export async function commitUnits(store: Store, units: readonly Unit[]): Promise<readonly RefusedUnit[]> {
  const refused: RefusedUnit[] = [];
  let from = 0;
  while (from < units.length) {
    const to = endOfBatch(units, from, store.maxWrites);
    const conflict = await store.commit(units.slice(from, to).flat());
    if (conflict && to - from === 1) refused.push({ index: from, conflict });
    else if (conflict) refused.push(...(await oneByOne(store, units, from, to)));
    from = to;
  }
  return refused;
}

async function oneByOne(
  store: Store,
  units: readonly Unit[],
  from: number,
  to: number,
): Promise<RefusedUnit[]> {
  const refused: RefusedUnit[] = [];
  for (let index = from; index < to; index += 1) {
    const conflict = await store.commit(units[index] ?? []);
    if (conflict) refused.push({ index, conflict });
  }
  return refused;
}

function endOfBatch(units: readonly Unit[], from: number, most: number): number {
  let writes = 0;
  let to = from;
  for (; to < units.length; to += 1) {
    const size = units[to]?.length ?? 0;
    if (size > most) throw new RangeError(`${size} writes belong together, and ${most} fit into one commit`);
    if (writes + size > most) break;
    writes += size;
  }
  return to;
}
