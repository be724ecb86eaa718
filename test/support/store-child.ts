// A process around a threaded store, that ends when nothing keeps it: prints what it was answered.
// Arguments: the store's file; `idle`, `asked`, `closed` or `exit`; another program for its thread.
import { openThreadedStore } from "../../src/state/threaded-store.ts";

const [, , path = "", how = "", program = "./store-thread.mjs"] = process.argv;
const store = await openThreadedStore(path, { program: new URL(program, import.meta.url) });
if (how === "exit") process.exit(3);
if (how === "closed") {
  await store.close();
  process.stdout.write("closed");
}
if (how === "asked")
  void store
    .commit([{ kind: "put", collection: "marks", key: "a", value: { at: 1 } }])
    .then(() => store.get("marks", "a"))
    .then((found) => process.stdout.write(`found ${found?.value.at}`));
