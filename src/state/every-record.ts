import type { Collection, Store, Stored } from "./store.ts";

/** Records read at a time. */
const PAGE = 500;

/** Every record of a collection whose key begins like this, in the order of keys. What is put meanwhile may be missed or seen. */
export async function* everyRecord<C extends Collection>(
  store: Store,
  collection: C,
  prefix?: string,
): AsyncGenerator<Stored<C>, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await store.list(collection, {
      limit: PAGE,
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.key;
  }
}
