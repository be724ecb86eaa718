import type { TimeZone } from "../../engine/time-zone.ts";

/** Powers of ten that are exact: a number of up to 53 bits times or divided by one of them is rounded once, so right to the last bit. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const EXACT = Number.MAX_SAFE_INTEGER;

const ZERO = 48;
const NINE = 57;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const COLON = 58;

/**
 * Reads times and numbers out of bytes, several times as fast as by way of strings. After a successful read `end` is the
 * position behind it; what it can't read at a glance is left to `readTime` and `Number`, on a string.
 */
export class ByteNumbers {
  /** Behind what was read last. */
  end = 0;
  /** Of the time read last: whether it named its zone. */
  zoned = false;
  #dateKey = -1;
  #dateStart = 0;

  /** A decimal number; undefined when it isn't one, or can't be read exactly this way. `decimal`: its separator. */
  number(bytes: Uint8Array, from: number, decimal = DOT): number | undefined {
    let at = from;
    const first = bytes[at];
    const negative = first === MINUS;
    if (negative || first === PLUS) at += 1;
    const digits = at;
    let mantissa = 0;
    let byte = bytes[at] as number;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      at += 1;
      byte = bytes[at] as number;
    }
    let count = at - digits;
    let scale = 0;
    if (byte === decimal) {
      at += 1;
      const fraction = at;
      byte = bytes[at] as number;
      while (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + (byte - ZERO);
        at += 1;
        byte = bytes[at] as number;
      }
      scale = at - fraction;
      count += scale;
    }
    if (count === 0 || mantissa > EXACT || scale > 22 || byte === 101 || byte === 69) return undefined;
    this.end = at;
    const value = scale === 0 ? mantissa : mantissa / (POWERS[scale] as number);
    return negative ? -value : value;
  }

  /**
   * `2026-01-05 12:00`, `2026-01-05T12:00:00.000Z`, `2026/01/05 12:00:00+02:00`, or a number of seconds, milliseconds, micro- or
   * nanoseconds since 1970. Answers epoch seconds, a local time as if it were UTC (see `zoned`); NaN for anything else.
   */
  time(bytes: Uint8Array, from: number): number {
    const between = bytes[from + 4];
    if (between !== MINUS && between !== 47) return this.#epoch(bytes, from);
    const year = this.#pair(bytes, from) * 100 + this.#pair(bytes, from + 2);
    const month = this.#pair(bytes, from + 5);
    const day = this.#pair(bytes, from + 8);
    const join = bytes[from + 10];
    const hour = this.#pair(bytes, from + 11);
    const minute = this.#pair(bytes, from + 14);
    if (bytes[from + 7] !== between || (join !== 32 && join !== 84) || bytes[from + 13] !== COLON) return NaN;
    let at = from + 16;
    let second = 0;
    if (bytes[at] === COLON) {
      second = this.#pair(bytes, at + 1);
      at += 3;
      if (bytes[at] === DOT)
        do at += 1;
        while (isDigit(bytes[at]));
    }
    if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
    let time = this.#date(year, month, day) + hour * 3600 + minute * 60 + second;
    const mark = bytes[at];
    this.zoned = true;
    if (mark === 90 || mark === 122) at += 1;
    else if (mark === PLUS || mark === MINUS) {
      const colon = bytes[at + 3] === COLON ? 1 : 0;
      const offset = this.#pair(bytes, at + 1) * 3600 + this.#pair(bytes, at + 3 + colon) * 60;
      time += mark === PLUS ? -offset : offset;
      at += 5 + colon;
    } else this.zoned = false;
    this.end = at;
    return time;
  }

  #epoch(bytes: Uint8Array, from: number): number {
    const value = this.number(bytes, from);
    if (value === undefined) return NaN;
    this.zoned = true;
    return epochSeconds(value);
  }

  /** Two digits; NaN when they aren't. */
  #pair(bytes: Uint8Array, at: number): number {
    const high = (bytes[at] as number) - ZERO;
    const low = (bytes[at + 1] as number) - ZERO;
    return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : NaN;
  }

  /** Start of a day, epoch seconds; NaN for a day that doesn't exist. Points of one day come together, so the last is kept. */
  #date(year: number, month: number, day: number): number {
    const key = (year * 100 + month) * 100 + day;
    if (key === this.#dateKey) return this.#dateStart;
    const date = new Date(Date.UTC(year, month - 1, day));
    const exists =
      date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    if (!exists) return NaN;
    this.#dateKey = key;
    this.#dateStart = date.getTime() / 1000;
    return this.#dateStart;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Seconds out of seconds, milliseconds, micro- or nanoseconds since 1970, told apart by their size; whole seconds. NaN for what lies outside 1971 to 2286. */
export function epochSeconds(value: number): number {
  const size = Math.abs(value);
  const seconds = size < 1e11 ? value : size < 1e14 ? value / 1e3 : size < 1e17 ? value / 1e6 : value / 1e9;
  return seconds >= 31_536_000 && seconds < 1e10 ? Math.floor(seconds) : NaN;
}

const encoder = new TextEncoder();
const reader = new ByteNumbers();

/** A time written as text: whether it named its zone, and epoch seconds (a local time as if it were UTC). Undefined for anything else. */
export function readTime(text: string): { readonly seconds: number; readonly zoned: boolean } | undefined {
  const trimmed = text.trim();
  const whole = /^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed} 00:00` : trimmed;
  const bytes = encoder.encode(whole);
  const seconds = reader.time(bytes, 0);
  return Number.isNaN(seconds) || reader.end !== bytes.length ? undefined : { seconds, zoned: reader.zoned };
}

/** Epoch seconds of a local time that was read as if it were UTC. Of a time that occurs twice when clocks go back, the second. */
export function utcOf(local: number, zone: TimeZone): number {
  return local - zone.offsetAt(local - zone.offsetAt(local));
}
