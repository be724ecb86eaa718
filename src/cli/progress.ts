import { formatDuration } from "../model/duration.ts";
import type { Io } from "./io.ts";

/** How long nothing is told without a terminal, ms: what runs a job there may end one that is silent for minutes. */
const SILENCE = 60_000;

/**
 * Shows how far something is, on stderr. On a terminal as one line that is drawn over and over, never over other output; elsewhere as a line
 * for each thing that is said, and one after each minute of silence.
 */
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
  #silence: NodeJS.Timeout | undefined;

  /** `now`: milliseconds. */
  constructor(io: Io, label: string, total: number, now: () => number) {
    this.#io = io;
    this.#label = label;
    this.#total = total;
    this.#now = now;
    this.#start = now();
    this.#listenToSilence();
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
    const isNew = text !== this.#said;
    this.#said = text;
    if (!this.#io.stderr.isTerminal) {
      if (isNew) this.#tell();
      return;
    }
    this.#drawn = true;
    this.#draw(this.#now());
  }

  /** Takes the line away. */
  async end(): Promise<void> {
    clearTimeout(this.#silence);
    if (this.#drawn) await this.#io.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }

  #listenToSilence(): void {
    if (this.#io.stderr.isTerminal) return;
    clearTimeout(this.#silence);
    // Silence is measured by whoever reads: by the host's clock, whatever clock the work goes by.
    this.#silence = setTimeout(() => this.#tell(), SILENCE).unref();
  }

  /** A plain line, for logs. */
  #tell(): void {
    const line = `${this.#done}/${this.#total} ${this.#parts(this.#now()).join(", ")}`;
    void this.#io.stderr.write(`${line}\n`);
    this.#listenToSilence();
  }

  #draw(now: number): void {
    const { stderr } = this.#io;
    // A line that wraps could not be drawn over.
    void stderr.write(`\r${this.#line(now).slice(0, Math.max(1, stderr.columns - 1))}\u001b[K`);
  }

  #line(now: number): string {
    const filled = Math.round((24 * this.#done) / Math.max(1, this.#total));
    const bar = "█".repeat(filled) + "░".repeat(24 - filled);
    return [`  ${bar}  ${this.#done}/${this.#total}`, ...this.#parts(now)].join("   ");
  }

  /** What is counted, and what there is to say of it: what it is at, or how fast it goes. */
  #parts(now: number): readonly string[] {
    if (this.#said !== undefined) return [this.#label, this.#said];
    const seconds = Math.max(0.001, (now - this.#start) / 1000);
    // A rate of the first moments says nothing.
    if (seconds < 1 || this.#done === 0) return [this.#label];
    const rate = this.#done / seconds;
    const left = `${formatDuration(Math.ceil((this.#total - this.#done) / rate))} left`;
    return [rate < 0.1 ? this.#label : `${this.#label} ${rate.toFixed(1)}/s`, left];
  }
}
