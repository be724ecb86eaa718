import { expect, it } from "vitest";
import { said, verdictOf } from "../../../test/support/guard-cases.ts";

const tagged = (tags: Readonly<Record<string, string>>) => said(verdictOf("opt-in", { instance: { tags } }));

it("lets instances pass whose owner said so", () => {
  expect(tagged({ "watchkeeper:remediate": "yes" })).toBe("pass opted-in: has watchkeeper:remediate=yes");
});

it("refuses everybody else", () => {
  expect(tagged({ Name: "web-1" })).toBe(
    "refuse not-opted-in: has no tag watchkeeper:remediate: without it nothing is done",
  );
  expect(tagged({ "watchkeeper:remediate": "no" })).toBe(
    'refuse not-opted-in: its tag watchkeeper:remediate is "no", not "yes": without it nothing is done',
  );
});

it("says so where the tag is nearly right, and refuses all the same: IAM wouldn't take it either", () => {
  expect(tagged({ "watchkeeper:Remediate": "Yes" })).toBe(
    "refuse opt-in-misspelt: has watchkeeper:Remediate=Yes; write watchkeeper:remediate=yes",
  );
  expect(tagged({ "watchkeeper:remediate": "yes " })).toContain("opt-in-misspelt");
});

it("wants all of several tags, and never takes none for consent", () => {
  const optIn = { Managed: { anyOf: ["Yes"] }, Team: { pattern: "web-*" } };
  const asked = (tags: Readonly<Record<string, string>>) =>
    said(verdictOf("opt-in", { settings: { optIn }, instance: { tags } }));
  expect(asked({ Managed: "Yes", Team: "web-shop" })).toContain("pass");
  expect(asked({ Managed: "Yes", Team: "api" })).toContain('its tag Team is "api"');
  expect(said(verdictOf("opt-in", { settings: { optIn: {} } }))).toContain("refuse not-opted-in");
});
