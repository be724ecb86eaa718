import type { Alert, AlertText, Labels, NotificationLogEntry } from "../model/alert.ts";
import { sha256 } from "../support/canonical-json.ts";
import type { Notification } from "./notification.ts";
import { oneLine } from "./plain-text.ts";
import { renderNotification } from "./render.ts";

/** Something that people should know about an incident besides its alerts' states: what a repair did, and what came of it. */
export interface Note {
  /** Unique among the notes of everything; the same when it is told again. */
  readonly id: string;
  /** ms. */
  readonly at: number;
  /** One word for one glance: `REPAIR`. */
  readonly word: string;
  /** One line. */
  readonly title: string;
  /** The rest, several lines; shown as it is. */
  readonly text?: string;
  readonly severity: string;
  readonly labels: Labels;
  readonly about: Pick<AlertText, "resource" | "account" | "region" | "console" | "runbook">;
}

/**
 * A note for the thread of an incident that a channel was told of; where a channel has no threads, it is a message that refers to
 * the first. It calls nobody.
 */
export function noteFor(
  note: Note,
  entry: Pick<NotificationLogEntry, "group" | "channel" | "incident">,
): Notification {
  const { group, channel, incident } = entry;
  const told = { incident, at: note.at, firing: [], resolved: [], open: true, group, channel };
  return {
    ...rendered(note, { key: group, labels: {} }, channel, incident, told),
    id: sha256(["note", note.id, channel, incident].join("\n")).slice(0, 32),
    reason: "note",
  };
}

/** A note as a message of its own, which calls people as a new alarm does: when a repair didn't help. */
export function pageFor(note: Note, channel: string): Notification {
  const incident = sha256(["page", note.id].join("\n")).slice(0, 32);
  return {
    ...rendered(note, { key: `page/${note.id}`, labels: {} }, channel, incident, undefined),
    id: sha256(["page", note.id, channel].join("\n")).slice(0, 32),
  };
}

function rendered(
  note: Note,
  group: { readonly key: string; readonly labels: Labels },
  channel: string,
  incident: string,
  entry: NotificationLogEntry | undefined,
): Notification {
  const alert: Alert = {
    fingerprint: sha256(note.id).slice(0, 32),
    kind: "notice",
    status: "firing",
    labels: { ...note.labels, severity: note.severity },
    startsAt: note.at,
    changedAt: note.at,
    flaps: 0,
    text: {
      name: oneLine(note.title, 240),
      state: note.word,
      ...(note.text === undefined ? {} : { description: note.text }),
      ...note.about,
      contributors: [],
      children: [],
      facts: [],
    },
  };
  const reason = "first-notification" as const;
  const made = renderNotification({ group, channel, reason, alerts: [alert], entry, incident, now: note.at });
  return { ...made, title: `${note.word}  ${oneLine(note.title, 240)}` };
}
