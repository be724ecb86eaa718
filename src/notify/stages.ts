import type { Alert, Silence } from "../model/alert.ts";
import { formatMatcher, matchesAll } from "../model/matcher.ts";
import type { NotificationPolicy, RouteConfig } from "../model/notification-policy.ts";
import { intervalContains } from "../model/time-interval.ts";
import type { HeldAlert, HoldReason } from "./decision.ts";
import type { Inhibitor } from "./inhibition.ts";

/** Everything a stage may look at. Time comes in once, so that a flush is of one moment. */
export interface StageContext {
  readonly now: number;
  readonly policy: NotificationPolicy;
  readonly route: RouteConfig;
  readonly silences: readonly Silence[];
  readonly inhibitor: Inhibitor;
}

/** One reason to hold an alert back: pure, and told in words. A new one is a new entry of `STAGES`. */
export type Stage = (alert: Alert, context: StageContext) => HoldReason | undefined;

/** CloudWatch itself runs no actions: a composite alarm's suppressor, or a mute rule until its window ends. */
export const suppressionStage: Stage = ({ suppressed }, { now }) => {
  if (!suppressed || (suppressed.until !== undefined && now >= suppressed.until)) return undefined;
  const { by, reason } = suppressed;
  return { by: "cloudwatch", suppressor: by, text: reason || `suppressed by ${by}` };
};

/** Another alert fires that explains this one. */
export const inhibitionStage: Stage = (alert, { inhibitor }) => {
  const found = inhibitor.inhibitionOf(alert);
  if (!found) return undefined;
  const { rule, source } = found;
  const text = `inhibited by ${source.text.name}, which is firing (inhibit_rules[${rule}])`;
  return { by: "inhibition", rule, source: source.fingerprint, text };
};

/** Somebody silenced it. */
export const silenceStage: Stage = (alert, { now, silences }) => {
  const silence = silences.find(
    (candidate) => isActive(candidate, now) && matchesAll(candidate.matchers, alert.labels),
  );
  if (!silence) return undefined;
  const { id, endsAt, createdBy, comment, matchers } = silence;
  const why = comment === "" ? matchers.map(formatMatcher).join(", ") : comment;
  const text = `silenced by ${createdBy} until ${new Date(endsAt).toISOString().slice(0, 16)}Z: ${why}`;
  return { by: "silence", id, until: endsAt, text };
};

/** The route is only for some times, or not for others. */
export const timeStage: Stage = (_, { now, policy, route }) => {
  const inInterval = (name: string): boolean =>
    (policy.timeIntervals[name] ?? []).some((interval) => intervalContains(interval, now));
  const { activeTimeIntervals: active, muteTimeIntervals: mute } = route;
  if (active.length > 0 && !active.some(inInterval))
    return { by: "inactive-time", intervals: active, text: `outside of ${active.join(", ")}` };
  const interval = mute.find(inInterval);
  return interval === undefined ? undefined : { by: "mute-time", interval, text: `muted during ${interval}` };
};

/** What can hold an alert back, in order. The first reason is the one that counts. */
export const STAGES: readonly Stage[] = [suppressionStage, inhibitionStage, silenceStage, timeStage];

/** The alerts nothing holds back, and the others with their reason. */
export function passStages(
  alerts: readonly Alert[],
  context: StageContext,
): { readonly passed: readonly Alert[]; readonly held: readonly HeldAlert[] } {
  const passed: Alert[] = [];
  const held: HeldAlert[] = [];
  for (const alert of alerts) {
    const hold = firstHold(alert, context);
    if (hold) held.push({ fingerprint: alert.fingerprint, hold });
    else passed.push(alert);
  }
  return { passed, held };
}

function firstHold(alert: Alert, context: StageContext): HoldReason | undefined {
  for (const stage of STAGES) {
    const hold = stage(alert, context);
    if (hold) return hold;
  }
  return undefined;
}

/** Every reason there is to hold an alert back, for `explain`. */
export function allHolds(alert: Alert, context: StageContext): readonly HoldReason[] {
  return STAGES.flatMap((stage) => stage(alert, context) ?? []);
}

/** Whether a silence counts at a moment: from its start, until just before its end. */
export function isActive({ startsAt, endsAt }: Silence, now: number): boolean {
  return now >= startsAt && now < endsAt;
}
