import { describe, expect, it } from "vitest";
import type { AwsSession } from "../../aws/session.ts";
import { readPast } from "./read-past.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const MINUTE = 60_000;

interface Item {
  readonly AlarmName: string;
  readonly HistoryItemType: string;
  readonly HistorySummary: string;
  readonly HistoryData?: string;
  readonly Timestamp: Date;
}

/** States of one alarm, oldest first, `apart` minutes from each other. */
function states(name: string, text: string, apart = 10): Item[] {
  const names: Readonly<Record<string, string>> = { o: "OK", A: "ALARM", "?": "INSUFFICIENT_DATA" };
  const all = [...text].map((letter) => names[letter] ?? "");
  return all.map((state, i) => ({
    AlarmName: name,
    HistoryItemType: "StateUpdate",
    HistorySummary: `Alarm updated from ${all[i - 1] ?? "INSUFFICIENT_DATA"} to ${state}`,
    Timestamp: new Date(NOW.getTime() - (all.length - i) * apart * MINUTE),
  }));
}

/** A session that answers these items newest first, ten a page, and counts its pages. */
function sessionOf(items: readonly Item[]) {
  const newestFirst = items.toSorted((a, b) => b.Timestamp.getTime() - a.Timestamp.getTime());
  const asked = { pages: 0, inputs: [] as unknown[] };
  const session = {
    async *pages(_service: string, _operation: string, input: unknown) {
      asked.inputs.push(input);
      for (let i = 0; i < newestFirst.length; i += 10) {
        asked.pages += 1;
        const NextToken = i + 10 < newestFirst.length ? "more" : undefined;
        yield { AlarmHistoryItems: newestFirst.slice(i, i + 10), NextToken };
      }
    },
  } as unknown as AwsSession;
  return { session, asked };
}

const options = { now: NOW, days: 14, mostPages: 100 };

describe("the history of all alarms", () => {
  it("is one listing that names none of them, composites included", async () => {
    const { session, asked } = sessionOf([...states("a", "oA"), ...states("b", "o")]);
    await readPast(session, options);
    expect(asked.inputs).toEqual([
      {
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        StartDate: new Date("2026-02-15T12:00:00Z"),
        EndDate: NOW,
        ScanBy: "TimestampDescending",
      },
    ]);
  });

  it.each([
    ["oAoAoA", 10, { alarms: 3, flaps: 2, dataEnds: 0 }],
    ["oAoAoA", 61, { alarms: 3, flaps: 0, dataEnds: 0 }],
    ["oA?A?o", 10, { alarms: 2, flaps: 1, dataEnds: 2 }],
    ["?o?o?o", 10, { alarms: 0, flaps: 0, dataEnds: 3 }],
  ])("%s every %i minutes", async (text, apart, expected) => {
    const { session } = sessionOf(states("a", text, apart));
    const { of, days, cut } = await readPast(session, options);
    expect(of.get("a")).toMatchObject(expected);
    expect({ days, cut }).toEqual({ days: 14, cut: false });
  });

  it("counts actions that failed and reads states from the data where the summary has other words", async () => {
    const at = new Date(NOW.getTime() - MINUTE);
    const item = { AlarmName: "a", Timestamp: at };
    const { session } = sessionOf([
      { ...item, HistoryItemType: "Action", HistorySummary: "Failed to execute action arn:aws:sns:x" },
      { ...item, HistoryItemType: "Action", HistorySummary: "Successfully executed action arn:aws:sns:y" },
      { ...item, HistoryItemType: "ConfigurationUpdate", HistorySummary: 'Alarm "a" updated' },
      {
        ...item,
        HistoryItemType: "StateUpdate",
        HistorySummary: "Alarm updated from OK to In alarm",
        HistoryData: '{"version":"1.0","oldState":{"stateValue":"OK"},"newState":{"stateValue":"ALARM"}}',
      },
    ]);
    const { of } = await readPast(session, options);
    expect(of.get("a")).toEqual({
      alarms: 1,
      flaps: 0,
      dataEnds: 0,
      failedActions: 1,
      lastFailure: "Failed to execute action arn:aws:sns:x",
    });
  });

  it("stops after so many pages and says how far back it got", async () => {
    const { session, asked } = sessionOf(states("a", "oA".repeat(100), 60));
    const { days, cut, of } = await readPast(session, { ...options, mostPages: 2 });
    expect(asked.pages).toBe(2);
    expect(cut).toBe(true);
    expect(days).toBeCloseTo(20 / 24, 5);
    expect(of.get("a")?.alarms).toBe(10);
  });
});
