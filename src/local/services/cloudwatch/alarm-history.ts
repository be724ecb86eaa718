import type { HistoryItemType } from "@aws-sdk/client-cloudwatch";
import type { AlarmKind } from "./alarm-record.ts";

const DAY = 86_400_000;
/** How long CloudWatch keeps an alarm's history, also that of a deleted one: 30 days. */
const KEPT = 30 * DAY;

/** One item. `data` writes the JSON when somebody asks, so that history costs little until then. */
export interface HistoryEntry {
  /** Order of writing, also for items of one moment. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly alarmName: string;
  readonly kind: AlarmKind;
  readonly type: HistoryItemType;
  readonly summary: string;
  readonly data: () => unknown;
}

/** The history of all alarms of an account and region, oldest first. */
export class AlarmHistory {
  #entries: HistoryEntry[] = [];
  readonly #byAlarm = new Map<string, HistoryEntry[]>();
  #sequence = 0;

  add(entry: Omit<HistoryEntry, "sequence">): void {
    const stored = { ...entry, sequence: this.#sequence++ };
    this.#entries.push(stored);
    const own = this.#byAlarm.get(entry.alarmName);
    if (own) own.push(stored);
    else this.#byAlarm.set(entry.alarmName, [stored]);
    const oldest = this.#entries[0];
    if (oldest && oldest.time < entry.time - KEPT - DAY) this.#forget(entry.time - KEPT);
  }

  /** What is kept at `now` of one alarm, or of all; oldest first. */
  entries(now: number, alarmName?: string): readonly HistoryEntry[] {
    const all = alarmName === undefined ? this.#entries : (this.#byAlarm.get(alarmName) ?? []);
    const first = all.findIndex((entry) => entry.time > now - KEPT);
    return first === 0 ? all : first < 0 ? [] : all.slice(first);
  }

  #forget(before: number): void {
    this.#entries = this.#entries.filter((entry) => entry.time > before);
    for (const [name, own] of this.#byAlarm) {
      const kept = own.filter((entry) => entry.time > before);
      if (kept.length === 0) this.#byAlarm.delete(name);
      else if (kept.length < own.length) this.#byAlarm.set(name, kept);
    }
  }
}
