// Live alarms: how those that exist are read and recognised as desired ones, by mark, tags or name. This file: the recognising.
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import { watchedMetric } from "../spec/canonical-alarm.ts";
import type { LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import { parseIdentity } from "../spec/identity.ts";
import { type Mark, markConfiguration, placeHash } from "../spec/mark.ts";
import type { DesiredIndex } from "./desired-index.ts";

/** A live alarm of ours with its mark. */
export interface MarkedAlarm {
  readonly live: LiveAlarm;
  readonly mark: Mark;
}

/** A live alarm that stands under the name of a desired one. */
export interface NamedAlarm<L = LiveAlarm> {
  readonly desired: DesiredAlarm;
  readonly live: L;
}

/** A wanted name held by somebody else for sure: a copy of an alarm of ours, another configuration, or another wanted alarm. */
export interface TakenName extends NamedAlarm {
  readonly by: "copy" | "configuration" | "desired";
  readonly owner: string;
}

interface MatchingOptions {
  readonly configuration: string;
  readonly account: string;
  readonly region: string;
  readonly index: Pick<DesiredIndex, "byIdentity" | "byName">;
  /** Hears of every alarm that is ours by mark, wanted, and under its right name. Such alarms aren't held. */
  readonly onMatch: (desired: DesiredAlarm, live: LiveAlarm, mark: Mark) => void;
  /** Whether alarms that aren't ours are held whole, to be adopted. */
  readonly holdForeign: boolean;
  /** Whether alarms without a mark under names that nothing wants are held, for their tags to be read. */
  readonly holdStrays: boolean;
}

/**
 * Sorts live alarms, one at a time, by whose they are: by the identity in their mark first, by their name second.
 * What matches is passed on and dropped; only what needs a second look is held.
 */
export class AlarmMatching {
  readonly #options: MatchingOptions;
  readonly #ownMark: string;
  /** Identities whose alarm stands under its right name. */
  readonly claimed = new Set<string>();
  /** Wanted names that exist, but not (surely) as the alarm that wants them. */
  readonly held = new Set<string>();
  /** Wanted, ours by mark, but under another name: renamed in the configuration, adopted, or left by a killed run. */
  readonly misnamed = new Map<string, MarkedAlarm[]>();
  /** Ours by mark and no longer wanted. */
  readonly orphans: MarkedAlarm[] = [];
  /** Ours by mark under the name of another wanted alarm, and itself no longer wanted. */
  readonly heirs: NamedAlarm<MarkedAlarm>[] = [];
  /** Under a wanted name without a mark: the tags must tell. */
  readonly unmarked: NamedAlarm[] = [];
  /** Without a mark under names that nothing wants, where they are to be held: the tags tell who of them is ours. */
  readonly strays: LiveAlarm[] = [];
  /** Under a wanted name and somebody else's for sure: why. */
  readonly taken: TakenName[] = [];
  /** With a mark of a later version. */
  readonly newer: LiveAlarm[] = [];
  /** Copies of ours under another name or from another place; they are nobody's business. */
  readonly copies: { readonly name: string; readonly identity: string }[] = [];
  /** Alarms that aren't ours, by the metric they watch. */
  readonly foreign = new Map<string, ForeignAlarm[]>();
  /** Resources with an alarm of ours, by policy. */
  readonly watched = new Map<string, Set<string>>();
  total = 0;
  ours = 0;

  constructor(options: MatchingOptions) {
    this.#options = options;
    this.#ownMark = markConfiguration(options.configuration);
  }

  add(live: LiveAlarm): void {
    this.total += 1;
    const { reading } = live;
    switch (reading.kind) {
      case "none":
        this.#addUnmarked(live);
        return;
      case "newer":
        if (reading.configuration !== this.#ownMark) this.#addForeign(live, reading.configuration);
        else {
          this.ours += 1;
          this.held.add(live.state.alarmName);
          this.newer.push(live);
        }
        return;
      case "mark":
        if (reading.mark.configuration !== this.#ownMark) this.#addForeign(live, reading.mark.configuration);
        else this.#addMarked(live, reading.mark);
    }
  }

  #addMarked(live: LiveAlarm, mark: Mark): void {
    const { index, account, region } = this.#options;
    const name = live.state.alarmName;
    const named = index.byName(name);
    if (mark.placeHash !== placeHash(account, region, name)) {
      this.copies.push({ name, identity: mark.identity });
      if (named) this.#take({ desired: named, live, by: "copy", owner: mark.identity });
      return;
    }
    this.ours += 1;
    this.#watch(mark.identity);
    const desired = index.byIdentity(mark.identity);
    if (desired && desired.name === name) {
      this.claimed.add(desired.identity);
      this.#options.onMatch(desired, live, mark);
    } else if (desired) {
      const others = this.misnamed.get(desired.identity);
      if (others) others.push({ live, mark });
      else this.misnamed.set(desired.identity, [{ live, mark }]);
      if (named) this.#take({ desired: named, live, by: "desired", owner: desired.identity });
    } else if (named) {
      this.held.add(name);
      this.heirs.push({ desired: named, live: { live, mark } });
    } else this.orphans.push({ live, mark });
  }

  #addUnmarked(live: LiveAlarm): void {
    const desired = this.#options.index.byName(live.state.alarmName);
    if (desired) {
      this.held.add(live.state.alarmName);
      this.unmarked.push({ desired, live });
    } else {
      if (this.#options.holdStrays) this.strays.push(live);
      this.#rememberForeign(live);
    }
  }

  /** Takes a stray for ours after all: its tags say so, and nothing wants it. What was last asked for is unknown. */
  claimStray(live: LiveAlarm, identity: string): void {
    this.ours += 1;
    this.#watch(identity);
    const mark = { configuration: this.#ownMark, identity, shortened: false, hashes: "", keepsName: false };
    this.orphans.push({ live, mark: { ...mark, placeHash: "" } });
  }

  #addForeign(live: LiveAlarm, owner: string): void {
    const desired = this.#options.index.byName(live.state.alarmName);
    if (desired) this.#take({ desired, live, by: "configuration", owner });
    else this.#rememberForeign(live);
  }

  #take(taken: TakenName): void {
    this.held.add(taken.live.state.alarmName);
    this.taken.push(taken);
  }

  #rememberForeign(live: LiveAlarm): void {
    const metric = watchedMetric(live.state);
    if (metric === undefined || live.foreignKind !== undefined) return;
    const alarm: ForeignAlarm = {
      name: live.state.alarmName,
      ...(this.#options.holdForeign && live.reading.kind === "none" ? { live } : {}),
    };
    const others = this.foreign.get(metric);
    if (others) others.push(alarm);
    else this.foreign.set(metric, [alarm]);
  }

  #watch(identity: string): void {
    const parsed = parseIdentity(identity);
    if (!parsed || parsed.resource === "") return;
    const resources = this.watched.get(parsed.policy);
    if (resources) resources.add(parsed.resource);
    else this.watched.set(parsed.policy, new Set([parsed.resource]));
  }
}

/** Somebody else's alarm; held whole only where it might be adopted. */
export interface ForeignAlarm {
  readonly name: string;
  readonly live?: LiveAlarm;
}
