// One of several processes that want the same records of a store: takes them in large commits, each with a message that says whose they are.
// A record that a commit is refused for is left to whoever has it. Fails when nobody has it. Begins when it is told to.
// Arguments: the store's file, its own name, whether the store is in a `thread` of its own, how many records there
// are, and with which it begins.
import { once } from "node:events";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import type { Write } from "../../src/state/store.ts";
import { openThreadedStore } from "../../src/state/threaded-store.ts";

/** Records wanted at once. */
const AT_ONCE = 50;

const [, , path = "", owner = "", where = "", count = "0", first = "0"] = process.argv;
const store =
  where === "thread"
    ? await openThreadedStore(path, { program: new URL("./store-thread.mjs", import.meta.url) })
    : await openSqliteStore(path);

process.stdin.resume();

function writesFor(keys: Iterable<string>): readonly Write[] {
  const wanted = [...keys];
  return [
    ...wanted.map(
      (key): Write => ({ kind: "put", collection: "leases", key, value: { owner, until: 1 }, expected: 0 }),
    ),
    ...wanted.map(
      (key): Write => ({
        kind: "enqueue",
        message: { id: key, channel: "team", createdAt: 1, payload: owner },
      }),
    ),
  ];
}

process.stdout.write("ready ");
await once(process.stdin, "end");
let conflicts = 0;
for (let done = 0; done < Number(count); done += AT_ONCE / 2) {
  const from = Number(first) + done;
  const keys = new Set(
    Array.from({ length: AT_ONCE }, (_, index) => `k${(from + index * 7) % Number(count)}`),
  );
  while (keys.size > 0) {
    const conflict = await store.commit(writesFor(keys));
    if (!conflict) break;
    conflicts += 1;
    if (!keys.delete(conflict.key)) throw new Error(`${conflict.key} wasn't wanted`);
    if (!(await store.get("leases", conflict.key))) throw new Error(`nobody has ${conflict.key}`);
  }
}
await store.close();
process.stdout.write(String(conflicts));
