import { expect, it } from "vitest";
import { MemoryStore } from "../../state/memory-store.ts";
import { addSilence } from "./silences.ts";

const request = (...matchers: string[]) => ({
  matchers,
  startsAt: 0,
  endsAt: 60_000,
  createdBy: "test",
  comment: "",
});

it("refuses labels that no alert has: such a silence would keep nothing quiet", async () => {
  const store = new MemoryStore();
  await expect(addSilence(store, "a", request('alertnam="cpu-high"'))).rejects.toThrow(
    'no alert has a label "alertnam". Did you mean "alertname"?',
  );
  const added = await addSilence(store, "b", request('alertname=~"cpu-.*"', 'tag:Team="web"'));
  expect(added.matchers.map(({ name }) => name)).toEqual(["alertname", "tag:Team"]);
});
