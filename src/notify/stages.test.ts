import { describe, expect, it } from "vitest";
import { parseMatchers } from "../model/matcher.ts";
import type { InhibitRule, NotificationPolicy } from "../model/notification-policy.ts";
import { createInhibitor, isInhibitionSource } from "./inhibition.ts";
import { allHolds, passStages, type StageContext } from "./stages.ts";
import { alertOf, NOON, policyOf, type RouteSketch, recovered, routeOf, silenceOf } from "./test-fixtures.ts";

const rule = (source: string, target: string, ...equal: string[]): InhibitRule => ({
  source: parseMatchers(source) as InhibitRule["source"],
  target: parseMatchers(target) as InhibitRule["target"],
  equal,
});
const inhibits = (rules: readonly InhibitRule[], sources: readonly object[], target: object) =>
  createInhibitor(
    rules,
    sources.map((labels) => alertOf(labels as Record<string, string>)),
  ).inhibitionOf(alertOf(target as Record<string, string>)) !== undefined;

describe("inhibition", () => {
  const down = [rule("alertname=down", "severity=~warning|info", "resource")];

  it.each([
    ["same resource", { alertname: "down", resource: "i-1" }, { severity: "warning", resource: "i-1" }, true],
    [
      "another resource",
      { alertname: "down", resource: "i-1" },
      { severity: "warning", resource: "i-2" },
      false,
    ],
    ["neither has the label", { alertname: "down" }, { severity: "warning" }, true],
    ["one has the label", { alertname: "down" }, { severity: "warning", resource: "i-1" }, false],
    ["an empty label is none", { alertname: "down", resource: "" }, { severity: "info" }, true],
    ["no target", { alertname: "down", resource: "i-1" }, { severity: "critical", resource: "i-1" }, false],
    ["no source", { alertname: "up", resource: "i-1" }, { severity: "info", resource: "i-1" }, false],
  ])("%s", (_, source, target, expected) => {
    expect(inhibits(down, [source], target)).toBe(expected);
  });

  it("never mutes what meets both sides by others that do", () => {
    const both = [rule("severity=critical", "severity=~.+", "resource")];
    const critical = { severity: "critical", resource: "i-1", n: "1" };
    expect(inhibits(both, [critical], critical)).toBe(false);
    expect(inhibits(both, [critical], { ...critical, n: "2" })).toBe(false);
    expect(inhibits(both, [critical], { severity: "warning", resource: "i-1" })).toBe(true);
  });

  it("ends with the alert that causes it, and isn't caused by notices", () => {
    const source = alertOf({ alertname: "down", resource: "i-1" });
    const target = alertOf({ severity: "info", resource: "i-1" });
    for (const other of [recovered(source, NOON), { ...source, kind: "notice" as const }]) {
      expect(createInhibitor(down, [other]).inhibitionOf(target)).toBeUndefined();
      expect(isInhibitionSource(down, other)).toBe(false);
    }
    expect(isInhibitionSource(down, source)).toBe(true);
    expect(isInhibitionSource(down, target)).toBe(false);
  });
});

function contextOf(
  route: RouteSketch = {},
  changes: Partial<Omit<StageContext, "route">> = {},
  policy: Partial<NotificationPolicy> = {},
): StageContext {
  return {
    now: NOON,
    policy: policyOf({}, policy),
    route: routeOf(route),
    silences: [],
    inhibitor: createInhibitor([], []),
    ...changes,
  };
}

describe("stages", () => {
  const alert = alertOf({ alertname: "cpu", team: "web" });
  const first = (context: StageContext, of = alert) => passStages([of], context).held[0]?.hold;

  it("hold nothing back without reason", () => {
    expect(passStages([alert], contextOf())).toEqual({ passed: [alert], held: [] });
  });

  it("silence from the start until just before the end", () => {
    const silence = silenceOf("team=web", { comment: "deploying" });
    const at = (now: number) => first(contextOf({}, { now, silences: [silence] }))?.text;
    expect(at(NOON - 1)).toBeUndefined();
    expect(at(NOON)).toBe("silenced by eva until 2026-11-01T13:00Z: deploying");
    expect(at(NOON + 3_600_000 - 1)).toBeDefined();
    expect(at(NOON + 3_600_000)).toBeUndefined();
    expect(first(contextOf({}, { silences: [silenceOf("team=shop")] }))).toBeUndefined();
    expect(first(contextOf({}, { silences: [silenceOf("team=web, alertname!=cpu")] }))).toBeUndefined();
    expect(first(contextOf({}, { silences: [silenceOf("team=web")] }))?.text).toContain('team="web"');
  });

  it("mute by time, and outside of active times", () => {
    const timeIntervals = {
      noon: [{ times: [{ begin: 720, end: 721 }] }],
      night: [{ times: [{ begin: 0, end: 360 }] }],
    };
    const hold = (route: RouteSketch) => first(contextOf(route, {}, { timeIntervals }));
    expect(hold({ muteTimeIntervals: ["night", "noon"] })).toMatchObject({
      by: "mute-time",
      interval: "noon",
    });
    expect(hold({ muteTimeIntervals: ["night"] })).toBeUndefined();
    expect(hold({ activeTimeIntervals: ["night"] })).toMatchObject({
      by: "inactive-time",
      text: "outside of night",
    });
    expect(hold({ activeTimeIntervals: ["night", "noon"] })).toBeUndefined();
    expect(hold({ activeTimeIntervals: ["noon"], muteTimeIntervals: ["noon"] })).toMatchObject({
      by: "mute-time",
    });
  });

  it("believe CloudWatch that it holds actions back, until the mute window ends", () => {
    const suppressed = { ...alert, suppressed: { by: "WaitPeriod", reason: "" } };
    expect(first(contextOf(), suppressed)).toMatchObject({
      by: "cloudwatch",
      text: "suppressed by WaitPeriod",
    });
    const muted = { ...alert, suppressed: { by: "mute rule", reason: "muted by rule x", until: NOON + 1 } };
    expect(first(contextOf(), muted)?.text).toBe("muted by rule x");
    expect(first(contextOf({}, { now: NOON + 1 }), muted)).toBeUndefined();
  });

  it("are all told to who asks why", () => {
    const rules = [rule("alertname=down", "alertname=cpu")];
    const context = contextOf(
      {},
      {
        silences: [silenceOf("team=web")],
        inhibitor: createInhibitor(rules, [alertOf({ alertname: "down" })]),
      },
    );
    expect(allHolds(alert, context).map(({ by }) => by)).toEqual(["inhibition", "silence"]);
    expect(allHolds(alert, context)[0]?.text).toBe("inhibited by down, which is firing (inhibit_rules[0])");
    expect(first(context)?.by).toBe("inhibition");
  });
});
