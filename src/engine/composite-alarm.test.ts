import { describe, expect, it } from "vitest";
import {
  type CompositeEvent,
  compositeCreatedReason,
  compositeReason,
  compositeReasonData,
  initialCompositeActions,
  stepCompositeActions,
  suppressionReason,
} from "./composite-alarm.ts";

type At = readonly [time: number, event: CompositeEvent];

const composite = (time: number, state: "OK" | "ALARM"): At => [time, { kind: "composite", state }];
const suppressor = (time: number, state: "OK" | "ALARM"): At => [
  time,
  { kind: "suppressor", inAlarm: state === "ALARM" },
];

/** Plays events second by second; every change of suppression and every run of actions is one line. */
function play(
  events: readonly At[],
  suppressorInAlarm = false,
  periods = { waitPeriod: 2, extensionPeriod: 3 },
): string[] {
  const log: string[] = [];
  let actions = initialCompositeActions("OK", suppressorInAlarm);
  for (let now = 0; now <= 12; now += 1) {
    const due = events.filter(([time]) => time === now).map(([, event]) => event);
    for (const event of [{ kind: "time" } as const, ...due]) {
      const step = stepCompositeActions(periods, actions, event, now);
      const { suppressedBy, until } = step.actions;
      if (suppressedBy !== actions.suppressedBy || until !== actions.until)
        log.push(`t${now} ${suppressedBy ?? "free"}${until === undefined ? "" : ` to t${until}`}`);
      if (step.run) log.push(`t${now} run ${step.run}`);
      actions = step.actions;
    }
  }
  return log;
}

// User guide, "Composite alarm actions suppression: details", all six examples: wait 2, extension 3.
describe("suppression", () => {
  it.each<[string, At[], boolean, string[]]>([
    ["1: nobody comes", [composite(2, "ALARM")], false, ["t2 WaitPeriod to t4", "t4 free", "t4 run ALARM"]],
    [
      "2: the suppressor comes in time",
      [composite(2, "ALARM"), suppressor(3, "ALARM")],
      false,
      ["t2 WaitPeriod to t4", "t3 Alarm"],
    ],
    [
      "3: the state goes back while waiting",
      [composite(2, "ALARM"), composite(3, "OK")],
      false,
      ["t2 WaitPeriod to t4", "t3 WaitPeriod to t5", "t5 free", "t5 run OK"],
    ],
    ["4: the suppressor was there first", [composite(2, "ALARM")], true, []],
    [
      "5: the suppressor leaves",
      [composite(2, "ALARM"), suppressor(3, "ALARM"), suppressor(6, "OK")],
      false,
      ["t2 WaitPeriod to t4", "t3 Alarm", "t6 ExtensionPeriod to t9", "t9 free", "t9 run ALARM"],
    ],
    [
      "6: the state goes back in the extension",
      [composite(2, "ALARM"), suppressor(3, "ALARM"), suppressor(6, "OK"), composite(7, "OK")],
      false,
      [
        "t2 WaitPeriod to t4",
        "t3 Alarm",
        "t6 ExtensionPeriod to t9",
        "t7 WaitPeriod to t9",
        "t9 free",
        "t9 run OK",
      ],
    ],
  ])("%s", (_, events, suppressorInAlarm, expected) => {
    expect(play(events, suppressorInAlarm)).toEqual(expected);
  });

  it("runs nothing when nothing changed", () => {
    expect(play([suppressor(1, "ALARM"), suppressor(3, "OK")])).toEqual([
      "t1 Alarm",
      "t3 ExtensionPeriod to t6",
      "t6 free",
    ]);
  });

  it("acts at once with periods of nothing", () => {
    expect(play([composite(2, "ALARM")], false, { waitPeriod: 0, extensionPeriod: 0 })).toEqual([
      "t2 run ALARM",
    ]);
  });

  it("drops a running period with its suppressor", () => {
    const replaced: At = [3, { kind: "suppressorReplaced", inAlarm: false }];
    expect(play([composite(2, "ALARM"), replaced])).toEqual([
      "t2 WaitPeriod to t4",
      "t3 free",
      "t3 run ALARM",
    ]);
  });
});

describe("texts (recorded)", () => {
  const arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:child";
  const time = Date.UTC(2022, 6, 22, 15, 57, 45, 394) / 1000;

  it("names the child and the moment", () => {
    expect(compositeReason({ arn, state: "ALARM", time })).toBe(
      `${arn} transitioned to ALARM at Friday 22 July, 2022 15:57:45 UTC`,
    );
    expect(compositeCreatedReason(arn, "OK")).toBe(`${arn} was created and its alarm rule evaluates to OK`);
    expect(compositeReasonData([{ arn, state: "ALARM", time }])).toBe(
      `{"triggeringAlarms":[{"arn":"${arn}","state":{"value":"ALARM","timestamp":"2022-07-22T15:57:45.394+0000"}}]}`,
    );
    expect(suppressionReason("WaitPeriod")).toBe("Actions suppressed by WaitPeriod");
  });
});
