import type { AwsSession } from "../aws/session.ts";
import type { GuardVerdict, RunVerdict } from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import { countOptedIn } from "./count-opted-in.ts";
import type { GuardQuestion, InstanceFacts } from "./guard.ts";
import { needsOptedIn } from "./guards/fleet.ts";
import type { GuardName } from "./guards/registry.ts";
import { symptoms } from "./guards/symptoms.ts";
import { firstRefusal, judgeAll } from "./judge.ts";
import { type FactsQuestion, readFacts } from "./read-facts.ts";

/**
 * What is to be done, in `act`. `repair`: the runbook's steps. `markUnhealthy`: its Auto Scaling group is asked to replace it. `wait`: what
 * refuses may be over soon; decide again at `until`, ms. `end`: nothing, and this is the run's verdict.
 */
export type Course =
  | { readonly act: "repair" }
  | { readonly act: "markUnhealthy"; readonly group: string }
  | { readonly act: "wait"; readonly until: number; readonly refusal: GuardVerdict }
  | {
      readonly act: "end";
      readonly verdict: Extract<RunVerdict, "refused" | "recovered" | "gone">;
      readonly refusal: GuardVerdict;
    };

/** A course with everything it was decided by. */
export interface Decision {
  readonly course: Course;
  /** The runbook that fits: the first whose symptoms hold, else the first of all. */
  readonly runbook: Runbook;
  readonly facts: InstanceFacts;
  /** What every guard says. */
  readonly guards: readonly GuardVerdict[];
}

/** A question with at least one runbook. */
export interface DecisionQuestion extends FactsQuestion {
  readonly runbooks: readonly [Runbook, ...Runbook[]];
}

/** Refusals that may end by themselves within minutes. Nothing goes off a second time for the same trouble, so that we must look again. */
const MAY_PASS: ReadonlySet<string> = new Set<GuardName>([
  "instance-state",
  "stale-alarm",
  "symptoms",
  "deployment",
  "one-of-group",
]);
/** How long after its alarm a repair is waited for, ms. */
const PATIENCE = 30 * 60_000;

/** From a trigger to what is done about it. Reads what guards need, changes nothing. Throws only what stops the whole work. */
export async function decide(
  session: AwsSession,
  question: DecisionQuestion,
  context: Context,
): Promise<Decision> {
  const read = await readFacts(session, question, context);
  const now = context.clock.now().getTime();
  const runbook = chooseRunbook(question.runbooks, read, now);
  const { guards: settings } = runbook;
  const changedAt = question.alarm?.changedAt;
  const base = {
    now,
    settings,
    earlier: question.earlier,
    ...(changedAt === undefined ? {} : { alarmChangedAt: changedAt }),
  };
  const counted = needsOptedIn(base) ? await count(session, runbook) : {};
  const facts =
    counted.unread === undefined ? read : { ...read, unread: { ...read.unread, fleet: counted.unread } };
  const optedIn = counted.count === undefined ? {} : { optedIn: counted.count };
  const guards = judgeAll({ ...base, ...optedIn, instance: facts }, runbook);
  return { course: courseOf(guards, facts, base), runbook, facts, guards };
}

/** The first runbook whose symptoms hold, else the first. */
export function chooseRunbook(
  runbooks: DecisionQuestion["runbooks"],
  instance: InstanceFacts,
  now: number,
): Runbook {
  const holds = (runbook: Runbook): boolean =>
    symptoms.judge({ now, settings: runbook.guards, instance, earlier: [] }, runbook).verdict === "pass";
  return runbooks.find(holds) ?? runbooks[0];
}

/** What follows from the guards' verdicts. */
export function courseOf(
  guards: readonly GuardVerdict[],
  { autoScalingGroup }: Pick<InstanceFacts, "autoScalingGroup">,
  { now, alarmChangedAt }: Pick<GuardQuestion, "now" | "alarmChangedAt">,
): Course {
  const refusal = firstRefusal(guards);
  if (!refusal)
    return autoScalingGroup === undefined
      ? { act: "repair" }
      : { act: "markUnhealthy", group: autoScalingGroup };
  const { code } = refusal.reason;
  if (code === "instance-gone" || code === "instance-absent") return { act: "end", verdict: "gone", refusal };
  if (code === "alarm-over") return { act: "end", verdict: "recovered", refusal };
  const refusals = guards.filter(({ verdict }) => verdict === "refuse");
  const again = Math.max(...refusals.map((each) => each.again ?? Number.POSITIVE_INFINITY));
  // A clock of ours that runs far behind would make an alarm young for ever.
  const patient =
    alarmChangedAt !== undefined &&
    alarmChangedAt - now < PATIENCE &&
    again <= Math.min(alarmChangedAt, now) + PATIENCE;
  return patient && refusals.every(({ guard, reason }) => MAY_PASS.has(guard) || reason.code === "unread")
    ? { act: "wait", until: again, refusal }
    : { act: "end", verdict: "refused", refusal };
}

async function count(
  session: AwsSession,
  { guards }: Runbook,
): Promise<{ readonly count?: number | undefined; readonly unread?: string }> {
  try {
    return { count: await countOptedIn(session, guards.optIn) };
  } catch (error) {
    if (!isWatchkeeperError(error) || error.source !== "aws" || error.code === "Aborted") throw error;
    return { unread: error.message };
  }
}
