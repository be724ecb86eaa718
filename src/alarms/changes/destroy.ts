import type { AwsSession } from "../../aws/session.ts";
import type { AlarmMatching } from "../live/alarm-matching.ts";
import { readOwners } from "../live/alarm-tags-reader.ts";
import type { LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import { deletion } from "./deletions.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { readStrays } from "./strays.ts";

/**
 * Every alarm of this configuration goes, by positive proof: its mark, or its tags where an alarm lost its mark (of a wanted name; of any, where strays are held).
 * `matching` must not have matched marks with desired alarms, so that all of them are held.
 */
export async function planDestruction(
  draft: PlanDraft,
  { orphans, heirs, unmarked, strays }: AlarmMatching,
  session: AwsSession,
): Promise<void> {
  const { configuration } = draft.context;
  const reason = { code: "destroy", text: `what configuration ${configuration} made is destroyed` };
  const known = new Set<string>();
  const remove = (live: LiveAlarm, identity: string): void => {
    draft.record(deletion(live, identity, reason, draft.context, known.has(identity)), live);
    known.add(identity);
  };
  for (const { live, mark } of [...orphans, ...heirs.map((heir) => heir.live)]) remove(live, mark.identity);
  const names = unmarked.map(({ live }) => live.state.alarmName);
  const owners = await readOwners(session, configuration, names);
  unmarked.forEach(({ desired, live }, i) => {
    if (owners[i]?.owner === "us") remove(live, desired.identity);
  });
  for (const { live, identity } of (await readStrays(draft, strays, session)).ours)
    remove(live, identity ?? `${configuration}/?/?/${live.state.alarmName}`);
}
