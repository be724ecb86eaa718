import type { Bucket } from "./quotas.ts";

const FAULT_EFFECTS = [
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
