import type { TimestampFormat } from "./shape.ts";

/** A number as text protocols write it; undefined when the text is none. */
export function parseNumber(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return Number(text);
  return undefined;
}

/** `true` or `false` (any case) as text protocols write them; undefined otherwise. */
export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : undefined;
}

const ISO_8601 = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** A time in any form AWS accepts (ISO 8601, HTTP date, epoch seconds), UTC unless it says otherwise; undefined otherwise. */
export function parseTimestamp(text: string): Date | undefined {
  let time = Number.NaN;
  const trimmed = text.trim();
  if (ISO_8601.test(trimmed)) {
    const zoned = /([Zz]|[+-]\d\d:?\d\d)$/.test(trimmed) && trimmed.length > 10;
    time = Date.parse(zoned || trimmed.length === 10 ? trimmed : `${trimmed}Z`);
  } else if (HTTP_DATE.test(trimmed)) time = Date.parse(trimmed);
  else {
    const seconds = parseNumber(trimmed);
    if (seconds !== undefined) time = Math.round(seconds * 1000);
  }
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A time in one of the protocols' formats. */
export function formatTimestamp(value: Date, format: TimestampFormat): string {
  switch (format) {
    case "date-time":
      return value.toISOString();
    case "http-date":
      return value.toUTCString();
    case "epoch":
      return String(value.getTime() / 1000);
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes of a base64 text; undefined when it is none. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, "base64"));
}

export function formatBase64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

/** An object for names that a client chose: it has no prototype, so that no name means anything. */
export function dictionary<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
