// The local cloud's insides: state by account and region, one virtual clock, one source of randomness.
import { Accounts, DEFAULT_ACCOUNTS, type LocalAccount } from "./accounts.ts";
import { VirtualClock } from "./clock.ts";
import { Faults } from "./faults.ts";

/** Names a piece of state and makes it when first asked for. */
export interface StateKey<T> {
  readonly name: string;
  readonly create: (account: string, region: string, cloud: Cloud) => T;
}

/** One region of one account, holding some state. */
export interface Located<T> {
  readonly account: string;
  readonly region: string;
  readonly state: T;
}

export interface CloudOptions {
  readonly clock?: VirtualClock;
  readonly seed?: number;
  /** Default: `DEFAULT_ACCOUNTS`. */
  readonly accounts?: readonly LocalAccount[];
  /** The host's clock in ms, which signatures, sessions and throttling go by; for tests. */
  readonly hostNow?: () => number;
}

/** State, clock, accounts, faults and randomness of a running local cloud. Accounts and regions never see each other's state. */
export class Cloud {
  readonly clock: VirtualClock;
  /** Uniform in [0, 1), reproducible from the seed. */
  readonly random: () => number;
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly #states = new Map<string, Map<string, Located<unknown>>>();
  #revision = 0;

  constructor(options: CloudOptions = {}) {
    const seed = options.seed ?? 1;
    const hostNow = options.hostNow ?? Date.now;
    this.clock = options.clock ?? new VirtualClock({ host: hostNow });
    // Streams of their own: giving out a key or drawing a fault changes nothing that services draw.
    this.random = seededRandom(seed);
    this.accounts = new Accounts(options.accounts ?? DEFAULT_ACCOUNTS, {
      hostNow,
      random: seededRandom(seed + 1),
    });
    this.faults = new Faults({ now: hostNow, random: seededRandom(seed + 2) });
  }

  /**
   * Changes with every request, and with work that the clock does once: while it stays, nothing told this cloud anything, and
   * whatever was worked out from its state still holds.
   */
  get revision(): number {
    return this.#revision + this.clock.works;
  }

  /** Notes that something was, or may have been, changed from outside. */
  touch(): void {
    this.#revision += 1;
  }

  /** The state of one account and region. Global services use the region `global`. */
  state<T>(key: StateKey<T>, account: string, region: string): T {
    const located = this.#states.get(key.name) ?? new Map<string, Located<unknown>>();
    this.#states.set(key.name, located);
    const place = `${account}/${region}`;
    const found = located.get(place);
    if (found) return found.state as T;
    const state = key.create(account, region, this);
    located.set(place, { account, region, state });
    return state;
  }

  /** Every place where this state exists. */
  everywhere<T>(key: StateKey<T>): readonly Located<T>[] {
    return [...(this.#states.get(key.name)?.values() ?? [])] as Located<T>[];
  }
}

/** Mulberry32: a small reproducible generator, uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
