import { compact } from "../events/fields.ts";
import { safeLink } from "../events/notice-parts.ts";
import type { AlarmEvent, AlarmStateChange, NoticeEvent } from "../model/alarm-event.ts";
import type { Alert, AlertPart, AlertText, Fact } from "../model/alert.ts";
import { sha256 } from "../support/canonical-json.ts";
import { conditionText, measuredText, resourceOfAlarm } from "./alarm-subject.ts";
import { alarmArnLink, alarmLink, alarmNameOf } from "./console-links.ts";
import type { Knowledge } from "./knowledge.ts";
import { labelsOf } from "./labels.ts";
import { oneLine, plainText } from "./plain-text.ts";

/** What an event means to the pipeline. */
export type AlertVerdict =
  | { readonly alert: Alert }
  /** It is told to nobody, and this is why. */
  | { readonly ignored: string };

const STATE_WORDS = { ALARM: "ALARM", OK: "OK", INSUFFICIENT_DATA: "NO DATA" } as const;

const fingerprints = new WeakMap<AlarmEvent, string>();

/** What an alert is known by, whatever its state: its alarm and contributor, or the notice itself. */
export function fingerprintOf(event: AlarmEvent): string {
  const known = fingerprints.get(event);
  if (known !== undefined) return known;
  const name =
    event.kind === "alarm" ? `alarm|${event.alarmArn}|${event.contributor?.id ?? ""}` : `notice|${event.key}`;
  const fingerprint = sha256(name).slice(0, 24);
  fingerprints.set(event, fingerprint);
  return fingerprint;
}

/**
 * The alert of an event, with labels and texts. `ALARM` fires and `OK` recovers. Missing data fires where the alarm asks for
 * being told (it has actions for INSUFFICIENT_DATA), and goes on firing where the alarm did before: an alarm without data has
 * not recovered.
 */
export function alertFromEvent(event: AlarmEvent, wasFiring: boolean, knowledge: Knowledge): AlertVerdict {
  if (event.kind === "notice") return { alert: noticeAlert(event, knowledge) };
  const noData = event.state === "INSUFFICIENT_DATA";
  if (noData && !wasFiring && event.tellsNoData !== true)
    return { ignored: "missing data, and the alarm has no action for it" };
  const status = event.state === "OK" ? "resolved" : "firing";
  const resource = resourceOfAlarm(event, knowledge);
  return {
    alert: {
      fingerprint: fingerprintOf(event),
      kind: "alarm",
      status,
      labels: labelsOf(event, resource, knowledge),
      startsAt: event.at,
      ...(status === "resolved" ? { endsAt: event.at } : {}),
      changedAt: event.at,
      flaps: 0,
      ...(event.suppressed === undefined ? {} : { suppressed: event.suppressed }),
      ...(status === "firing" ? watchedBy(event) : {}),
      text: alarmText(event, resource, knowledge),
    },
  };
}

/**
 * An alarm that had recovered before anybody could be told that it fired: its events came late, or in disorder. `alert` is made of any
 * of them; times in ms.
 */
export function lateAlert(
  alert: Alert,
  { startsAt, endsAt = startsAt }: { readonly startsAt: number; readonly endsAt?: number },
): Alert {
  const { measured: _, ...text } = alert.text;
  const fired = `${clock(startsAt)}, recovered ${clock(endsAt)} UTC; what said so came late or in disorder`;
  return {
    ...alert,
    fingerprint: `${alert.fingerprint}@${startsAt}`,
    status: "resolved",
    startsAt,
    endsAt,
    changedAt: endsAt,
    late: true,
    text: { ...text, state: "OK", facts: [{ label: "Fired", value: fired }, ...text.facts] },
  };
}

/** `2026-11-20 12:03:05` */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** What the alarm watches, where a picture can show it: a metric or expressions, not one of many series, and not other alarms. */
function watchedBy({ alarmKind, trigger, measured }: AlarmStateChange): Pick<Alert, "watched"> {
  if (!trigger || !["metric", "math", "anomaly"].includes(alarmKind)) return {};
  const threshold = trigger.threshold ?? measured?.threshold;
  return { watched: threshold === undefined ? trigger : { ...trigger, threshold } };
}

