import { describeAlarms } from "../../aws/describe-alarms.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Alert } from "../../model/alert.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { everyRecord } from "../../state/every-record.ts";
import type { Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import type { AwsAccess } from "../notify/aws-access.ts";
import type { Notifier } from "../notify/notifier.ts";
import { publishedEvents } from "../notify/published-events.ts";
import type { Reception } from "../notify/reception.ts";
import { configuredTopics, type IsConfigured } from "../notify/topics.ts";
import { takeMissedAlarms } from "../remediation/take-alarms.ts";
import { changedAt, type DescribedAlarm, eventOfAlarm } from "./alarm-as-event.ts";

/** What changed less than this ago, ms, may still be on its usual way here. */
const ON_ITS_WAY = 60_000;
/** CloudWatch keeps history for 30 days; what is older than a few is no news. */
const LONGEST_LOOK_BACK = 3 * 86_400_000;

/** What a comparison found. */
export interface Reconciled {
  /** Alarms (and recoveries between) that had been missed and are told now. */
  readonly sent: number;
  /** Alerts that fire here though their alarm is OK or gone: ended, and told as recovered. */
  readonly recovered: number;
  /** Alarms that were looked at. */
  readonly alarms: number;
}

interface Known {
  readonly alert: Alert;
  readonly groups: string[];
}

/** Takes events in, for people and for repairs. */
type Receive = (events: readonly AlarmEvent[]) => Promise<readonly Reception[]>;

/**
 * Compares what alarms have published since the last time, and which of them are in ALARM now, with what is known here, and tells
 * what is missing; it asks for the repairs that runbooks have for it, too, which a listener decides about. What was taken in before is
 * recognised: nothing is told or asked for twice. Rejects when an account can't be read whole.
 */
export async function reconcile(
  open: {
    readonly store: Store;
    readonly notifier: Notifier;
    readonly aws: AwsAccess;
    readonly knowledge: Knowledge;
  },
  configuration: Configuration,
  topics: readonly string[],
  context: Context,
): Promise<Reconciled> {
  const { places } = await open.aws.open();
  const isOurs = await configuredTopics(configuration, topics, open.aws);
  // Who names no topic gets his events some other way: then every alarm that acts is meant.
  const isMeant = Object.keys(configuration.topics).length + topics.length === 0 ? () => true : isOurs;
  const { store, notifier, knowledge } = open;
  const policy = configuration.remediation;
  const receive: Receive = async (events) => {
    const received = await notifier.receive(events);
    if (policy) await takeMissedAlarms(events, { store, policy, knowledge, context });
    return received;
  };
  let total: Reconciled = { sent: 0, recovered: 0, alarms: 0 };
  for (const { session } of places) {
    const found = await reconcilePlace(session, { store, notifier, receive }, isMeant, context);
    total = {
      sent: total.sent + found.sent,
      recovered: total.recovered + found.recovered,
      alarms: total.alarms + found.alarms,
    };
  }
  return total;
}

async function reconcilePlace(
  session: AwsSession,
  {
    store,
    notifier,
    receive,
  }: { readonly store: Store; readonly notifier: Notifier; readonly receive: Receive },
  isMeant: IsConfigured,
  context: Context,
): Promise<Reconciled> {
  const { account, region } = session;
  const now = context.clock.now().getTime();
  const until = now - ON_ITS_WAY;
  const mark = `reconcile/${account}/${region}`;
  const last = (await store.get("marks", mark))?.value.at;
  let sent = 0;
  if (last !== undefined && last < until) {
    const span = { from: Math.max(last, now - LONGEST_LOOK_BACK), to: until };
    const { events } = await publishedEvents(session, span, isMeant);
    const received = await receive(events);
    sent += received.filter(({ outcome }) => outcome === "placed").length;
  }

  const described: DescribedAlarm[] = [];
  for await (const { metricAlarms, compositeAlarms } of describeAlarms(session))
    described.push(...metricAlarms, ...compositeAlarms);
  const known = await firingHere(store, account, region);

  const missing = described.filter(
    (alarm) =>
      alarm.StateValue === "ALARM" &&
      !known.has(alarm.AlarmName ?? "") &&
      changedAt(alarm) < until &&
      acts(alarm, isMeant),
  );
  const received = await receive(missing.flatMap((alarm) => eventOfAlarm(alarm, account, changedAt(alarm))));
  sent += received.filter(({ outcome }) => outcome === "placed").length;

  const byName = new Map(described.map((alarm) => [alarm.AlarmName, alarm]));
  const over = [...known].flatMap(([name, entries]) => {
    const alarm = byName.get(name);
    if (alarm && (alarm.StateValue !== "OK" || changedAt(alarm) >= until)) return [];
    const at = alarm ? changedAt(alarm) : now;
    const reason = alarm?.StateReason ?? "The alarm no longer exists.";
    return entries
      .filter(({ alert }) => alert.changedAt < Math.min(at, until))
      .map(({ alert, groups }) => ({ alert: recovered(alert, at, reason), groups }));
  });
  await notifier.update(over);

  await store.commit([{ kind: "put", collection: "marks", key: mark, value: { at: until } }]);
  return { sent, recovered: over.length, alarms: described.length };
}

/** Whether an alarm tells anybody of ours, and isn't held back by CloudWatch itself. */
function acts(alarm: DescribedAlarm, isMeant: IsConfigured): boolean {
  if (alarm.ActionsEnabled === false) return false;
  if ("ActionsSuppressedBy" in alarm && alarm.ActionsSuppressedBy !== undefined) return false;
  return (alarm.AlarmActions ?? []).some(isMeant);
}

/** Alerts of alarms that fire here, by the alarm's name: a multi-series alarm has several. */
async function firingHere(
  store: Store,
  account: string,
  region: string,
): Promise<ReadonlyMap<string, readonly Known[]>> {
  const byFingerprint = new Map<string, Known>();
  for await (const { key, value } of everyRecord(store, "groups")) {
    for (const alert of value.alerts) {
      if (alert.kind !== "alarm" || alert.status !== "firing") continue;
      if (alert.labels["account"] !== account || alert.labels["region"] !== region) continue;
      const entry = byFingerprint.get(alert.fingerprint);
      if (entry) entry.groups.push(key);
      else byFingerprint.set(alert.fingerprint, { alert, groups: [key] });
    }
  }
  const byName = new Map<string, Known[]>();
  for (const entry of byFingerprint.values()) {
    const name = entry.alert.labels["alertname"] ?? "";
    const same = byName.get(name);
    if (same) same.push(entry);
    else byName.set(name, [entry]);
  }
  return byName;
}

function recovered(alert: Alert, at: number, reason: string): Alert {
  const { measured: _, ...text } = alert.text;
  return {
    ...alert,
    status: "resolved",
    endsAt: at,
    changedAt: at,
    text: { ...text, state: "OK", reason },
  };
}
