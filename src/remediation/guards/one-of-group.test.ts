import { expect, it } from "vitest";
import { MINUTE, NOW, said, verdictOf } from "../../../test/support/guard-cases.ts";

const mates = [
  { instance: "i-1111111111111111a", group: "web" },
  { instance: "i-1111111111111111b", group: "web" },
];

it("refuses while another one of its group is under repair", () => {
  const verdict = verdictOf("one-of-group", { instance: { mates } });
  expect(said(verdict)).toBe(
    "refuse group-under-repair: i-1111111111111111a and 1 more of its group web is under repair",
  );
  expect(verdict.again).toBe(NOW + 5 * MINUTE);
});

it("lets the only one pass, and those that may go together", () => {
  expect(said(verdictOf("one-of-group", {}))).toBe(
    "pass alone: no other instance of its groups is under repair",
  );
  expect(said(verdictOf("one-of-group", { instance: { mates }, settings: { oneOfGroup: false } }))).toBe(
    "pass not-asked: oneOfGroup is off",
  );
});
