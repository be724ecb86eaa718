import { WatchkeeperError } from "../../support/errors.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { DesiredIndex } from "../live/desired-index.ts";
import { type AlarmField, FIELD_RULES } from "../spec/canonical-alarm.ts";
import type { PlanDraft } from "./plan-draft.ts";

/**
 * Leaves of a plan only what is about one alarm of ours, given by name or identity.
 * @throws WatchkeeperError `unknown-alarm`
 */
export function onlyReset(draft: PlanDraft, index: DesiredIndex, alarm: string): void {
  const desired = index.byName(alarm) ?? index.byIdentity(alarm);
  const exists = desired !== undefined && draft.handled.has(desired.identity);
  const isMeant = ({ name, identity }: { readonly name: string; readonly identity: string }) =>
    name === alarm || identity === alarm || (exists && identity === desired.identity);
  if (!exists && !draft.changes.some(isMeant)) {
    const wanted = [...index.all()].map(({ name }) => name);
    throw new WatchkeeperError(
      "unknown-alarm",
      `no alarm of this configuration is named "${alarm}".${didYouMean(alarm, wanted)}`,
      { remedy: "watchkeeper plan shows the names" },
    );
  }
  draft.keepOnly(isMeant);
}

/** A field by the name a user typed: `threshold`, `Threshold`. @throws WatchkeeperError `unknown-field` */
export function parseAlarmField(text: string): AlarmField {
  const known = Object.keys(FIELD_RULES) as AlarmField[];
  const found = known.find((field) => field.toLowerCase() === text.toLowerCase());
  if (found) return found;
  throw new WatchkeeperError(
    "unknown-field",
    `"${text}" is no field of an alarm.${didYouMean(text, known)}`,
    {
      remedy: `one of ${known.join(", ")}`,
    },
  );
}
