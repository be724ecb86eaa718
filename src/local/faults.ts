import { AwsError } from "./aws-error.ts";
import { type FaultEffect, type FaultRule, type FaultSettings, parseFaults } from "./fault-settings.ts";
import { type Bucket, type Charge, publishedCharges } from "./quotas.ts";

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
    if (effect === undefined && settings.deniedRegions?.includes(call.region) && !isAlwaysAllowed(call))
      effect = "accessDenied";
    if (effect === undefined && !this.#admit(call)) effect = "throttle";
    const errorRate = settings.errorRate ?? 0;
    if (effect === undefined && errorRate > 0 && this.#random() < errorRate) effect = "error500";
    return { waitMs, effect };
  }

  /**
   * Decides about something that is no call of its own (`iam:PassRole`, `ssm:DeliverCommand`): only rules that name both its service
   * and its operation have a say, and nothing else is counted.
   */
  ruled(call: FaultedCall): Verdict["effect"] {
    const { service, operation } = call;
    const named = this.#settings.rules?.some(
      (rule) => rule.service === service && rule.operation === operation,
    );
    return named ? this.judge(call).effect : undefined;
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

/** No policy can keep anybody from asking who they are. Source: STS API reference, GetCallerIdentity. */
function isAlwaysAllowed({ service, operation }: FaultedCall): boolean {
  return service === "sts" && operation === "GetCallerIdentity";
}

/** The throttle error of each service; all others say ThrottlingException. */
const THROTTLES: Readonly<Record<string, readonly [code: string, status: number, message: string]>> = {
  cloudwatch: ["Throttling", 400, "Rate exceeded"],
  ec2: ["RequestLimitExceeded", 503, "Request limit exceeded."],
  iam: ["Throttling", 400, "Rate exceeded"],
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
