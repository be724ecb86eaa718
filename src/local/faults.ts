import { type Bucket, type Charge, publishedCharges } from "./quotas.ts";
import { AwsError } from "./service.ts";

export const FAULT_EFFECTS = [
  "throttle",
  "error500",
  "error503",
  "timeoutBefore",
  "timeoutAfterEffect",
  "accessDenied",
  "expiredToken",
  "latency",
] as const;

/**
 * What goes wrong. `timeoutBefore`: the connection breaks and nothing happened; `timeoutAfterEffect`: it breaks though the
 * call did its work; `latency`: nothing but `latencyMs` of waiting.
 */
export type FaultEffect = (typeof FAULT_EFFECTS)[number];

/** Which calls an effect hits. Without `nth`, `from` and `count`: all that match. Calls are counted from 1 since the rule was set. */
export interface FaultRule {
  readonly effect: FaultEffect;
  /** Registry name, for example `cloudwatch`. */
  readonly service?: string;
  readonly operation?: string;
  readonly account?: string;
  readonly region?: string;
  /** Exactly the n-th matching call. */
  readonly nth?: number;
  /** From the n-th matching call on ... */
  readonly from?: number;
  /** ... for so many. */
  readonly count?: number;
  readonly latencyMs?: number;
}

/** Faults that are on. Everything is off by default. */
export interface FaultSettings {
  /** Throttle at AWS's published quotas. */
  readonly throttling?: boolean;
  /** Buckets of one's own by `service:Operation`, in force whether `throttling` is on or not. */
  readonly quotas?: Readonly<Record<string, Bucket>>;
  /** Share of calls, 0 to 1, answered with a 500. */
  readonly errorRate?: number;
  /** Every call waits so long (host milliseconds). */
  readonly latencyMs?: number;
  /** Listings show what was written so long ago (milliseconds of service time). Services consult it. */
  readonly listLagMs?: number;
  /** Regions where every call is refused, as by a service control policy. */
  readonly deniedRegions?: readonly string[];
  readonly rules?: readonly FaultRule[];
}

/** The call that faults are asked about. */
export interface FaultedCall {
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What happens to one call: first a wait, then maybe an effect. */
export interface Verdict {
  readonly waitMs: number;
  readonly effect: Exclude<FaultEffect, "latency"> | undefined;
}

interface Level {
  tokens: number;
  at: number;
}

/** More buckets than this are never in use; beyond it the oldest is forgotten (and so full again). */
const MAX_BUCKETS = 10_000;

/** Faults of a running local cloud, changeable at any time. Deterministic, given the same calls, times and randomness. */
export class Faults {
  readonly #now: () => number;
  readonly #random: () => number;
  #settings: FaultSettings = {};
  #counts: number[] = [];
  readonly #levels = new Map<string, Level>();

  /** `now`: milliseconds that buckets refill by; `random`: uniform in [0, 1). */
  constructor(options: { readonly now: () => number; readonly random: () => number }) {
    this.#now = options.now;
    this.#random = options.random;
  }

  get settings(): FaultSettings {
    return this.#settings;
  }

  get listLagMs(): number {
    return this.#settings.listLagMs ?? 0;
  }

  /** Replaces all faults; counting of rules and buckets starts afresh. Throws RangeError naming what is wrong. */
  set(settings: FaultSettings): void {
    this.#settings = parseFaults(settings);
    this.#counts = (this.#settings.rules ?? []).map(() => 0);
    this.#levels.clear();
  }

  /** Decides what happens to a call, and counts it. */
  judge(call: FaultedCall): Verdict {
    const { settings } = this;
    let waitMs = settings.latencyMs ?? 0;
    let effect: Verdict["effect"];
    (settings.rules ?? []).forEach((rule, index) => {
      if (!matches(rule, call)) return;
      const count = (this.#counts[index] ?? 0) + 1;
      this.#counts[index] = count;
      if (!hits(rule, count)) return;
      waitMs += rule.latencyMs ?? 0;
      if (rule.effect !== "latency") effect ??= rule.effect;
    });
    if (effect === undefined && settings.deniedRegions?.includes(call.region)) effect = "accessDenied";
    if (effect === undefined && !this.#admit(call)) effect = "throttle";
    const errorRate = settings.errorRate ?? 0;
    if (effect === undefined && errorRate > 0 && this.#random() < errorRate) effect = "error500";
    return { waitMs, effect };
  }

  /** Takes the call's tokens from its buckets, all or none. */
  #admit(call: FaultedCall): boolean {
    const place = `${call.account}/${call.region}/${call.service}:${call.operation}`;
    const levels = this.#charges(call).map((charge) => ({
      charge,
      level: this.#level(`${place}/${charge.bucket}`, charge),
    }));
    // More than a full bucket would never be admitted: such a call takes what a full one holds.
    const cost = ({ tokens, burst }: Charge): number => Math.min(tokens, burst);
    if (levels.some(({ charge, level }) => level.tokens < cost(charge))) return false;
    for (const { charge, level } of levels) level.tokens -= cost(charge);
    return true;
  }

