import { describe, expect, it } from "vitest";
import { type Note, noteFor, pageFor } from "./note.ts";

const NOTE: Note = {
  id: "run-1/3",
  at: Date.UTC(2026, 10, 1, 12),
  word: "REPAIR",
  title: "app-1 was rebooted: its boot id is another one",
  text: "$ uptime\nup 1 min",
  severity: "warning",
  labels: { account: "111122223333" },
  about: { resource: { id: "i-1", name: "app-1" }, region: "eu-central-1" },
};

describe("noteFor", () => {
  it("belongs to the incident that the channel knows, and is no first message", () => {
    const note = noteFor(NOTE, { group: "g", channel: "team", incident: "incident-1" });
    expect(note).toMatchObject({
      reason: "note",
      incident: "incident-1",
      channel: "team",
      first: false,
      status: "firing",
      title: "REPAIR  app-1 was rebooted: its boot id is another one",
    });
    expect(note.alerts[0]?.text.description).toBe("$ uptime\nup 1 min");
  });

  it("has the same id however often it is made, and another for another channel", () => {
    const entry = { group: "g", channel: "team", incident: "incident-1" };
    expect(noteFor(NOTE, entry).id).toBe(noteFor(NOTE, entry).id);
    expect(noteFor(NOTE, { ...entry, channel: "other" }).id).not.toBe(noteFor(NOTE, entry).id);
    expect(noteFor({ ...NOTE, id: "run-1/4" }, entry).id).not.toBe(noteFor(NOTE, entry).id);
  });
});

describe("pageFor", () => {
  it("begins an incident of its own that calls people", () => {
    const page = pageFor({ ...NOTE, severity: "critical" }, "oncall");
    expect(page).toMatchObject({
      first: true,
      status: "firing",
      severity: "critical",
      reason: "first-notification",
    });
    expect(page.incident.length).toBeLessThanOrEqual(64);
    expect(pageFor({ ...NOTE, severity: "critical" }, "other").incident).toBe(page.incident);
  });
});
