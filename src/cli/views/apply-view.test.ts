import { describe, expect, it } from "vitest";
import type { Outcome } from "../../plan/planner.ts";
import { styleOf } from "../style.ts";
import { type ApplyWords, applyLines } from "./apply-view.ts";

const plain = styleOf({ isTerminal: false, columns: 80, write: async () => undefined }, {});
const outcome = (status: Outcome["status"], rest: Partial<Outcome> = {}): Outcome => ({
  address: `1/eu/${status}`,
  name: status,
  status,
  ...rest,
});
const lines = (outcomes: readonly Outcome[], words?: ApplyWords): string[] => [
  ...applyLines(outcomes, plain, 60, words),
];

describe("what an apply says at its end", () => {
  const failed = outcome("failed", { error: { code: "failed", message: "installing: exit code 1" } });

  it("names the command that goes on, and no other", () => {
    const undo = { again: "agent undo" };
    expect(lines([failed], undo).at(-1)).toBe(
      "0 applied, 1 failed. Run watchkeeper agent undo again for the rest.",
    );
    expect(lines([outcome("pending")], undo).at(-1)).toBe(
      "0 of 1 applied. Nothing is half done; run agent undo again.",
    );
    expect(lines([outcome("waiting")], undo).at(-1)).toBe(
      "0 applied, 0 failed, 1 waiting for what is said above. After that, run watchkeeper agent undo again.",
    );
  });

  it("says the status once, and doesn't call what failed whole", () => {
    expect(lines([failed, outcome("pending"), outcome("refused")])).toEqual([
      "  failed: failed: installing: exit code 1",
      "  refused: refused: ",
      "0 of 3 applied, 1 failed, 1 refused because they changed meanwhile. The rest was not begun; run apply again.",
    ]);
  });

  it("breaks lines of reasons where a window ends", () => {
    const text = "the listener there hasn't confirmed it: start it and apply again";
    const reason = { code: "subscription-pending", text };
    expect(lines([outcome("waiting", { reason })]).slice(0, -1)).toEqual([
      "  waiting: waiting: the listener there hasn't confirmed it:",
      "    start it and apply again",
    ]);
  });
});
