import type { MergePolicy } from "../model/alarm-policy.ts";
import type { FieldChange, FieldVerdict } from "./plan.ts";

/**
 * How people's changes to a field are treated. `tunable`: kept. `actions`: a list of targets, of which added ones are kept and
 * removed ones restored. `fixed`: restored.
 */
export type FieldRule = "tunable" | "actions" | "fixed";

/** One field in its three versions, canonical. What was last asked for is known by its hash only; absent when unknown. */
export interface FieldVersions {
  readonly field: string;
  readonly rule: FieldRule;
  readonly live: unknown;
  readonly desired: unknown;
  readonly askedHash?: string | undefined;
}

export interface MergeOptions {
  readonly policy: MergePolicy;
  readonly equal: (a: unknown, b: unknown) => boolean;
  readonly hash: (value: unknown) => string;
  /** Longest list that an `actions` field may hold. */
  readonly maxActions: number;
}

/** What a field becomes, the hash that is recorded as last asked for, and what to tell; no `change` when nothing differs. */
export interface FieldMerge {
  readonly value: unknown;
  readonly askedHash: string;
  readonly change?: FieldChange;
}

/**
 * The three-way merge of one field.
 *
 * | case | result |
 * |---|---|
 * | live = desired = asked | unchanged |
 * | live = desired, asked differs | `mark`: only the record of what was asked for is brought up to date |
 * | live = asked, desired differs | `update`: the configuration changed |
 * | desired = asked, live differs | tuned by hand: `keep` for tunable fields and added actions; else `restore`, or `keep` with policy `keep-silenced` |
 * | all differ | `conflict`: live stays and so does the record; policy `config` takes desired |
 * | asked unknown, live differs | as if desired had been asked for |
 *
 * Updated and kept fields record desired, conflicts what they had: so an unrelated change of the configuration never alters a tuned field.
 */
export function mergeField(versions: FieldVersions, options: MergeOptions): FieldMerge {
  const { live, desired, askedHash } = versions;
  const desiredHash = options.hash(desired);
  if (options.equal(live, desired)) {
    if (askedHash === desiredHash) return { value: live, askedHash: desiredHash };
    return result(versions, "mark", askedHash === undefined ? "unknown" : "other", live, desiredHash);
  }
  if (askedHash === undefined) return merged(versions, options, "unknown", desiredHash);
  if (askedHash === desiredHash) return merged(versions, options, "desired", desiredHash);
  if (askedHash === options.hash(live)) return result(versions, "update", "live", desired, desiredHash);
  return options.policy === "config"
    ? result(versions, "update", "other", desired, desiredHash)
    : result(versions, "conflict", "other", live, askedHash);
}

/** A field that people changed while the configuration stayed the same. */
function merged(
  versions: FieldVersions,
  options: MergeOptions,
  lastAsked: FieldChange["lastAsked"],
  desiredHash: string,
): FieldMerge {
  const { rule, live, desired } = versions;
  if (rule === "tunable" || options.policy === "keep-silenced")
    return result(versions, "keep", lastAsked, live, desiredHash);
  if (rule === "fixed") return result(versions, "restore", lastAsked, desired, desiredHash);
  const liveActions = asList(live);
  const desiredActions = asList(desired);
  if (desiredActions.every((action) => liveActions.includes(action)))
    return result(versions, "keep", lastAsked, live, desiredHash);
  const added = liveActions.filter((action) => !desiredActions.includes(action));
  const restored = [...desiredActions, ...added]
    .slice(0, Math.max(options.maxActions, desiredActions.length))
    .sort();
  return result(versions, "restore", lastAsked, restored, desiredHash);
}

function asList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function result(
  versions: FieldVersions,
  verdict: FieldVerdict,
  lastAsked: FieldChange["lastAsked"],
  value: unknown,
  askedHash: string,
): FieldMerge {
  const { field, live, desired } = versions;
  return {
    value,
    askedHash,
    change: {
      field,
      ...(live === undefined ? {} : { live }),
      ...(desired === undefined ? {} : { desired }),
      verdict,
      lastAsked,
    },
  };
}
