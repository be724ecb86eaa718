import type { Store, Stored } from "../../state/store.ts";

const PAGE = 500;

/** Every group that waits or fires. */
export async function* allGroups(store: Store): AsyncGenerator<Stored<"groups">, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await store.list("groups", { limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.key;
  }
}
