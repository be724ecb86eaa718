import type { AlarmPage } from "../aws/describe-alarms.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import { ALARM_TYPE, type AlarmPlannerOptions, type PlannedAlarms } from "./alarm-planner-options.ts";
import { planAdoption } from "./changes/adopt.ts";
import { list } from "./changes/change-reasons.ts";
import { planNewer, planTaken, planUnmarked } from "./changes/claimed-names.ts";
import { planDestruction } from "./changes/destroy.ts";
import { changeOf } from "./changes/existing-change.ts";
import { FieldHasher } from "./changes/field-hasher.ts";
import { decideSeries, planMissing } from "./changes/missing-alarms.ts";
import { type ListingError, PlanDraft } from "./changes/plan-draft.ts";
import { planRenames } from "./changes/renames.ts";
import { onlyReset } from "./changes/reset.ts";
import { claimStrays } from "./changes/strays.ts";
import { UnwantedAlarms } from "./changes/unwanted-alarms.ts";
import { alarmsOf } from "./live/actual-alarms.ts";
import { AlarmMatching } from "./live/alarm-matching.ts";
import { canonicalDesired, DesiredIndex } from "./live/desired-index.ts";
import { watchedMetric } from "./spec/canonical-alarm.ts";
import type { AlarmState, LiveAlarm } from "./spec/cloudwatch-alarm.ts";
import { MAX_TEXT } from "./spec/mark.ts";

/** Plans the alarms of one account and region: reads them page by page, keeps what differs, and decides the rest once all were seen. */
export async function planAlarms(
  options: AlarmPlannerOptions,
  pages: AsyncIterable<AlarmPage>,
): Promise<PlannedAlarms> {
  const { session, context, configuration, desired, intent = { kind: "plan" } } = options;
  const { account, region } = session;
  const draft = new PlanDraft(
    {
      scope: { account, region, type: ALARM_TYPE },
      configuration: configuration.name,
      hasher: new FieldHasher(),
      now: context.clock.now(),
    },
    options,
  );
  const index = new DesiredIndex(desired);
  const matching = new AlarmMatching({
    configuration: configuration.name,
    account,
    region,
    index: intent.kind === "destroy" ? index.namesOnly() : index,
    onMatch: (wanted, live, mark) => draft.existing(wanted, live, { mark, by: "mark" }),
    holdForeign: [...index.all()].some(({ policy }) => policy.existing === "adopt"),
    holdStrays: options.readTags === true,
  });
  const { adoptees, error } = await readAlarms(pages, matching, intent.kind === "adopt" ? intent.names : []);
  if (error)
    draft.note(
      "error",
      "alarms-incomplete",
      `alarms of ${account} ${region} could not be listed completely, so none is created or deleted: ${error.message}`,
    );
  const incomplete = error !== undefined;

  switch (intent.kind) {
    case "plan":
      await planUnmarked(draft, matching, session);
      await claimStrays(draft, matching, index, session);
      await planNames(draft, matching, index, options, incomplete);
      planTaken(draft, matching);
      planNewer(draft, matching, index);
      if (incomplete) await decideSeries(draft, [], options);
      else await planMissing(draft, index, matching.foreign, options);
      draft.holdBackComposites((identity) => index.byIdentity(identity));
      noteOverlaps(draft, matching, index);
      noteCuts(draft);
      break;
    case "adopt":
      planAdoption(draft, index, intent.names, adoptees);
      break;
    case "reset":
      await planUnmarked(draft, matching, session);
      planRenames(draft, matching, index, { incomplete, inPlace: true, doomed: new Map() });
      await decideSeries(draft, [], options);
      onlyReset(draft, index, intent.alarm);
      break;
    case "destroy":
      if (!incomplete) await planDestruction(draft, matching, session);
      planNewer(draft, matching, index);
      break;
  }
  const alarms = { total: matching.total + adoptees.length, ours: matching.ours };
  return { ...draft.result(session, error), alarms };
}

/** Plans alarms of ours under other names, and those that nothing wants. */
async function planNames(
  draft: PlanDraft,
  matching: AlarmMatching,
  index: DesiredIndex,
  options: AlarmPlannerOptions,
  incomplete: boolean,
): Promise<void> {
  const unwanted = await UnwantedAlarms.judge(draft, matching, options, !incomplete);
  const going = unwanted.doomedNames();
  const doomed = new Map(going);
  planRenames(draft, matching, index, { incomplete, inPlace: false, doomed });
  const overwritten = [...going].filter(([name]) => !doomed.has(name)).map(([, alarm]) => alarm);
  unwanted.plan(index, new Set(overwritten));
}

/** Reads the alarms into the matching, but for those that are to be adopted. A page that fails ends the listing. */
async function readAlarms(
  pages: AsyncIterable<AlarmPage>,
  matching: AlarmMatching,
  adopted: readonly string[],
): Promise<{ readonly adoptees: readonly LiveAlarm[]; readonly error?: ListingError }> {
  const names = new Set(adopted);
  const adoptees: LiveAlarm[] = [];
  try {
    for await (const page of pages)
      for (const live of alarmsOf(page)) {
        if (names.has(live.state.alarmName)) adoptees.push(live);
        else matching.add(live);
      }
    return { adoptees };
  } catch (error) {
    const code = isWatchkeeperError(error) ? error.code : "listing-failed";
    return { adoptees, error: { code, message: messageOf(error) } };
  }
}

/** Tells what somebody else watches as well, and what carries our mark without being ours. */
function noteOverlaps(draft: PlanDraft, { copies, foreign }: AlarmMatching, index: DesiredIndex): void {
  const [copy, ...more] = copies;
  if (copy) {
    const others = more.length > 0 ? ` So are ${more.length} others.` : "";
    const text = `"${copy.name}" carries the mark of ${copy.identity}, but is a copy: not ours, left alone.${others}`;
    draft.note("info", "copy", text);
  }
  if (foreign.size === 0) return;
  for (const desired of index.all()) {
    if (desired.policy.existing !== "warn") continue;
    const metric = watchedMetric(canonicalDesired(desired));
    const others = metric === undefined ? undefined : foreign.get(metric);
    if (others === undefined) continue;
    const names = list(others.map(({ name }) => `"${name}"`));
    const { address } = changeOf(desired, desired.name, draft.context);
    draft.note("warning", "also-watched", `${desired.name} also watched by ${names}`, address);
  }
}

function noteCuts(draft: PlanDraft): void {
  for (const { action, after, name, address } of draft.changes) {
    if (action !== "create" && action !== "update") continue;
    const { alarmDescription } = after as AlarmState;
    if (alarmDescription.length < MAX_TEXT - 2 || !alarmDescription.endsWith("…")) continue;
    const text = `the description of ${name} was cut to ${MAX_TEXT} characters to make room for the mark`;
    draft.note("info", "description-cut", text, address);
  }
}
