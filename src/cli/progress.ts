import { formatDuration } from "../model/duration.ts";
import type { Io } from "./io.ts";

/** A line on stderr that shows how far something is. Draws on a terminal only, and never over other output. */
export class Progress {
  readonly #io: Io;
  readonly #total: number;
  readonly #label: string;
  readonly #now: () => number;
  readonly #start: number;
  #done = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #said: string | undefined;

  /** `now`: milliseconds. */
  constructor(io: Io, label: string, total: number, now: () => number) {
    this.#io = io;
    this.#label = label;
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  /** One more is done. */
  step(): void {
    this.#done += 1;
    const now = this.#now();
    if (!this.#io.stderr.isTerminal || (now - this.#drawnAt < 100 && this.#done < this.#total)) return;
    this.#drawnAt = now;
    this.#drawn = true;
    this.#draw(now);
  }

  /** Says what it is at, behind the count. */
  say(text: string): void {
    this.#said = text;
    if (!this.#io.stderr.isTerminal) return;
    this.#drawn = true;
    this.#draw(this.#now());
  }

  /** Takes the line away. */
  async end(): Promise<void> {
    if (this.#drawn) await this.#io.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }

  #draw(now: number): void {
    const { stderr } = this.#io;
    // A line that wraps could not be drawn over.
    void stderr.write(`\r${this.#line(now).slice(0, Math.max(1, stderr.columns - 1))}\u001b[K`);
  }

  #line(now: number): string {
    const seconds = Math.max(0.001, (now - this.#start) / 1000);
    const rate = this.#done / seconds;
    const filled = Math.round((24 * this.#done) / Math.max(1, this.#total));
    const bar = "█".repeat(filled) + "░".repeat(24 - filled);
    const line = `  ${bar}  ${this.#done}/${this.#total}   ${this.#label}`;
    if (this.#said !== undefined) return `${line}   ${this.#said}`;
    // A rate of the first moments says nothing.
    if (seconds < 1 || this.#done === 0) return line;
    return `${line} ${rate.toFixed(1)}/s   ${formatDuration(Math.ceil((this.#total - this.#done) / rate))} left`;
  }
}
