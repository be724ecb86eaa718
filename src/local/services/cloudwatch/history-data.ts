import type { AlarmRecord, StoredCompositeAlarm, StoredMetricAlarm } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";

/** HistoryData is at most 4,095 characters long. */
const MAX_DATA = 4095;

/** A time as alarm history, notifications and reason data write it: `2026-02-26T10:13:50.000+0000`. */
export function alarmTime(time: Date): string {
  return time.toISOString().replace("Z", "+0000");
}

/** The JSON of a history item, as short as CloudWatch keeps it: what makes it too long is left out, never cut in two. */
export function historyJson(data: unknown): string {
  const text = JSON.stringify(data);
  if (text.length <= MAX_DATA) return text;
  const lean = { ...(data as Record<string, unknown>) };
  for (const [key, field] of [
    ["oldState", "stateReasonData"],
    ["newState", "stateReasonData"],
    ["publishedMessage", undefined],
    ["previousAlarm", undefined],
    ["updatedAlarm", "metrics"],
    ["createdAlarm", "metrics"],
    ["deletedAlarm", "metrics"],
  ] as const) {
    if (!(key in lean)) continue;
    if (field === undefined) delete lean[key];
    else lean[key] = { ...(lean[key] as object), [field]: undefined };
    const shorter = JSON.stringify(lean);
    if (shorter.length <= MAX_DATA) return shorter;
  }
  return JSON.stringify({ version: "1.0", type: lean["type"] });
}

/** Notes that an alarm was created, updated or deleted: in its history, and to whoever listens. */
export function noteConfiguration(
  store: AlarmStore,
  record: AlarmRecord,
  now: Date,
  change:
    | { readonly type: "Create" | "Delete" }
    | { readonly type: "Update"; readonly previous: StoredMetricAlarm | StoredCompositeAlarm },
): void {
  const { type } = change;
  const { alarm } = record;
  const verb = { Create: "created", Update: "updated", Delete: "deleted" }[type];
  const previous = change.type === "Update" ? change.previous : undefined;
  store.history.add({
    time: now.getTime(),
    alarmName: record.name,
    kind: record.kind,
    type: "ConfigurationUpdate",
    text: () => ({
      summary: `Alarm "${record.name}" ${verb}`,
      data: {
        version: "1.0",
        type,
        [`${verb}Alarm`]: lowered(alarm),
        previousAlarm: previous && lowered(previous),
      },
    }),
  });
  store.tell({ ...change, record, now });
}

/** With member names as the history spells them: lower camel case, `okactions` by the rule of Java beans. */
function lowered(value: unknown): unknown {
  if (value instanceof Date) return alarmTime(value);
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key === "OKActions" ? "okactions" : key.charAt(0).toLowerCase() + key.slice(1),
      lowered(member),
    ]),
  );
}
