import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byKind } from "./batches.ts";
import type { Write } from "./store.ts";

const kindOf = (write: Write): string => (write.kind === "put" ? `put ${write.collection}` : write.kind);

describe("writes sorted by their kinds", () => {
  const key = fc.string({ maxLength: 3 });
  const write: fc.Arbitrary<Write> = fc.oneof(
    key.map((id): Write => ({ kind: "put", collection: "marks", key: id, value: { at: 1 } })),
    key.map(
      (id): Write => ({
        kind: "put",
        collection: "leases",
        key: id,
        value: { owner: "", until: 1 },
        expected: 0,
      }),
    ),
    key.map((id): Write => ({ kind: "remove", collection: "marks", key: id })),
    key.map(
      (id): Write => ({ kind: "enqueue", message: { id, channel: "team", createdAt: 1, payload: "" } }),
    ),
    key.map((id): Write => ({ kind: "delivered", message: { id, channel: "team", position: 1 } })),
  );

  it("are all there, each kind together and in its order", () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
        const sorted = byKind(writes);
        expect(sorted).toHaveLength(writes.length);
        for (const kind of new Set(writes.map(kindOf))) {
          const of = (all: readonly Write[]): readonly Write[] => all.filter((one) => kindOf(one) === kind);
          const [before, after] = [of(writes), of(sorted)];
          expect(after.every((one, index) => one === before[index])).toBe(true);
          const at = sorted.findIndex((one) => kindOf(one) === kind);
          expect(sorted.slice(at, at + after.length)).toEqual(after);
        }
      }),
    );
  });
});
