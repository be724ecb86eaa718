import { describe, expect, it } from "vitest";
import type { StepOutcome, StepRecord } from "../model/remediation-run.ts";
import { verdictOf } from "./verdict.ts";

const outcome = (status: StepOutcome["status"], code = status as string): StepOutcome => ({
  status,
  reason: { code, text: code },
});
const tried = (kind: string, status: StepOutcome["status"], memo = {}, code?: string): StepRecord => ({
  rung: kind === "evidence" ? -1 : 0,
  step: 0,
  kind,
  attempt: 1,
  phase: "ended",
  startedAt: 0,
  seenAt: 0,
  spent: 0,
  memo,
  outcome: outcome(status, code),
});

const EVIDENCE = tried("evidence", "ok", {});
const REBOOTED = tried("reboot", "ok", { did: true, rebooted: true });
const UNWELL = tried("reboot", "failed", { did: true, rebooted: true }, "status-checks");
const NEVER = tried("reboot", "failed", { did: false, neverRebooted: true }, "never-rebooted");
const UNSEEN = tried("reboot", "unknown", { did: true }, "reboot-unseen");
const BROKEN_HOST = tried("reboot", "failed", {}, "system-impaired");
const SCRIPT = tried("runCommand", "ok", { did: true });
const UNREACHED = tried("runCommand", "failed", { did: false }, "unreachable");
const WAITED = tried("waitFor", "ok", {});

describe("a run's verdict", () => {
  it.each<[string, StepRecord[], "ok" | "failed", string, string]>([
    ["a reboot helped", [EVIDENCE, REBOOTED, SCRIPT], "ok", "fixed", "ok"],
    ["a reboot whose checks come late helped", [UNWELL], "ok", "fixed", "ok"],
    ["all is well although nobody saw the reboot", [UNSEEN], "ok", "fixed", "ok"],
    ["a script helped", [SCRIPT], "ok", "fixed", "ok"],
    ["it got well while only waited for", [EVIDENCE, WAITED], "ok", "recovered", "ok"],
    ["it got well although nothing could be done", [UNREACHED], "ok", "recovered", "ok"],
    ["it got well without a reboot", [NEVER], "ok", "recovered", "ok"],
    ["a reboot didn't help", [REBOOTED, SCRIPT], "failed", "rebooted-not-fixed", "failed"],
    ["a reboot whose checks never pass", [UNWELL], "failed", "rebooted-not-fixed", "failed"],
    [
      "nothing helped, a reboot among it",
      [REBOOTED, tried("stopStart", "ok", { did: true })],
      "failed",
      "rebooted-not-fixed",
      "failed",
    ],
    ["it never rebooted", [NEVER], "failed", "never-rebooted", "never-rebooted"],
    [
      "it never rebooted, and a script before didn't help",
      [SCRIPT, NEVER],
      "failed",
      "never-rebooted",
      "never-rebooted",
    ],
    [
      "it never rebooted, and what came then didn't help",
      [NEVER, tried("stopStart", "ok", { did: true })],
      "failed",
      "not-fixed",
      "failed",
    ],
    ["nobody knows what happened", [SCRIPT, UNSEEN], "failed", "unknown", "reboot-unseen"],
    ["a script didn't help", [SCRIPT], "failed", "not-fixed", "failed"],
    ["nothing could be done", [UNREACHED, BROKEN_HOST], "failed", "not-fixed", "system-impaired"],
    ["there was nothing to do", [EVIDENCE], "failed", "not-fixed", "failed"],
  ])("when %s", (_, steps, checks, verdict, code) => {
    expect(verdictOf(steps, outcome(checks))).toMatchObject({ verdict, reason: { code } });
  });

  it("tells why the checks fail and which step went wrong before", () => {
    const failed = tried("runCommand", "failed", { did: true }, "exit code 14");
    expect(verdictOf([REBOOTED, failed], outcome("failed", "no answer")).reason.text).toBe(
      "no answer (runCommand: exit code 14)",
    );
  });
});
