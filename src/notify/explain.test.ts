import { describe, expect, it } from "vitest";
import { explainAlert } from "./explain.ts";
import { createInhibitor } from "./inhibition.ts";
import { alertOf, NOON, policyOf, silenceOf } from "./test-fixtures.ts";

describe("explaining an alert", () => {
  it("tells the routes tried, the group, what holds it back and who would be told", () => {
    const policy = policyOf(
      {
        channels: ["c"],
        groupBy: ["alertname"],
        routes: [
          { matchers: "team=shop", channels: ["a"] },
          { matchers: "team=web", channels: ["a", "b"], continue: true, muteTimeIntervals: ["noon"] },
          { matchers: "severity=critical", groupInterval: 60 },
        ],
      },
      { timeIntervals: { noon: [{ times: [{ begin: 720, end: 780 }] }] } },
    );
    const alert = alertOf({ alertname: "cpu", team: "web", severity: "critical" });
    const explained = explainAlert(alert, {
      now: NOON,
      policy,
      silences: [silenceOf("alertname=cpu", { comment: "known" })],
      inhibitor: createInhibitor([], []),
    });
    expect(explained.steps.map(({ route, matched, chosen }) => [route, matched, chosen])).toEqual([
      ["{}", true, false],
      ["{}/{team=shop}/0", false, false],
      ["{}/{team=web}/1", true, true],
      ["{}/{severity=critical}/2", true, true],
    ]);
    expect(explained.targets).toMatchObject([
      {
        route: "{}/{team=web}/1",
        groupKey: '{}/{team=web}/1:{"alertname":"cpu"}',
        groupWait: 0,
        groupInterval: 300,
        repeatInterval: 14_400,
        channels: ["a", "b"],
        holds: [{ by: "silence" }, { by: "mute-time", interval: "noon" }],
      },
      {
        groupInterval: 60,
        channels: ["c"],
        holds: [{ text: "silenced by eva until 2026-11-01T13:00Z: known" }],
      },
    ]);
  });
});
