import type { ScopeKey } from "../../model/scope.ts";
import { scopeAddress } from "../../model/scope.ts";
import type { Action, Change, FieldChange, Reason } from "../../plan/plan.ts";
import { isQuietPending, isSettled } from "../apply/quiet-start.ts";
import type { DesiredAlarm } from "../desired/desired-alarm.ts";
import { canonicalDesired } from "../live/desired-index.ts";
import { type CanonicalAlarm, sameAlarm } from "../spec/canonical-alarm.ts";
import { type AlarmState, type LiveAlarm, stateHash } from "../spec/cloudwatch-alarm.ts";
import { formatMark, type Mark, placeHash } from "../spec/mark.ts";
import { type AlarmMergeOptions, mergeAlarm } from "./alarm-merge.ts";
import { conflictReason, keptReason, list, restoredReason } from "./change-reasons.ts";
import type { FieldHasher } from "./field-hasher.ts";

/** What planning one alarm needs to know of where and when. */
export interface ChangeContext {
  readonly scope: ScopeKey;
  readonly configuration: string;
  readonly hasher: FieldHasher;
  readonly now: Date;
}

/** How a live alarm came to be taken for a desired one. */
export interface Claim {
  /** What its mark says; undefined when it has none or lost it. */
  readonly mark: Mark | undefined;
  /** `mark`: ours and the same. `lost`: ours by its tags. `heir`: ours, for something no longer wanted. `adopted`: ours from now on. */
  readonly by: "mark" | "lost" | "heir" | "adopted";
  readonly reset?: AlarmMergeOptions["reset"];
}

/** The change that brings a live alarm to what is desired; undefined when it is so already. */
export function existingChange(
  desired: DesiredAlarm,
  live: LiveAlarm,
  claim: Claim,
  context: ChangeContext,
): Change | undefined {
  const wanted = canonicalDesired(desired);
  if (claim.by === "mark" && claim.reset === undefined && isAsDesired(wanted, live, claim.mark, context))
    return undefined;
  if (live.foreignKind !== undefined || live.state.kind !== wanted.kind)
    return kindConflict(desired, wanted, live, context);

  const pending = isQuietPending(claim.mark, live, context.now);
  const settled = pending && isSettled(claim.mark?.quietSince ?? 0, live.stateValue, context.now);
  const before = pending ? { ...live.state, actionsEnabled: true } : live.state;
  const merge = mergeAlarm(before, wanted, claim.mark?.hashes, {
    policy: desired.policy.merge,
    hasher: context.hasher,
    reset: claim.reset,
    adopting: claim.by === "adopted",
  });
  const settings: CanonicalAlarm =
    pending && !settled ? { ...merge.after, actionsEnabled: false } : merge.after;
  const fields: readonly FieldChange[] = settled ? [...merge.fields, switchedOn] : merge.fields;
  const name = live.state.alarmName;
  const mark = {
    configuration: context.configuration,
    identity: desired.identity,
    placeHash: placeHash(context.scope.account, context.scope.region, name),
    hashes: merge.hashes,
    keepsName: claim.by === "adopted" ? name !== wanted.alarmName : (claim.mark?.keepsName ?? false),
  };
  const quietSince = claim.mark?.quietSince;
  const sameFlags = formatMark({ ...mark, ...(quietSince === undefined ? {} : { quietSince }) });
  const retag = claim.by === "heir" || claim.by === "adopted";
  const rewritten =
    retag ||
    sameFlags !== live.state.mark ||
    !sameAlarm({ ...settings, actionsEnabled: live.state.actionsEnabled }, live.state);
  // A record of a quiet start that is over goes when the mark is written anyway.
  const newMark = !rewritten || (pending && !settled) ? sameFlags : formatMark(mark);
  const after: AlarmState = {
    ...settings,
    mark: newMark,
    ...(live.state.carried === undefined ? {} : { carried: live.state.carried }),
    ...(retag ? { retag: true as const } : {}),
  };
  const { action, reason } = judge({ desired, live, claim, fields, pending, settled, rewritten, after });
  if (action === undefined) return undefined;
  const change = { ...changeOf(desired, name, context), fields: fields.length === 0 ? NO_FIELDS : fields };
  const writes = action === "update" || action === "mark";
  if (writes && live.unknownFields !== undefined)
    return {
      ...change,
      action: "keep",
      reason: unknownFieldReason(live.unknownFields, reason),
      before: live.state,
    };
  return {
    ...change,
    action,
    reason,
    before: live.state,
    ...(writes ? { after, beforeHash: stateHash(live.state) } : {}),
  };
}

