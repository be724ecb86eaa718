import type { AwsSession } from "../../aws/session.ts";
import type { AlarmMatching } from "../live/alarm-matching.ts";
import { readOwners } from "../live/alarm-tags-reader.ts";
import type { DesiredIndex } from "../live/desired-index.ts";
import type { LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import { formatIdentity } from "../spec/identity.ts";
import { markIdentity } from "../spec/mark.ts";
import type { PlanDraft } from "./plan-draft.ts";

/** Strays that are ours by their tags; without an identity where a tag couldn't hold it. */
interface Strays {
  readonly ours: readonly { readonly live: LiveAlarm; readonly identity: string | undefined }[];
}

/** Reads the tags of alarms without a mark under names that nothing wants, one call each, and tells what can't be known. */
export async function readStrays(
  draft: PlanDraft,
  strays: readonly LiveAlarm[],
  session: AwsSession,
): Promise<Strays> {
  if (strays.length === 0) return { ours: [] };
  const { configuration, scope } = draft.context;
  const names = strays.map(({ state }) => state.alarmName);
  const [name = "", ...others] = names;
  const first = await readOwners(session, configuration, [name]);
  // Where one may not be read none may: nobody waits for a thousand refusals.
  const may = first[0]?.owner !== "unknown";
  const owners = may
    ? [...first, ...(await readOwners(session, configuration, others))]
    : strays.flatMap(() => first);
  const unknown = owners.flatMap((owner) => (owner.owner === "unknown" ? [owner.why] : []));
  const ours = owners.flatMap((owner, i) => {
    const live = strays[i];
    if (owner.owner !== "us" || live === undefined) return [];
    return [{ live, identity: owner.identity && formatIdentity(owner.identity) }];
  });
  const place = `${scope.account} ${scope.region}`;
  const [why] = unknown;
  if (why !== undefined)
    draft.note(
      "warning",
      "tags-unknown",
      `whether ${count(unknown.length, "alarm")} of ${place} without a mark are ours is not known, so they stay: ${why}`,
    );
  if (may)
    draft.note(
      "info",
      "tags-read",
      `${place}: the tags of ${count(strays.length - unknown.length, "alarm")} without a mark were read, ${ours.length} of them ours`,
    );
  return { ours };
}

/**
 * Takes strays of ours that nothing wants for what they are: alarms that somebody rewrote bare, to be judged as any other that is no
 * longer wanted. One whose alarm is wanted under another name stays: whether that name was given to it on purpose went with its mark.
 */
export async function claimStrays(
  draft: PlanDraft,
  matching: AlarmMatching,
  index: DesiredIndex,
  session: AwsSession,
): Promise<void> {
  for (const { live, identity } of (await readStrays(draft, matching.strays, session)).ours) {
    const name = live.state.alarmName;
    const wanted = identity === undefined ? undefined : index.byIdentity(markIdentity(identity));
    if (identity !== undefined && wanted === undefined) matching.claimStray(live, identity);
    else {
      const what =
        wanted === undefined
          ? "which alarm it was is too long for its tags: delete it by hand if nothing needs it"
          : `the configuration calls that alarm "${wanted.name}": watchkeeper adopt ${name} keeps this one, or delete it by hand`;
      draft.note("warning", "stray", `"${name}" is ours by its tags and lost its mark; ${what}`);
    }
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
