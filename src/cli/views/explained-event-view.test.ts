import { describe, expect, it } from "vitest";
import type { ExplainedEvent } from "../../app/notify/explain-event.ts";
import type { Io } from "../io.ts";
import { showExplainedEvents } from "./explained-event-view.ts";

async function shown(labels: Readonly<Record<string, string>>, columns: number, reason = "because") {
  let text = "";
  const write = async (more: string): Promise<void> => {
    text += more;
  };
  const stdout = { isTerminal: true, columns, write };
  const io = { stdout, env: { NO_COLOR: "1" } } as unknown as Io;
  const event = {
    event: { kind: "alarm", state: "ALARM", alarmName: "cpu-high-i-0123456789abcdef0 of web-1", at: 0 },
    dismissed: { outcome: "stale", reason },
    alert: { status: "firing" },
    explanation: {
      labels,
      steps: [{ route: "default", matched: true, chosen: true }],
      targets: [
        {
          groupKey: "g",
          groupLabels: labels,
          channels: ["team"],
          holds: [],
          groupWait: 0,
          groupInterval: 300,
          repeatInterval: 3600,
        },
      ],
    },
    groups: [],
  } as unknown as ExplainedEvent;
  await showExplainedEvents([event], io, {});
  return text.split("\n");
}

const widest = (lines: readonly string[]): number => Math.max(...lines.map((line) => line.length));

describe("an explained event", () => {
  const LABELS = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`label_${i}`, `a value with blanks ${i}`]),
  );

  it.each([200, 120, 80, 60])("fits into a terminal of %i columns, at most into 120", async (columns) => {
    const lines = await shown(LABELS, columns, "word ".repeat(60).trim());
    expect(widest(lines)).toBeLessThanOrEqual(Math.min(columns, 120));
    const labels = lines.slice(0, lines.indexOf("  routes")).filter((line) => line.includes("label_"));
    expect(labels.length).toBeGreaterThan(1);
    // Broken between labels, not in their values.
    for (const line of labels) expect(line).toMatch(/^ {2}label_\d+=".*"$/);
  });

  it("breaks a label that is wider than the lines between its words, and keeps all of it", async () => {
    const value = "word ".repeat(60).trim();
    const lines = await shown({ description: value }, 120);
    expect(widest(lines)).toBeLessThanOrEqual(120);
    const text = lines.slice(0, lines.indexOf("  routes")).join(" ").replaceAll(/\s+/g, " ");
    expect(text).toContain(`description="${value}"`);
  });
});
