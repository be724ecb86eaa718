import type { AlarmEvent, EventOrigin, NoticeEvent } from "../model/alarm-event.ts";
import { parseArn } from "../model/arn.ts";
import { isMeantAsJson } from "../support/json-fault.ts";
import { alarmFromEvent, isAlarmAction, isAlarmStateChange } from "./alarm-event-bridge.ts";
import { alarmFromMessage, isAlarmMessage } from "./alarm-message.ts";
import { isEventBridgeEvent, noticeFromEvent } from "./event-bridge-notices.ts";
import {
  compact,
  cut,
  type Fields,
  fieldsOf,
  isTooDeep,
  jsonOf,
  listOf,
  member,
  textIn,
  timeOf,
} from "./fields.ts";
import { noticeFromMessage, noticeFromText } from "./message-notices.ts";
import { type NoticeContext, noticeOf } from "./notice-parts.ts";
import { isOwn, sentAt, snsEnvelopeOf } from "./sns-envelope.ts";

/** Something that came in and couldn't be made an event of. */
export interface EventProblem {
  readonly code: "too-large" | "not-text" | "empty" | "too-deep" | "subscription";
  readonly message: string;
  /** The SQS or SNS message it was in. */
  readonly recordId?: string;
}

/** Everything that was in one delivery. */
export interface ParsedEvents {
  readonly events: readonly AlarmEvent[];
  readonly problems: readonly EventProblem[];
}

/** Largest delivery that is read: SNS and SQS end at 1 MiB, an SQS batch for Lambda at 6 MB. */
const MAX_INPUT = 8 * 1024 * 1024;
/** SQS around SNS around CloudWatch's three forms around EventBridge: more wrapping than that is an attack. */
const MAX_WRAPPING = 6;

/**
 * Reads any delivery: what Lambda is called with (SNS, SQS, EventBridge, an alarm's own action), an SQS or HTTP body, or a file.
 * `input` is text, bytes or JSON read already. Nothing is lost: what isn't known is told as it is. Never throws for its input.
 * `receivedAt` in ms stands in where an event has no time. What we published ourselves is passed over: answering it would never end.
 */
