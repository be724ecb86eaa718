// Changes: what a plan does about each alarm, wanted or live, and why; one file for each thing that can become of one. This file: the
// plan while it is being made.
import type { AwsSession } from "../../aws/session.ts";
import type { Scope } from "../../model/scope.ts";
import type { Change, PlanNote, Reason } from "../../plan/plan.ts";
import type { AlarmPlannerOptions, PlannedAlarms } from "../alarm-planner-options.ts";
import { callsToApply } from "../apply/apply-blocks.ts";
import type { DesiredAlarm, SkippedAlarm } from "../desired/desired-alarm.ts";
import { seriesKey, withSeries } from "../live/desired-index.ts";
import { sameValue } from "../spec/canonical-alarm.ts";
import { type AlarmState, asSpec, type LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import { type ChangeContext, type Claim, changeOf, existingChange } from "./existing-change.ts";

/** Why the listing of alarms broke off. */
export type ListingError = NonNullable<Scope["error"]>;

/** A plan while it is being made: changes, counts, costs and notes. */
export class PlanDraft {
  readonly context: ChangeContext;
  readonly notes: PlanNote[] = [];
  readonly skipped: SkippedAlarm[] = [];
  /** Desired alarms that need no creation: they exist, or stand in conflict. */
  readonly handled = new Set<string>();
  /** Desired alarms that are created. */
  readonly coming = new Set<string>();
  /** Names of alarms that exist, and stay, under another name than the configuration gives them: adopted ones. */
  readonly otherNames = new Map<string, string>();
  /** Alarms that exist, but whose series is to be chosen once all alarms were seen. */
  readonly undecided: { readonly desired: DesiredAlarm; readonly live: LiveAlarm; readonly claim: Claim }[] =
    [];
  readonly #price: AlarmPlannerOptions["price"];
  readonly #reset: { readonly alarm: string; readonly fields: Claim["reset"] } | undefined;
  #changes: Change[] = [];
  #unchanged = 0;
  #before = 0;
  #after = 0;

  constructor(context: ChangeContext, { price, intent }: Pick<AlarmPlannerOptions, "price" | "intent">) {
    this.context = context;
    this.#price = price;
    this.#reset = intent?.kind === "reset" ? intent : undefined;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** An alarm that exists as a desired one. Where its series is open, it waits. */
  existing(desired: DesiredAlarm, live: LiveAlarm, claim: Claim): void {
    this.handled.add(desired.identity);
    if (live.state.alarmName !== desired.name) this.otherNames.set(desired.identity, live.state.alarmName);
    const isReset = this.#reset?.alarm === desired.identity || this.#reset?.alarm === live.state.alarmName;
    const full = isReset ? { ...claim, reset: this.#reset?.fields } : claim;
    if (desired.candidates !== undefined) this.undecided.push({ desired, live, claim: full });
    else this.compare(desired, live, full);
  }

  /** Lists what differs; what doesn't is only counted. */
  compare(desired: DesiredAlarm, live: LiveAlarm, claim: Claim): void {
    const change = existingChange(desired, live, claim, this.context);
    if (change !== undefined) this.record(change, live);
    else {
      this.#unchanged += 1;
      this.#cost(live.state, live.state);
    }
  }

  /** A change, and the alarm of ours that it is about. */
  record(change: Change, live: LiveAlarm | undefined): void {
    this.#changes.push(change);
    const before = change.reason.code === "adopted" ? undefined : live?.state;
    const after = (change.after as AlarmState | undefined) ?? live?.state;
    this.#cost(before, change.action === "delete" ? undefined : after);
  }

  /** A desired alarm that can't be had as things are; `live` is what stands in the way. */
  conflict(desired: DesiredAlarm, live: LiveAlarm, reason: Reason): void {
    this.handled.add(desired.identity);
    this.#changes.push({
      ...changeOf(desired, desired.name, this.context),
      action: "conflict",
      reason,
      fields: [],
      before: live.state,
    });
  }

  /** Why a composite's rule would be refused: it names an alarm that neither exists nor is among `coming`. Undefined when it wouldn't. */
  lackingFor(desired: DesiredAlarm | undefined, coming: ReadonlySet<string>): string | undefined {
    for (const identity of desired?.needs ?? []) {
      const other = this.otherNames.get(identity);
      if (other !== undefined)
        return `its rule needs ${identity}, whose alarm keeps the name "${other}": write ALARM("${other}") into the rule`;
      if (!coming.has(identity) && !this.handled.has(identity))
        return `its rule needs ${identity}, which has no alarm yet`;
    }
    return undefined;
  }

  /** Leaves composites as they are whose new rule needs an alarm that neither exists nor is created: CloudWatch would refuse it. */
  holdBackComposites(byIdentity: (identity: string) => DesiredAlarm | undefined): void {
    this.#changes = this.#changes.map((change) => {
      if (change.action !== "update" || (change.after as AlarmState).kind !== "composite") return change;
      const lacking = this.lackingFor(byIdentity(change.identity), this.coming);
      if (lacking === undefined) return change;
      const { after: _after, beforeHash: _beforeHash, ...rest } = change;
      const text = `${lacking}: kept as it is (${change.reason.text})`;
      return { ...rest, action: "keep", reason: { code: "sibling-skipped", text } };
    });
  }

  skip({ policy, definition, resource }: DesiredAlarm, reason: Reason): void {
    this.skipped.push({ policy: policy.name, alarm: definition.key, resource, reason });
  }

  note(severity: PlanNote["severity"], code: string, message: string, address?: string): void {
    this.notes.push({ severity, code, message, ...(address === undefined ? {} : { address }) });
  }

  /** Drops all changes but these, and all counts: for plans about single alarms. */
  keepOnly(isMeant: (change: Change) => boolean): void {
    this.#changes = this.#changes.filter(isMeant);
    this.#unchanged = 0;
  }

  result(session: AwsSession, error: ListingError | undefined): Omit<PlannedAlarms, "alarms"> {
    const scope = { ...this.context.scope, complete: error === undefined };
    return {
      scopes: [error === undefined ? scope : { ...scope, error }],
      changes: this.#changes,
      unchanged: this.#unchanged,
      notes: this.notes,
      cost: { before: this.#before, after: this.#after },
      callsToMake: callsToApply(this.#changes, (operation) => session.quota("cloudwatch", operation)),
      skipped: this.skipped,
    };
  }

  #cost(before: AlarmState | undefined, after: AlarmState | undefined): void {
    const was = before === undefined ? 0 : this.#price(asSpec(before));
    this.#before += was;
    if (after !== undefined) this.#after += sameValue(after, before) ? was : this.#price(asSpec(after));
  }
}

/** A desired alarm with the series that the live one watches, when that is one of its candidates. */
export function withLiveSeries(desired: DesiredAlarm, { state }: LiveAlarm): DesiredAlarm {
  if (desired.candidates === undefined) return desired;
  const keys = new Set(desired.candidates.map(seriesKey));
  const watched = [state.dimensions, ...(state.metrics ?? []).map((query) => query.metricStat?.dimensions)];
  const live = watched.find((dimensions) => dimensions !== undefined && keys.has(seriesKey(dimensions)));
  return live === undefined ? desired : withSeries(desired, live);
}
