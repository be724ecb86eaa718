import type { Dimension } from "../../model/alarm-spec.ts";
import { messageOf } from "../../support/errors.ts";
import type { AlarmPlannerOptions } from "../alarm-planner-options.ts";
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import type { ForeignAlarm } from "../live/alarm-matching.ts";
import { canonicalDesired, type DesiredIndex, withSeries } from "../live/desired-index.ts";
import { watchedMetric } from "../spec/canonical-alarm.ts";
import { adoption, fits } from "./adopt.ts";
import { list } from "./change-reasons.ts";
import { creation } from "./creations.ts";
import { type PlanDraft, withLiveSeries } from "./plan-draft.ts";

/** Alarms that aren't ours, by the metric they watch. */
type ForeignAlarms = ReadonlyMap<string, readonly ForeignAlarm[]>;
type Questions = Pick<AlarmPlannerOptions, "seen" | "freshest">;

/** Desired alarms that don't exist: created, left to somebody else's alarm, or waiting for data. Decides open series along the way. */
export async function planMissing(
  draft: PlanDraft,
  index: DesiredIndex,
  foreign: ForeignAlarms,
  questions: Questions,
): Promise<void> {
  const adopted = new Set<string>();
  const missing: DesiredAlarm[] = [];
  for (const desired of index.all())
    if (!draft.handled.has(desired.identity) && !isCovered(draft, desired, foreign, adopted))
      missing.push(desired);
  const gated = missing.filter(({ createOnlyIfSeen }) => createOnlyIfSeen);
  const seen = await ask(draft, "metrics-unknown", gated, questions.seen);
  const ready = missing.filter((desired) => {
    if (!desired.createOnlyIfSeen || seen?.has(desired.identity)) return true;
    draft.skip(
      desired,
      seen
        ? { code: "not-seen", text: "its metric was not seen in 3 hours" }
        : { code: "metrics-unknown", text: "metrics could not be listed" },
    );
    return false;
  });
  const ambiguous = ready.filter(({ candidates }) => candidates !== undefined);
  const chosen = await decideSeries(draft, ambiguous, questions);
  const certain = ready.filter((desired) => {
    if (desired.candidates === undefined || chosen.has(desired.identity)) return true;
    draft.skip(desired, {
      code: "series-ambiguous",
      text: "several series fit, and none could be seen to be live",
    });
    return false;
  });
  for (const desired of withTheirChildren(draft, certain)) {
    const series = chosen.get(desired.identity);
    const settled = series === undefined ? desired : withSeries(desired, series);
    draft.record(creation(settled, draft.context), undefined);
  }
}

/** Leaves out composites whose rule needs an alarm that neither exists nor is created: CloudWatch would refuse them. */
function withTheirChildren(draft: PlanDraft, certain: readonly DesiredAlarm[]): readonly DesiredAlarm[] {
  const coming = new Set(certain.map(({ identity }) => identity));
  let kept = certain;
  for (let before = -1; before !== kept.length; ) {
    before = kept.length;
    kept = kept.filter((desired) => {
      const lacking = draft.lackingFor(desired, coming);
      if (lacking === undefined) return true;
      coming.delete(desired.identity);
      draft.skip(desired, { code: "sibling-skipped", text: lacking });
      return false;
    });
  }
  for (const identity of coming) draft.coming.add(identity);
  return kept;
}

/** Settles existing alarms whose series was open, and answers the series for those that are to be created. One question for all. */
export async function decideSeries(
  draft: PlanDraft,
  toCreate: readonly DesiredAlarm[],
  { freshest }: Pick<Questions, "freshest">,
): Promise<ReadonlyMap<string, readonly Dimension[]>> {
  const asked = [...draft.undecided.map(({ desired }) => desired), ...toCreate];
  const chosen =
    (await ask(draft, "freshness-unknown", asked, freshest)) ?? new Map<string, readonly Dimension[]>();
  for (const { desired, live, claim } of draft.undecided) {
    const series = chosen.get(desired.identity);
    draft.compare(
      series === undefined ? withLiveSeries(desired, live) : withSeries(desired, series),
      live,
      claim,
    );
  }
  return chosen;
}

async function ask<T>(
  draft: PlanDraft,
  code: string,
  alarms: readonly DesiredAlarm[],
  question: (alarms: readonly DesiredAlarm[]) => Promise<T>,
): Promise<T | undefined> {
  if (alarms.length === 0) return undefined;
  try {
    return await question(alarms);
  } catch (error) {
    draft.note(
      "error",
      code,
      `${alarms.length} alarms wait for metrics that could not be read: ${messageOf(error)}`,
    );
    return undefined;
  }
}

/** Whether somebody else's alarm stands in for a desired one, as its policy says: it is adopted, or nothing is created beside it. */
function isCovered(
  draft: PlanDraft,
  desired: DesiredAlarm,
  foreign: ForeignAlarms,
  adopted: Set<string>,
): boolean {
  const { existing } = desired.policy;
  if (existing === "warn" || foreign.size === 0) return false;
  const metric = watchedMetric(canonicalDesired(desired));
  const others = metric === undefined ? undefined : foreign.get(metric);
  if (metric === undefined || others === undefined) return false;
  const names = list(others.map(({ name }) => `"${name}"`));
  if (existing === "skip") {
    draft.skip(desired, { code: "watched-already", text: `watched by ${names} already` });
    return true;
  }
  const free = others.flatMap(({ live }) => (live && !adopted.has(live.state.alarmName) ? [live] : []));
  const [only, ...more] = free.filter((live) => fits(desired, live, metric));
  if (!only) return false;
  if (more.length > 0) {
    const text = `watched by ${names}: watchkeeper adopt NAME takes one of them`;
    draft.conflict(desired, only, { code: "ambiguous-adoption", text });
    return true;
  }
  adopted.add(only.state.alarmName);
  draft.handled.add(desired.identity);
  if (only.state.alarmName !== desired.name) draft.otherNames.set(desired.identity, only.state.alarmName);
  const change = adoption(desired, only, draft.context);
  if (change) draft.record(change, only);
  return true;
}