  #charges({ service, operation, input }: FaultedCall): readonly Charge[] {
    const own = this.#settings.quotas?.[`${service}:${operation}`];
    if (own) return [{ bucket: "requests", ...own, tokens: 1 }];
    return this.#settings.throttling ? publishedCharges(service, operation, input) : [];
  }

  #level(name: string, { rate, burst }: Bucket): Level {
    const now = this.#now();
    const known = this.#levels.get(name);
    if (known) {
      known.tokens = Math.min(burst, known.tokens + (Math.max(0, now - known.at) / 1000) * rate);
      known.at = now;
      return known;
    }
    if (this.#levels.size >= MAX_BUCKETS) {
      const [oldest] = this.#levels.keys();
      if (oldest !== undefined) this.#levels.delete(oldest);
    }
    const level = { tokens: burst, at: now };
    this.#levels.set(name, level);
    return level;
  }
}

function matches(rule: FaultRule, call: FaultedCall): boolean {
  return (["service", "operation", "account", "region"] as const).every(
    (key) => rule[key] === undefined || rule[key] === call[key],
  );
}

function hits({ nth, from, count }: FaultRule, n: number): boolean {
  if (nth !== undefined) return n === nth;
  const first = from ?? 1;
  return n >= first && (count === undefined || n < first + count);
}

/** The throttle error of each service; all others say ThrottlingException. */
const THROTTLES: Readonly<Record<string, readonly [code: string, status: number, message: string]>> = {
  cloudwatch: ["Throttling", 400, "Rate exceeded"],
  ec2: ["RequestLimitExceeded", 503, "Request limit exceeded."],
  route53: ["Throttling", 400, "Rate exceeded"],
  sns: ["Throttling", 400, "Rate exceeded"],
  sqs: ["RequestThrottled", 403, "Request is throttled."],
  sts: ["Throttling", 400, "Rate exceeded"],
  "service-quotas": ["TooManyRequestsException", 429, "Rate exceeded"],
};

/** How a service says that it is asked too often. */
export function throttleError(service: string): AwsError {
  const [code, status, message] = THROTTLES[service] ?? ["ThrottlingException", 400, "Rate exceeded"];
  return new AwsError(code, message, status);
}

/** How services say that they failed (500) or are not there (503). */
export function serverError(status: 500 | 503): AwsError {
  return status === 500
    ? new AwsError("InternalFailure", "An internal error has occurred", 500)
    : new AwsError("ServiceUnavailable", "Service is temporarily unavailable", 503);
}

type Check = (value: unknown, where: string) => void;

const isNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER, whole = false): Check =>
  (value, where) => {
    const fits =
      typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits)
      throw wrong(
        where,
        value,
        `a ${whole ? "whole " : ""}number of at least ${min}${max < 2 ? ` and at most ${max}` : ""}`,
      );
  };
const isText: Check = (value, where) => {
  if (typeof value !== "string" || value === "") throw wrong(where, value, "a text");
};
const isFlag: Check = (value, where) => {
  if (typeof value !== "boolean") throw wrong(where, value, "true or false");
};
const isEffect: Check = (value, where) => {
  if (!FAULT_EFFECTS.includes(value as FaultEffect))
    throw wrong(where, value, `one of ${FAULT_EFFECTS.join(", ")}`);
};
const isListOf =
  (check: Check): Check =>
  (value, where) => {
    if (!Array.isArray(value)) throw wrong(where, value, "a list");
    value.forEach((item, index) => {
      check(item, `${where}[${index}]`);
    });
  };
const isRecordOf =
  (check: Check, name = /^[\w-]+:\w+$/): Check =>
  (value, where) => {
    for (const [key, item] of Object.entries(recordOf(value, where))) {
      if (!name.test(key)) throw wrong(where, key, "service:Operation");
      check(item, `${where}["${key}"]`);
    }
  };
const isObject =
  (members: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, where) => {
    const object = recordOf(value, where);
    const prefix = where === "" ? "" : `${where}.`;
    for (const [key, item] of Object.entries(object)) {
      const check = Object.hasOwn(members, key) ? members[key] : undefined;
      if (!check)
        throw new RangeError(
          `faults: unknown setting ${prefix}${key}; there are ${Object.keys(members).join(", ")}`,
        );
      if (item !== undefined) check(item, `${prefix}${key}`);
    }
    for (const key of required) {
      if (object[key] === undefined) throw new RangeError(`faults: ${prefix}${key} is missing`);
    }
  };

const BUCKET = isObject({ rate: isNumber(0), burst: isNumber(1) }, ["rate", "burst"]);
const RULE = isObject(
  {
    effect: isEffect,
    service: isText,
    operation: isText,
    account: isText,
    region: isText,
    nth: isNumber(1, undefined, true),
    from: isNumber(1, undefined, true),
    count: isNumber(1, undefined, true),
    latencyMs: isNumber(0),
  } satisfies Record<keyof FaultRule, Check>,
  ["effect"],
);
const SETTINGS = isObject({
  throttling: isFlag,
  quotas: isRecordOf(BUCKET),
  errorRate: isNumber(0, 1),
  latencyMs: isNumber(0),
  listLagMs: isNumber(0),
  deniedRegions: isListOf(isText),
  rules: isListOf(RULE),
} satisfies Record<keyof FaultSettings, Check>);

/** Faults as somebody wrote them. Throws RangeError naming the setting that is unknown or out of range. */
export function parseFaults(value: unknown): FaultSettings {
  SETTINGS(value, "");
  return value as FaultSettings;
}

function recordOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(where, value, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function wrong(where: string, value: unknown, wanted: string): RangeError {
  return new RangeError(
    `faults: ${where === "" ? "the settings" : where} must be ${wanted}, not ${JSON.stringify(value)}`,
  );
}
