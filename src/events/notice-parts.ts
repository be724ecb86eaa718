import type { EventOrigin, NoticeEvent } from "../model/alarm-event.ts";
import type { Fact } from "../model/alert.ts";
import { compact, cut } from "./fields.ts";

/** Longest text of a notice that is kept; beyond it nobody reads on a phone. */
const MAX_TEXT = 4096;
const MAX_TITLE = 200;

/** What all notices of one delivery share. */
export interface NoticeContext {
  readonly origin: EventOrigin;
  readonly account: string;
  readonly region: string;
  readonly at: number;
}

/** What one kind of notice adds. */
export interface NoticeParts {
  readonly source: NoticeEvent["source"];
  readonly key: string;
  readonly severity: NoticeEvent["severity"];
  readonly title: string;
  readonly text: string;
  readonly resource?: string | undefined;
  readonly facts?: readonly (readonly [label: string, value: string | undefined])[];
  readonly link?: string | undefined;
}

/** A notice of bearable length; facts without value are left out. */
export function noticeOf(context: NoticeContext, parts: NoticeParts): NoticeEvent {
  const facts: Fact[] = (parts.facts ?? []).flatMap(([label, value]) =>
    value === undefined || value === "" ? [] : [{ label, value: cut(value, MAX_TEXT) }],
  );
  return {
    kind: "notice",
    ...context,
    key: parts.key,
    source: parts.source,
    severity: parts.severity,
    title: cut(parts.title.replace(/\s+/g, " ").trim(), MAX_TITLE),
    text: cut(parts.text.trim(), MAX_TEXT),
    facts,
    ...compact({ resource: parts.resource, link: safeLink(parts.link) }),
  };
}

/** A link people may be offered: https only, whatever the event says. */
export function safeLink(text: string | undefined): string | undefined {
  if (text === undefined || !/^https:\/\/[^\s<>"'`]+$/.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}
