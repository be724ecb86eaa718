// CPU credits of burstable instances, as EC2 keeps them: in steps of five minutes.

import type { Instance } from "../../fleet/instance.ts";
import { covers } from "../../fleet/intervals.ts";
import type { Generator } from "../../metrics/generators.ts";

/** What the four credit metrics show after a step of five minutes. */
export interface CreditPoint {
  readonly usage: number;
  readonly balance: number;
  readonly surplus: number;
  readonly charged: number;
}

/** Seconds between points: credit metrics exist at five minutes only. */
const CREDIT_STEP = 300;

const DAY = 86_400;
/** How many days before a day its opening balance depends on: credits older than 24 hours are lost anyway. */
const LOOK_BACK_DAYS = 3;
const COARSE = 3_600;

interface State {
  balance: number;
  surplus: number;
}

/**
 * The credits of one instance. The balance of a day begins with what three days before it, worked out by the hour, leave;
 * so any day can be asked for without the whole past. Days that were asked for are remembered, the last two.
 */
export class CpuCredits {
  readonly #instance: Instance;
  readonly #cpu: Generator;
  readonly #seed: number;
  readonly #days = new Map<number, { readonly points: CreditPoint[]; readonly state: State }>();
  #known: string;

  constructor(instance: Instance, cpu: Generator, seed: number) {
    this.#instance = instance;
    this.#cpu = cpu;
    this.#seed = seed;
    this.#known = this.#circumstances();
  }

  /** The point at a time (epoch seconds, a multiple of 300); undefined when the instance didn't run. */
  at(time: number): CreditPoint | undefined {
    if (!covers(this.#instance.runs, time * 1000)) return undefined;
    const circumstances = this.#circumstances();
    if (circumstances !== this.#known) {
      this.#known = circumstances;
      this.#days.clear();
    }
    const start = Math.floor(time / DAY) * DAY;
    const day = this.#day(start);
    const index = Math.floor((time - start) / CREDIT_STEP);
    while (day.points.length <= index)
      day.points.push(this.#step(day.state, start + day.points.length * CREDIT_STEP, CREDIT_STEP));
    return day.points[index];
  }

  #day(start: number): { readonly points: CreditPoint[]; readonly state: State } {
    const known = this.#days.get(start);
    if (known) return known;
    const day = { points: [], state: this.#opening(start) };
    if (this.#days.size >= 2) this.#days.delete(this.#days.keys().next().value as number);
    this.#days.set(start, day);
    return day;
  }

  #opening(start: number): State {
    const max = this.#instance.type.credits?.max ?? 0;
    const born = Math.floor(this.#instance.createdAt / 1000);
    const from = Math.max(start - LOOK_BACK_DAYS * DAY, born);
    // T3 and later begin with nothing; an older one with what a quiet time would have left.
    const state: State = { balance: from === born ? 0 : max, surplus: 0 };
    for (let time = from; time < start; time += COARSE) this.#step(state, time, COARSE);
    return state;
  }

  #step(state: State, time: number, length: number): CreditPoint {
    const { type, unlimited, runs } = this.#instance;
    const max = type.credits?.max ?? 0;
    if (!covers(runs, time * 1000)) return { usage: 0, ...state, charged: 0 };
    const percent = Math.min(100, Math.max(0, this.#cpu(time, this.#seed) ?? 0));
    // One credit is one virtual CPU at full load for a minute.
    const wanted = (type.cores * type.threadsPerCore * percent * length) / 6_000;
    const earned = (max * length) / DAY;
    let charged = 0;
    let usage = wanted;
    let balance = state.balance + earned - wanted;
    if (balance < 0) {
      if (unlimited) {
        state.surplus -= balance;
        if (state.surplus > max) {
          charged = state.surplus - max;
          state.surplus = max;
        }
      } else usage = wanted + balance;
      balance = 0;
    } else if (state.surplus > 0) {
      const repaid = Math.min(state.surplus, balance);
      state.surplus -= repaid;
      balance -= repaid;
    }
    state.balance = Math.min(max, balance);
    return { usage, balance: state.balance, surplus: state.surplus, charged };
  }

  // What happened since a day was worked out would change it: another type, mode, or a stop.
  #circumstances(): string {
    const { type, unlimited, runs } = this.#instance;
    return `${type.name} ${unlimited} ${runs.length} ${runs.at(-1)}`;
  }
}
