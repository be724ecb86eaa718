import type { Change } from "../../plan/plan.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import { canonicalDesired, type DesiredIndex } from "../live/desired-index.ts";
import { watchedMetric } from "../spec/canonical-alarm.ts";
import type { LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import { markConfiguration, placeHash } from "../spec/mark.ts";
import { type ChangeContext, existingChange } from "./existing-change.ts";
import { type PlanDraft, withLiveSeries } from "./plan-draft.ts";

/** The change that makes somebody's alarm ours: mark and tags are written, what people tuned stays as it is. */
export function adoption(desired: DesiredAlarm, live: LiveAlarm, context: ChangeContext): Change | undefined {
  return existingChange(desired, live, { mark: undefined, by: "adopted" }, context);
}

/**
 * Plans the adoption of these alarms and nothing else. `live` are the alarms of those names.
 * @throws WatchkeeperError `unknown-alarm`, `newer-mark`, `nothing-to-adopt-for`, `ambiguous-adoption`.
 */
export function planAdoption(
  draft: PlanDraft,
  index: DesiredIndex,
  names: readonly string[],
  live: readonly LiveAlarm[],
): void {
  for (const name of new Set(names)) {
    const alarm = live.find(({ state }) => state.alarmName === name);
    if (!alarm) {
      const wanted = [...index.all()].map((desired) => desired.name);
      throw new WatchkeeperError("unknown-alarm", `there is no alarm "${name}".${didYouMean(name, wanted)}`, {
        remedy: "watchkeeper plan shows the names",
      });
    }
    if (alarm.reading.kind === "newer")
      throw new WatchkeeperError("newer-mark", `"${name}" was written by a newer version of watchkeeper`, {
        remedy: "upgrade watchkeeper",
      });
    if (isOurs(alarm, draft.context)) {
      draft.note("info", "already-ours", `"${name}" belongs to this configuration already`);
      continue;
    }
    const desired = heirOf(alarm, index, (identity) => !draft.handled.has(identity));
    draft.handled.add(desired.identity);
    const change = adoption(withLiveSeries(desired, alarm), alarm, draft.context);
    if (change) draft.record(change, alarm);
  }
  draft.keepOnly(({ name }) => names.includes(name));
}

function isOurs({ reading, state }: LiveAlarm, { scope, configuration }: ChangeContext): boolean {
  return (
    reading.kind === "mark" &&
    reading.mark.configuration === markConfiguration(configuration) &&
    reading.mark.placeHash === placeHash(scope.account, scope.region, state.alarmName)
  );
}

/** Whether two alarms look for the same thing: the same metric, too high or too low. */
export function fits(desired: DesiredAlarm, live: LiveAlarm, metric: string): boolean {
  const wanted = canonicalDesired(desired);
  const direction = (operator: string | undefined) => operator?.replace("OrEqualTo", "");
  return (
    watchedMetric(wanted) === metric &&
    direction(wanted.comparisonOperator) === direction(live.state.comparisonOperator)
  );
}

/** The desired alarm of its name, else the only one without an alarm of its own that looks for the same thing. */
function heirOf(live: LiveAlarm, index: DesiredIndex, isFree: (identity: string) => boolean): DesiredAlarm {
  const { alarmName } = live.state;
  const named = index.byName(alarmName);
  if (named) return named;
  const metric = watchedMetric(live.state);
  const fitting = [...index.all()].filter(
    (desired) => metric !== undefined && isFree(desired.identity) && fits(desired, live, metric),
  );
  const [only, ...others] = fitting;
  if (!only)
    throw new WatchkeeperError(
      "nothing-to-adopt-for",
      `"${alarmName}" can't be adopted: the configuration asks for no alarm of that name, and for none on its metric that doesn't exist yet`,
      { remedy: "add an alarm with that name or metric to a policy" },
    );
  if (others.length > 0)
    throw new WatchkeeperError(
      "ambiguous-adoption",
      `"${alarmName}" watches the same metric as ${fitting.map(({ identity }) => identity).join(" and ")}`,
      { remedy: `give one of them the name "${alarmName}"` },
    );
  return only;
}