function alarmText(
  event: AlarmStateChange,
  resource: AlertText["resource"],
  knowledge: Knowledge,
): AlertText {
  const known = event.mark && knowledge.alarm(event.mark, event.alarmActions);
  const runbook = known?.runbook ?? tagOf(event, "runbook") ?? runbookIn(event.description);
  const runbookLink = safeLink(runbook);
  const facts: Fact[] = [
    ...(runbook !== undefined && runbookLink === undefined
      ? [{ label: "Runbook", value: plainText(runbook, 500) }]
      : []),
    ...(event.afterMuteWindow
      ? [{ label: "Muted", value: "told now that the alarm's mute window has ended" }]
      : []),
  ];
  return {
    name: oneLine(event.alarmName),
    state: STATE_WORDS[event.state],
    ...compact({
      measured: measuredText(event),
      condition: optional(conditionText(event), (text) => oneLine(text, 500)),
      reason: optional(event.reason, (text) => plainText(text, 1000)),
      description: optional(withoutRunbook(event.description ?? known?.intent, runbook), plainText),
      console: alarmLink(event.region, event.alarmName),
      runbook: runbookLink,
    }),
    ...placeOf(event, resource, knowledge),
    contributors: contributorsOf(event),
    children: event.children.map(childOf),
    facts,
  };
}

function noticeAlert(event: NoticeEvent, knowledge: Knowledge): Alert {
  const known =
    event.resource === undefined
      ? undefined
      : knowledge.resource(event.account, event.region, event.resource);
  const resource =
    event.resource === undefined
      ? undefined
      : {
          id: event.resource,
          ...(known?.name === undefined ? {} : { name: known.name }),
          ...(known?.type === undefined ? {} : { type: known.type }),
        };
  return {
    fingerprint: fingerprintOf(event),
    kind: "notice",
    status: "firing",
    labels: labelsOf(event, resource, knowledge),
    startsAt: event.at,
    changedAt: event.at,
    flaps: 0,
    text: {
      name: oneLine(event.title),
      state: "NOTICE",
      ...compact({ description: optional(event.text, plainText), console: event.link }),
      ...placeOf(event, resource, knowledge),
      contributors: [],
      children: [],
      facts: event.facts.map(({ label, value }) => ({
        label: oneLine(label, 60),
        value: plainText(value, 1000),
      })),
    },
  };
}

function placeOf(
  { account, region }: AlarmEvent,
  resource: AlertText["resource"],
  knowledge: Knowledge,
): Pick<AlertText, "resource" | "account" | "region"> {
  const name = knowledge.accountName(account);
  return {
    ...(resource === undefined
      ? {}
      : {
          resource: {
            ...resource,
            id: oneLine(resource.id),
            ...(resource.name === undefined ? {} : { name: oneLine(resource.name) }),
          },
        }),
    ...(account === "" ? {} : { account: name === undefined ? { id: account } : { id: account, name } }),
    ...(region === "" ? {} : { region }),
  };
}

function contributorsOf({ contributor, state, at }: AlarmStateChange): readonly AlertPart[] {
  if (!contributor) return [];
  const attributes = Object.entries(contributor.attributes).map(([name, value]) => `${name}=${value}`);
  const name = attributes.length === 0 ? contributor.id : attributes.join(", ");
  return [{ name: oneLine(name), state, since: at }];
}

function childOf({ arn, state, at }: AlarmStateChange["children"][number]): AlertPart {
  const link = alarmArnLink(arn);
  return {
    name: oneLine(alarmNameOf(arn)),
    ...(state === undefined ? {} : { state }),
    ...(at === undefined ? {} : { since: at }),
    ...(link === undefined ? {} : { link }),
  };
}

function tagOf({ tags }: AlarmStateChange, wanted: string): string | undefined {
  return Object.entries(tags).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** `Runbook: https://...` in a description, as people write it. */
function runbookIn(description: string | undefined): string | undefined {
  return /\brunbook\b[^\n]{0,40}?(https:\/\/[^\s<>"')\]]+)/i.exec(description ?? "")?.[1];
}

/** The line that says nothing but where the runbook is goes: the message has it in a place of its own. */
function withoutRunbook(description: string | undefined, runbook: string | undefined): string | undefined {
  if (description === undefined || runbook === undefined) return description;
  return description
    .split("\n")
    .filter((line) => line.trim() !== `Runbook: ${runbook}`)
    .join("\n");
}

function optional(text: string | undefined, make: (text: string) => string): string | undefined {
  const made = text === undefined ? "" : make(text);
  return made === "" ? undefined : made;
}