/** The address, identity and label of a desired alarm's change. */
export function changeOf(
  desired: Pick<DesiredAlarm, "identity" | "resource">,
  name: string,
  { scope }: Pick<ChangeContext, "scope">,
): Pick<Change, "address" | "scope" | "identity" | "name" | "label"> {
  const { identity, resource } = desired;
  const address = [scopeAddress(scope), identity].join("/");
  return resource === undefined
    ? { address, scope, identity, name }
    : { address, scope, identity, name, label: resource.name };
}

const NO_FIELDS: readonly FieldChange[] = [];

const switchedOn: FieldChange = {
  field: "actionsEnabled",
  live: false,
  desired: true,
  verdict: "update",
  lastAsked: "desired",
};

function isAsDesired(
  wanted: CanonicalAlarm,
  live: LiveAlarm,
  mark: Mark | undefined,
  { hasher }: ChangeContext,
): boolean {
  return (
    mark !== undefined && sameAlarm(wanted, live.state) && mark.hashes.startsWith(hasher.ofAlarm(wanted))
  );
}

interface Judged {
  readonly desired: DesiredAlarm;
  readonly live: LiveAlarm;
  readonly claim: Claim;
  readonly fields: readonly FieldChange[];
  readonly pending: boolean;
  readonly settled: boolean;
  readonly rewritten: boolean;
  readonly after: AlarmState;
}

function judge({ desired, live, claim, fields, pending, settled, rewritten, after }: Judged): {
  readonly action?: Action;
  readonly reason: Reason;
} {
  const has = (verdict: FieldChange["verdict"]) => fields.some((change) => change.verdict === verdict);
  const name = live.state.alarmName;
  if (!rewritten && after.actionsEnabled === live.state.actionsEnabled) {
    if (has("conflict")) return { action: "conflict", reason: conflictReason(fields, name) };
    if (has("keep")) return { action: "keep", reason: keptReason(fields, live.updatedAt) };
    const waits = {
      code: "quiet-start-pending",
      text: "created quietly, not settled yet: its actions are switched on later",
    };
    return pending ? { action: "keep", reason: waits } : { reason: waits };
  }
  const action: Action = sameAlarm(after, live.state) ? "mark" : "update";
  if (has("restore")) return { action, reason: restoredReason(fields, live.updatedAt, claim.by === "lost") };
  switch (claim.by) {
    case "lost":
      return {
        action,
        reason: { code: "mark-lost", text: "rewritten by hand (mark lost): the mark will be restored" },
      };
    case "heir": {
      const was = claim.mark?.identity ?? "another alarm";
      return {
        action,
        reason: { code: "replaced", text: `takes the place of ${was}, which is no longer wanted` },
      };
    }
    case "adopted":
      return { action, reason: { code: "adopted", text: `becomes part of ${desired.identity}` } };
    case "mark":
      break;
  }
  if (claim.reset !== undefined && has("update"))
    return {
      action,
      reason: { code: "reset", text: `${list(updated(fields))} reset to the configuration's` },
    };
  if (settled && fields.every((change) => change === switchedOn || change.verdict !== "update"))
    return {
      action,
      reason: { code: "quiet-start-settled", text: "created quietly and settled: actions are switched on" },
    };
  if (has("update"))
    return { action, reason: { code: "configuration-changed", text: "the configuration changed" } };
  return {
    action,
    reason: {
      code: "mark-outdated",
      text: "already as the configuration asks: only the mark is brought up to date",
    },
  };
}

function updated(fields: readonly FieldChange[]): string[] {
  return fields.filter((change) => change.verdict === "update").map((change) => change.field);
}

function kindConflict(
  desired: DesiredAlarm,
  wanted: CanonicalAlarm,
  live: LiveAlarm,
  context: ChangeContext,
): Change {
  const is = live.foreignKind ?? `${live.state.kind} alarm`;
  return {
    ...changeOf(desired, live.state.alarmName, context),
    action: "conflict",
    reason: {
      code: "kind-differs",
      text: `is a ${is}, and CloudWatch can't turn it into a ${wanted.kind} alarm: give the new one another name`,
    },
    fields: NO_FIELDS,
    before: live.state,
  };
}

function unknownFieldReason(unknown: readonly string[], would: Reason): Reason {
  return {
    code: "unknown-field",
    text: `has ${list(unknown)}, which this version doesn't know and would lose: kept as it is (${would.text}); upgrade watchkeeper`,
  };
}
