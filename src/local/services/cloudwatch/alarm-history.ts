import type { HistoryItemType } from "@aws-sdk/client-cloudwatch";
import type { AlarmKind } from "./alarm-record.ts";

const DAY = 86_400_000;
/** How long CloudWatch keeps an alarm's history, also that of a deleted one: 30 days. */
const KEPT = 30 * DAY;

/** What an item says. */
interface HistoryText {
  readonly summary: string;
  /** What HistoryData holds as JSON. */
  readonly data: unknown;
}

/** One item; its text is written when somebody asks, so that history costs little until then. */
export interface HistoryItem {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly alarmName: string;
  readonly kind: AlarmKind;
  readonly type: HistoryItemType;
  readonly text: () => HistoryText;
}

/** A stored item. */
export interface HistoryEntry extends HistoryItem {
  /** Order of writing, also for items of one moment. */
  readonly sequence: number;
  /** The same alarm's item before this one. */
  previous: HistoryEntry | undefined;
}

/** The history of all alarms of an account and region. */
export class AlarmHistory {
  #entries: HistoryEntry[] = [];
  readonly #latest = new Map<string, HistoryEntry>();
  #sequence = 0;

  add({ time, alarmName, kind, type, text }: HistoryItem): void {
    const previous = this.#latest.get(alarmName);
    const entry = { time, alarmName, kind, type, text, sequence: this.#sequence++, previous };
    this.#entries.push(entry);
    this.#latest.set(alarmName, entry);
    const oldest = this.#entries[0];
    if (oldest && oldest.time < time - KEPT - DAY) this.#forget(time - KEPT);
  }

  /** What is kept at `now` of one alarm, or of all; newest first. */
  *newestFirst(now: number, alarmName?: string): Generator<HistoryEntry> {
    if (alarmName === undefined) {
      for (let i = this.#entries.length - 1; i >= 0; i -= 1) {
        const entry = this.#entries[i] as HistoryEntry;
        if (entry.time <= now - KEPT) return;
        yield entry;
      }
      return;
    }
    let entry = this.#latest.get(alarmName);
    for (; entry && entry.time > now - KEPT; entry = entry.previous) yield entry;
  }

  #forget(before: number): void {
    this.#entries = this.#entries.filter((entry) => entry.time > before);
    for (const entry of this.#entries)
      if (entry.previous && entry.previous.time <= before) entry.previous = undefined;
    for (const [name, entry] of this.#latest) if (entry.time <= before) this.#latest.delete(name);
  }
}
