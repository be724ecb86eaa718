import { describe, expect, it } from "vitest";
import {
  FROZEN,
  MINUTE,
  NOW,
  runbookOf,
  SETTINGS,
  said,
  verdictOf,
} from "../../../test/support/guard-cases.ts";
import type { InstanceFacts } from "../guard.ts";
import { symptoms } from "./symptoms.ts";

const seen = (instance: Partial<InstanceFacts>, when = runbookOf().when) =>
  said(verdictOf("symptoms", { instance, runbook: runbookOf({ when }) }));

describe("symptoms", () => {
  it("hold where everything looks as the runbook says", () => {
    expect(seen({})).toBe(
      "pass symptoms: instance check impaired, system check ok, Systems Manager heard of it 9 min ago",
    );
    expect(seen({}, {})).toBe("pass symptoms: the runbook asks for no symptoms");
  });

  it("don't hold where a check says otherwise", () => {
    expect(seen({ instanceCheck: "ok" })).toBe(
      "refuse other-symptoms: its instance check is ok, not impaired",
    );
  });

  it("are looked at again while a check has no verdict yet", () => {
    const undecided = verdictOf("symptoms", { instance: { instanceCheck: "initializing" } });
    expect(said(undecided)).toBe("refuse other-symptoms: its instance check is initializing, not impaired");
    expect(undecided.again).toBe(NOW + MINUTE);
    expect(verdictOf("symptoms", { instance: { instanceCheck: "ok" } }).again).toBeUndefined();
  });

  it("never let a reboot go to a broken host, whatever the runbook asks for", () => {
    for (const when of [{}, { systemCheck: "impaired" as const }])
      expect(seen({ systemCheck: "impaired" }, when)).toMatch(
        /^refuse system-impaired: its system check is impaired.*stop and start/,
      );
    const moving = runbookOf({ when: { systemCheck: "impaired" }, steps: [{ do: "stopStart" }] });
    expect(verdictOf("symptoms", { instance: { systemCheck: "impaired" }, runbook: moving }).verdict).toBe(
      "pass",
    );
  });

  describe("of Systems Manager", () => {
    const online = (ago: number) => ({ ping: { online: true, lastAt: NOW - ago } });

    it("are silence once three pings are missing, though its status lags", () => {
      expect(seen(online(16 * MINUTE))).toContain("pass");
      expect(seen({ ping: { online: false } })).toContain("pass");
    });

    it("are waited for: it may fall silent yet", () => {
      const verdict = verdictOf("symptoms", { instance: online(4 * MINUTE) });
      expect(said(verdict)).toBe(
        "refuse ssm-online: Systems Manager heard of it 4 min ago; it counts as silent 15 min after its last ping, or once its ping status says so",
      );
      expect(verdict.again).toBe(NOW + MINUTE);
    });

    it("are no silence where it was never heard", () => {
      const { ping: _, ...never } = FROZEN;
      const question = { now: NOW, settings: SETTINGS, instance: never, earlier: [] };
      expect(said(symptoms.judge(question, runbookOf()))).toContain("refuse ssm-unknown");
    });

    it("aren't read out of a clock of ours that runs behind", () => {
      expect(seen({ ping: { online: true, lastAt: NOW + 60 * MINUTE } })).toContain("refuse ssm-online");
    });

    it("must be there where the runbook begins with a command", () => {
      expect(seen(online(MINUTE), { ssm: "online" })).toContain("pass");
      expect(seen({ ping: { online: false, lastAt: NOW - 9 * MINUTE } }, { ssm: "online" })).toBe(
        "refuse ssm-silent: Systems Manager heard of it 9 min ago",
      );
    });
  });
});
