import { expect, it } from "vitest";
import { MINUTE, NOW, runbookOf, said, verdictOf } from "../../../test/support/guard-cases.ts";

it.each([
  ["running", "pass running: it is running"],
  ["stopped", "refuse not-running: it is stopped, not running"],
  ["stopping", "refuse not-running: it is stopping, not running"],
  ["terminated", "refuse instance-gone: it is terminated"],
  ["shutting-down", "refuse instance-gone: it is shutting-down"],
  ["absent", "refuse instance-absent: there is no such instance"],
])("%s", (state, expected) => {
  expect(said(verdictOf("instance-state", { instance: { state } }))).toBe(expected);
});

it("takes a stopped instance where the runbook begins with starting it, and no other", () => {
  const starting = runbookOf({ steps: [{ do: "startInstance" }, { do: "reboot" }] });
  const later = runbookOf({ steps: [{ do: "notify", text: "starting" }, { do: "startInstance" }] });
  const verdict = (runbook: typeof starting, state: string) =>
    verdictOf("instance-state", { instance: { state }, runbook }).verdict;
  expect(verdict(starting, "stopped")).toBe("pass");
  expect(verdict(later, "stopped")).toBe("refuse");
  expect(verdict(starting, "stopping")).toBe("refuse");
});

it("looks again where the state passes by itself", () => {
  expect(verdictOf("instance-state", { instance: { state: "pending" } }).again).toBe(NOW + MINUTE);
  expect(verdictOf("instance-state", { instance: { state: "stopped" } }).again).toBeUndefined();
});
