import type { AlarmTrigger } from "./alarm-event.ts";

/** What routing knows an alert by: `severity`, `alarm`, `resource`, `tag:Team` ... An absent label counts as empty. */
export type Labels = Readonly<Record<string, string>>;

/** How a matcher compares: Alertmanager's four. `=~` and `!~` match the whole value. */
export type MatchOperator = "=" | "!=" | "=~" | "!~";

/** A condition on one label. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** Mutes alerts that meet all its matchers, from `startsAt` until `endsAt`. Times in ms. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** The state of an alarm in CloudWatch's words. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** Whether people should still care. */
export type AlertStatus = "firing" | "resolved";

/** A fact about an alert, ready to be read: `{ label: "Budget", value: "total" }`. Plain text; channels escape. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The thing an alert is about. `name` is absent where only the id is known. */
export interface AlertResource {
  readonly id: string;
  readonly name?: string;
  /** `ec2.instance`, or the dimension's name where the type isn't known: `LoadBalancer`. */
  readonly type?: string;
}

/** A member of something bigger: a series of a multi-series alarm, or a child of a composite one. */
export interface AlertPart {
  readonly name: string;
  readonly state?: AlarmState;
  readonly since?: number;
  /** Console page. */
  readonly link?: string;
}

/** What people read about an alert: neutral plain text, cut to readable lengths. */
export interface AlertText {
  /** Name of the alarm or headline of the notice. */
  readonly name: string;
  /** The state in words for one glance: `ALARM`, `OK`, `NO DATA`, `NOTICE`. */
  readonly state: string;
  /** What was measured against what is allowed: `97.4 % > 90 %`. Absent where nothing was measured. */
  readonly measured?: string;
  /** The alarm's condition: `CPUUtilization > 90 % for 5 min`. */
  readonly condition?: string;
  /** Why, in the service's own words. */
  readonly reason?: string;
  /** What people wrote into the alarm's description, without our mark. */
  readonly description?: string;
  readonly resource?: AlertResource;
  readonly account?: { readonly id: string; readonly name?: string };
  readonly region?: string;
  readonly contributors: readonly AlertPart[];
  readonly children: readonly AlertPart[];
  /** What else is worth knowing, in the order to show. */
  readonly facts: readonly Fact[];
  /** Page of the management console, in the partition it belongs to. */
  readonly console?: string;
  readonly runbook?: string;
}

/** CloudWatch itself holds the actions back. */
export interface Suppression {
  /** `Alarm`, `WaitPeriod`, `ExtensionPeriod` (a composite alarm's suppressor), or `mute rule`. */
  readonly by: string;
  readonly reason: string;
  /** End of the mute window, ms; absent where the end comes as an event of its own. */
  readonly until?: number;
}

/**
 * One thing that fires and recovers, or a notice, which is told once and never recovers. The pipeline's unit: the latest event
 * of an alarm (or contributor) with its labels. Plain data. Times in ms.
 */
export interface Alert {
  /** Hash of what it is (alarm ARN and contributor): the same for every state change of one alarm. */
  readonly fingerprint: string;
  readonly kind: "alarm" | "notice";
  readonly status: AlertStatus;
  readonly labels: Labels;
  readonly startsAt: number;
  /** When it recovered; absent while firing. */
  readonly endsAt?: number;
  /** The event's own time: later ones replace earlier ones. */
  readonly changedAt: number;
  /** How often it fired again before its group was told. */
  readonly flaps: number;
  /** It had recovered before anybody could be told that it fired: that is told of once, as over. Its fingerprint is of this firing alone. */
  readonly late?: true;
  readonly suppressed?: Suppression;
  /** What a firing metric alarm watches, for a picture of it. */
  readonly watched?: AlarmTrigger;
  readonly text: AlertText;
}

/** Alerts of one route and one set of group labels: the unit that is told. Plain data with a version of its own for conditional writes by the store. */
export interface AlertGroup {
  /** Route and group labels; unique. */
  readonly key: string;
  /** Which route of the policy, see `RouteConfig.id`. */
  readonly route: string;
  readonly labels: Labels;
  readonly alerts: readonly Alert[];
  /** When to flush next, ms. */
  readonly nextFlush: number;
  /** Whether it was flushed at least once: from then on group_interval counts in place of group_wait. */
  readonly flushed: boolean;
}

/** What a channel was last told about a group. Kept for longer than any repeat_interval. */
export interface NotificationLogEntry {
  readonly group: string;
  readonly channel: string;
  readonly at: number;
  /** Fingerprints told as firing, sorted. */
  readonly firing: readonly string[];
  /** Fingerprints told as resolved, sorted. */
  readonly resolved: readonly string[];
  /** From the first message of something firing until everything has recovered: messages of one incident belong together. */
  readonly incident: string;
  /** Whether something still fires in that incident as far as the channel knows. */
  readonly open: boolean;
}

/** One change of state that was taken in. */
export interface KnownChange {
  /** The event's own time, ms. */
  readonly at: number;
  /** `keeps`: data went missing and nobody asks for being told of that, so that a firing alarm fires on. */
  readonly means: "fires" | "recovers" | "keeps";
  /** It was put into its groups, so that the firing it belongs to is told of there. */
  readonly told?: true;
}

/** What was taken in of an alarm or contributor: what tells repeated and late events. Kept for some days. */
export interface EventCursor {
  readonly fingerprint: string;
  /** Time of the latest event, ms. */
  readonly at: number;
  readonly firing: boolean;
  /** Keys of the groups it was put into: what was told there as firing must be told there as recovered. */
  readonly groups: readonly string[];
  /** Its last changes, oldest first; absent for notices. */
  readonly changes?: readonly KnownChange[];
}
