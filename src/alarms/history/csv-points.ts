import type { TimeZone } from "../../engine/time-zone.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { type CsvLayout, cellsOf, isComment, layoutOf, readValueText } from "./csv-lines.ts";
import type { PointList } from "./point-list.ts";
import { ByteNumbers, readTime, utcOf } from "./text-numbers.ts";

const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads `timestamp,value` lines out of bytes as they come. Separators, heading, decimal commas and a byte-order mark are found out;
 * empty lines and lines that begin with # or // are passed over. Times without a zone are in `zone`.
 * Lines that can't be read are counted, never dropped in silence: `finish` tells.
 */
export class CsvPoints {
  readonly #path: string;
  readonly #zone: TimeZone | undefined;
  readonly #into: PointList;
  readonly #numbers = new ByteNumbers();
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #layout: CsvLayout | undefined;
  /** The first line that says something, until the second makes the layout known. */
  #first: { readonly text: string; readonly line: number } | undefined;
  #failed: Diagnostic | undefined;
  #unreadable: { count: number; line: number; text: string } | undefined;
  #direct = false;
  #separator = 0;
  #decimal = 46;
  #localHour = Number.NaN;
  #offset = 0;

  constructor(into: PointList, options: { readonly path: string; readonly zone?: TimeZone | undefined }) {
    this.#into = into;
    this.#path = options.path;
    this.#zone = options.zone;
  }

  /** Goes on with the next bytes of the file. */
  push(bytes: Uint8Array): void {
    if (this.#failed) return;
    let data = bytes;
    if (this.#rest.length > 0) {
      data = new Uint8Array(this.#rest.length + bytes.length);
      data.set(this.#rest);
      data.set(bytes, this.#rest.length);
    }
    let from = 0;
    if (this.#line === 0 && this.#rest.length === 0) from = this.#skipMark(data);
    const end = data.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#read(data, from, end);
    this.#rest = data.slice(Math.max(from, end));
  }

  /** Takes the last line and tells what could not be read. */
  finish(): readonly Diagnostic[] {
    if (this.#rest.length > 0 && !this.#failed) {
      const last = new Uint8Array(this.#rest.length + 1);
      last.set(this.#rest);
      last[this.#rest.length] = NEWLINE;
      this.#read(last, 0, last.length);
    }
    if (this.#first && !this.#failed) this.#settle(undefined);
    if (this.#failed) return [this.#failed];
    if (!this.#unreadable) return [];
    const { count, line, text } = this.#unreadable;
    return [
      {
        severity: "warning",
        code: "csv-unreadable",
        message: `${count} ${count === 1 ? "line" : "lines"} left out, no time and value: ${JSON.stringify(text.slice(0, 60))}`,
        path: this.#path,
        line,
        column: 1,
      },
    ];
  }

  #skipMark(data: Uint8Array): number {
    if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) return 3;
    const utf16 = (data[0] === 0xff && data[1] === 0xfe) || (data[0] === 0xfe && data[1] === 0xff);
    if (utf16 || data.subarray(0, 1000).includes(0))
      this.#fail("csv-encoding", "isn't UTF-8 text (UTF-16, perhaps); save it as UTF-8");
    return 0;
  }

  #fail(code: string, message: string): void {
    this.#failed = { severity: "error", code, message, path: this.#path, line: 1, column: 1 };
  }

  /** Reads whole lines: the last byte of [from, end) is a newline. */
  #read(data: Uint8Array, from: number, end: number): void {
    const numbers = this.#numbers;
    const into = this.#into;
    const separator = this.#separator;
    let at = from;
    while (at < end) {
      this.#line += 1;
      if (this.#direct) {
        const time = numbers.time(data, at);
        if (!Number.isNaN(time) && data[numbers.end] === separator) {
          const zoned = numbers.zoned;
          const value = numbers.number(data, numbers.end + 1, this.#decimal);
          if (value !== undefined) {
            const behind = data[numbers.end];
            const skip =
              behind === NEWLINE ? 1 : behind === RETURN && data[numbers.end + 1] === NEWLINE ? 2 : 0;
            if (skip > 0) {
              into.add(zoned || !this.#zone ? time : this.#toUtc(time), value, this.#line);
              at = numbers.end + skip;
              continue;
            }
          }
        }
      }
      const stop = data.indexOf(NEWLINE, at);
      this.#slowly(text(data, at, stop));
      if (this.#failed) return;
      at = stop + 1;
      // The layout may just have become known.
      if (this.#separator !== separator) {
        this.#read(data, at, end);
        return;
      }
    }
  }

  #slowly(line: string): void {
    if (isComment(line)) return;
    if (this.#layout) this.#take(line, this.#line, this.#layout);
    else if (this.#first === undefined) this.#first = { text: line, line: this.#line };
    else this.#settle(line);
  }

  /** The layout is worked out of the first two lines that say something. */
  #settle(second: string | undefined): void {
    const { text: first, line } = this.#first as { text: string; line: number };
    this.#first = undefined;
    const layout = layoutOf(first, second, { path: this.#path, line });
    if ("severity" in layout) {
      this.#failed = layout;
      return;
    }
    this.#layout = layout;
    this.#separator = layout.separator.charCodeAt(0);
    this.#decimal = layout.decimalComma ? 44 : 46;
    this.#direct = layout.timeColumn === 0 && layout.valueColumn === 1;
    if (!layout.heading) this.#take(first, line, layout);
    if (second !== undefined) this.#take(second, this.#line, layout);
  }

  #take(line: string, number: number, layout: CsvLayout): void {
    const cells = cellsOf(line, layout.separator);
    const time = readTime(cells[layout.timeColumn] ?? "");
    const value = readValueText(cells[layout.valueColumn] ?? "?", layout.decimalComma);
    if (time === undefined || value === undefined) {
      if (this.#unreadable) this.#unreadable.count += 1;
      else this.#unreadable = { count: 1, line: number, text: line.trim() };
      return;
    }
    this.#into.add(time.zoned || !this.#zone ? time.seconds : this.#toUtc(time.seconds), value, number);
  }

  /** Local clocks change at full hours (or halves): the offset is asked once for each quarter of an hour. */
  #toUtc(local: number): number {
    const quarter = Math.floor(local / 900);
    if (quarter !== this.#localHour && this.#zone) {
      this.#localHour = quarter;
      this.#offset = local - utcOf(local, this.#zone);
    }
    return local - this.#offset;
  }
}

const decoder = new TextDecoder();

function text(data: Uint8Array, from: number, to: number): string {
  return decoder.decode(data.subarray(from, data[to - 1] === RETURN ? to - 1 : to));
}
