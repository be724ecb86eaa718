import { beforeEach, describe, expect, it } from "vitest";
import { aNotification, anAlert } from "../../../test/support/notifications.ts";
import type { PacedSession } from "../../aws/account-link.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { alarmPictures, type DrawAlarm } from "./alarm-pictures.ts";

const PNG = new Uint8Array([137, 80, 78, 71]);
const watched = {
  ...{ namespace: "AWS/EC2", metricName: "CPUUtilization", statistic: "Average", period: 60, threshold: 90 },
  dimensions: [{ name: "InstanceId", value: "i-1" }],
};
const FIRING = aNotification("1", { alerts: [anAlert("1", { watched })] });

let clock: ManualClock;
let asked: string[];
let warnings: string[];
let draw: DrawAlarm;
let answer: () => Promise<{ readonly MetricWidgetImage?: Uint8Array }>;

beforeEach(() => {
  clock = new ManualClock("2026-11-20T10:05:00Z");
  asked = [];
  warnings = [];
  answer = async () => ({ MetricWidgetImage: PNG });
  const session = async (region?: string, account?: string) =>
    ({
      send: async (_: string, operation: string, { MetricWidget }: { readonly MetricWidget: string }) => {
        asked.push(`${operation} ${region} ${account} ${JSON.parse(MetricWidget).title}`);
        return answer();
      },
    }) as unknown as PacedSession;
  draw = alarmPictures(
    { session },
    {
      ...{ clock, random: () => 0.5, signal: new AbortController().signal },
      log: { ...silentLogger, warn: (message) => warnings.push(message) },
    },
  );
});

const ask = (signal = new AbortController().signal): Promise<Uint8Array | undefined> => draw(FIRING, signal);

describe("charts of alarms", () => {
  it("are asked for where the alarm is", async () => {
    expect(await ask()).toBe(PNG);
    expect(asked).toEqual(["GetMetricWidgetImage eu-central-1 111122223333 cpu-high-1 · web-1 (i-1)"]);
  });

  it("aren't asked for where there is nothing to draw", async () => {
    expect(await draw(aNotification("1"), new AbortController().signal)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("are done without where they are denied: told once, asked for again after a while", async () => {
    answer = () =>
      Promise.reject(new WatchkeeperError("AccessDenied", "not allowed", { remedy: "allow it" }));
    expect([await ask(), await ask()]).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
    await clock.advance(11 * 60_000);
    expect(await ask()).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(warnings).toEqual([
      "messages of eu-central-1 in account 111122223333 go out without charts: not allowed; allow it",
    ]);
    answer = async () => ({ MetricWidgetImage: PNG });
    await clock.advance(11 * 60_000);
    expect(await ask()).toBe(PNG);
  });

  it("are waited for five seconds, or until nobody wants them any more", async () => {
    answer = () => new Promise(() => undefined);
    const slow = ask();
    await clock.advance(5000);
    expect(await slow).toBeUndefined();
    expect(warnings[0]).toContain("CloudWatch drew no chart within 5 s");
    await clock.advance(60_000);
    const ended = new AbortController();
    const unwanted = ask(ended.signal);
    await clock.advance(10);
    ended.abort();
    expect(await unwanted).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});
