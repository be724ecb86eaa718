import type { FieldChange, Reason } from "../../plan/plan.ts";
import { FIELD_RULES } from "../spec/canonical-alarm.ts";

const ACTION_FIELDS: readonly string[] = Object.entries(FIELD_RULES)
  .filter(([, rule]) => rule === "actions")
  .map(([field]) => field);

/** Whether a change by hand keeps an alarm from telling anybody: actions removed or switched off. */
function isSilencing(change: FieldChange): boolean {
  return change.field === "actionsEnabled" || ACTION_FIELDS.includes(change.field);
}

/** What people did to an alarm that will be undone. `updatedAt`: when its configuration was last written. */
export function restoredReason(
  fields: readonly FieldChange[],
  updatedAt: Date | undefined,
  markLost: boolean,
): Reason {
  const restored = fields.filter((change) => change.verdict === "restore");
  const off = restored.some((change) => change.field === "actionsEnabled");
  const removed = restored.some((change) => ACTION_FIELDS.includes(change.field));
  const others = restored.filter((change) => !isSilencing(change)).map((change) => change.field);
  const parts = [
    ...(off ? ["actions were switched off"] : []),
    ...(removed ? ["actions were removed"] : []),
    ...(others.length > 0 ? [`${list(others)} ${others.length > 1 ? "were" : "was"} changed`] : []),
  ];
  const lost = markLost ? "rewritten by hand (mark lost): " : "";
  return {
    code: off || removed || !markLost ? "silenced-by-hand" : "mark-lost",
    text: `${lost}${parts.join(" and ")}${markLost ? "" : " by hand"}${when(updatedAt)}: will be restored`,
  };
}

/** What people tuned and keep. */
export function keptReason(fields: readonly FieldChange[], updatedAt: Date | undefined): Reason {
  const kept = fields.filter((change) => change.verdict === "keep");
  const silenced = kept.some((change) => isSilencing(change) && !addedOnly(change));
  const [only, ...others] = kept;
  const says =
    only !== undefined && others.length === 0 && typeof only.desired !== "object"
      ? `configuration says ${String(only.desired ?? "none")}`
      : configured(kept);
  return {
    code: silenced ? "silenced-kept" : "tuned-by-hand",
    text: `${silenced ? "silenced" : "tuned"} by hand${when(updatedAt)}, ${says}`,
  };
}

/** Where people and configuration both changed a field. */
export function conflictReason(fields: readonly FieldChange[], alarmName: string): Reason {
  const names = fields.filter((change) => change.verdict === "conflict").map((change) => change.field);
  return {
    code: "field-conflict",
    text: `${list(names)} changed by hand and in the configuration: kept; watchkeeper reset ${alarmName} takes the configuration's`,
  };
}

/** ` 2026-10-02`, or nothing. */
function when(time: Date | undefined): string {
  return time === undefined ? "" : ` ${time.toISOString().slice(0, 10)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** `configuration says period 60 and threshold 80; alarmActions differ from it`. */
function configured(kept: readonly FieldChange[]): string {
  const isAction = ({ field }: FieldChange) => ACTION_FIELDS.includes(field);
  const says = kept
    .filter((change) => !isAction(change))
    .map(
      ({ field, desired }) =>
        `${field} ${typeof desired === "object" ? "otherwise" : String(desired ?? "none")}`,
    );
  const differ = kept.filter(isAction).map(({ field }) => field);
  return [
    ...(says.length > 0 ? [`configuration says ${list(says)}`] : []),
    ...(differ.length > 0 ? [`${list(differ)} differ from the configuration`] : []),
  ].join("; ");
}

function addedOnly({ field, live, desired }: FieldChange): boolean {
  if (!ACTION_FIELDS.includes(field) || !Array.isArray(live)) return false;
  return !Array.isArray(desired) || desired.every((action) => live.includes(action));
}