export function parseEvents(input: unknown, receivedAt: number): ParsedEvents {
  const reader = new Reader();
  const text = input instanceof Uint8Array ? decodeUtf8(input) : input;
  if (text === undefined && input instanceof Uint8Array) reader.problem("not-text", "is not UTF-8 text");
  else if (typeof text === "string") reader.body(text, { form: "bare" }, undefined, receivedAt, 0);
  else if (isTooDeep(text)) reader.problem("too-deep", "is nested too deeply");
  else reader.value(text, { form: "bare" }, undefined, receivedAt, 0);
  return { events: reader.events, problems: reader.problems };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

class Reader {
  readonly events: AlarmEvent[] = [];
  readonly problems: EventProblem[] = [];

  problem(code: EventProblem["code"], what: string, origin?: EventOrigin): void {
    const id = origin?.recordId;
    const subject = id === undefined ? "the event" : `message ${id}`;
    this.problems.push({ code, message: `${subject} ${what}`, ...compact({ recordId: id }) });
  }

  /** Text: JSON of some kind, or words for people. */
  body(text: string, origin: EventOrigin, subject: string | undefined, at: number, depth: number): void {
    if (text.length > MAX_INPUT) {
      this.problem("too-large", `has ${text.length} characters; at most ${MAX_INPUT} are read`, origin);
      return;
    }
    if (text.trim() === "" && subject === undefined) {
      this.problem("empty", "is empty", origin);
      return;
    }
    const value = jsonOf(text);
    if (typeof value === "object" && value !== null) this.value(value, origin, subject, at, depth);
    else this.text(text, origin, subject, at);
  }

  value(value: unknown, origin: EventOrigin, subject: string | undefined, at: number, depth: number): void {
    if (depth > MAX_WRAPPING) {
      this.problem("too-deep", `is wrapped more than ${MAX_WRAPPING} times`, origin);
      return;
    }
    if (Array.isArray(value)) {
      if (value.length === 0) this.problem("empty", "is an empty list", origin);
      for (const entry of value) this.value(entry, origin, subject, at, depth + 1);
      return;
    }
    const fields = fieldsOf(value);
    if (!fields) {
      if (value === undefined || value === null) this.problem("empty", "is empty", origin);
      else this.text(String(value), origin, subject, at);
      return;
    }
    const records = member(fields, "Records");
    if (Array.isArray(records)) this.#records(records, origin, at, depth);
    else if (!this.#wrapped(fields, origin, at, depth)) this.#event(fields, origin, subject, at);
  }

  text(text: string, origin: EventOrigin, subject: string | undefined, at: number): void {
    const context = contextOf(origin, at);
    this.events.push(
      noticeFromText(text, isMeantAsJson(text) ? (subject ?? "Message with broken JSON") : subject, context),
    );
  }

  #records(records: readonly unknown[], origin: EventOrigin, at: number, depth: number): void {
    if (records.length === 0) this.problem("empty", "has no records", origin);
    for (const record of records) {
      const fields = fieldsOf(record);
      const sns = fieldsOf(member(fields, "Sns"));
      const body = member(fields, "body");
      const recordId = textIn(fields, "messageId");
      if (sns) this.value(sns, origin, undefined, at, depth + 1);
      else if (isOwn(member(fields, "messageAttributes"))) continue;
      else if (typeof body === "string" && textIn(fields, "eventSource") === "aws:sqs") {
        const attributes = fieldsOf(member(fields, "attributes"));
        const sent = timeOf(Number(textIn(attributes, "SentTimestamp") ?? "x")) ?? at;
        this.body(body, { ...origin, ...compact({ recordId }) }, undefined, sent, depth + 1);
      } else this.value(record, origin, undefined, at, depth + 1);
    }
  }

  /** SNS's envelope, or the three forms CloudWatch publishes at once. */
  #wrapped(fields: Fields, origin: EventOrigin, at: number, depth: number): boolean {
    const envelope = snsEnvelopeOf(fields);
    if (envelope?.own) return true;
    if (envelope) {
      const inner: EventOrigin = {
        form: "sns",
        recordId: origin.recordId ?? envelope.messageId,
        messageId: envelope.messageId,
        topicArn: envelope.topicArn,
      };
      if (envelope.type === "Notification")
        this.body(envelope.message, inner, envelope.subject, sentAt(envelope) ?? at, depth + 1);
      else this.problem("subscription", `is a ${envelope.type} of ${envelope.topicArn}, no event`, inner);
      return true;
    }
    const forms = member(fields, "default");
    if (typeof forms !== "string" || !("email" in fields || "sms" in fields)) return false;
    this.body(forms, origin, undefined, at, depth + 1);
    return true;
  }

  #event(fields: Fields, origin: EventOrigin, subject: string | undefined, at: number): void {
    if (isAlarmMessage(fields)) {
      this.#alarm(alarmFromMessage(fields, origin, at), "NewStateValue", fields, origin, at);
    } else if (isAlarmAction(fields) || isAlarmStateChange(fields)) {
      const form = isAlarmAction(fields) ? "lambda-action" : "eventbridge";
      const own = origin.form === "bare" ? { ...origin, form: form as EventOrigin["form"] } : origin;
      this.#alarm(alarmFromEvent(fields, own, at), "state", fields, own, at);
    } else if (isEventBridgeEvent(fields)) {
      const own = origin.form === "bare" ? { ...origin, form: "eventbridge" as const } : origin;
      const context: NoticeContext = {
        origin: own,
        account: textIn(fields, "account") ?? "",
        region: textIn(fields, "region") ?? "",
        at: timeOf(member(fields, "time")) ?? at,
      };
      this.events.push(noticeFromEvent(fields, context));
    } else this.events.push(noticeFromMessage(fields, subject, contextOf(origin, at)));
  }

  /** An alarm with a state that CloudWatch doesn't have is still news. */
  #alarm(
    event: AlarmEvent | undefined,
    where: string,
    fields: Fields,
    origin: EventOrigin,
    at: number,
  ): void {
    this.events.push(event ?? unknownState(where, fields, contextOf(origin, at)));
  }
}

function contextOf(origin: EventOrigin, at: number): NoticeContext {
  const topic = parseArn(origin.topicArn ?? "");
  return { origin, account: topic?.account ?? "", region: topic?.region ?? "", at };
}

function unknownState(where: string, fields: Fields, context: NoticeContext): NoticeEvent {
  const detail = fieldsOf(member(fields, "alarmData") ?? member(fields, "detail"));
  const name = textIn(fields, "AlarmName") ?? textIn(detail, "alarmName") ?? "?";
  const arn = parseArn(
    textIn(fields, "AlarmArn", "alarmArn") ?? String(listOf(member(fields, "resources"))[0] ?? ""),
  );
  const state = member(fields, "NewStateValue") ?? member(fieldsOf(member(detail, "state")), "value");
  const shown = cut(JSON.stringify(state) ?? "nothing", 80);
  return noticeOf(
    { ...context, account: arn?.account ?? context.account, region: arn?.region ?? context.region },
    {
      source: "other",
      key: `unknown-state|${name}|${shown}|${context.at}`,
      severity: "warning",
      title: `Alarm ${name} reports a state that is unknown here: ${shown}`,
      text: `${where} is ${shown}; known are OK, ALARM and INSUFFICIENT_DATA. This watchkeeper may be too old for it.`,
      resource: name,
    },
  );
}
