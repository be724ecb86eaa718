// The journal's rules: what of a run is due, and what each turn makes of it. Pure; `advance.ts` carries it out.
import type {
  RemediationRun,
  RunNote,
  RunReason,
  RunVerdict,
  StepOutcome,
  StepRecord,
} from "../model/remediation-run.ts";
import type { StepAction, StepLimits } from "../model/runbook.ts";
import { noteText } from "./note-text.ts";
import type { Acting, Memo, StepTurn } from "./step-kind.ts";
import { hadEffect, verdictOf } from "./verdict.ts";

/** Steps that belong to the run, not to its ladder. */
export type OwnStepName = "evidence" | "checks" | "recheck" | "markUnhealthy";

/** A step that is to be done. */
export interface Work {
  readonly rung: number;
  readonly step: number;
  readonly kind: OwnStepName | StepAction["do"];
  readonly action: StepAction | undefined;
  readonly limits: StepLimits;
  readonly attempt: number;
  readonly memo?: Memo;
}

/** What of a run is due: the try that is under way, the next one, not before a time, or its end. */
export type Due =
  | { readonly due: "go-on"; readonly work: Work; readonly record: StepRecord }
  | { readonly due: "begin"; readonly work: Work; readonly at: number }
  | { readonly due: "end"; readonly verdict: RunVerdict; readonly reason: RunReason };

/** How long an Auto Scaling group may take to replace what was marked unhealthy, seconds. */
const REPLACING = 900;
/** How long AWS is left alone after a call whose answer was lost, ms. */
const AFTER_LOSS = 5_000;
/** Longer than this between two looks means that nobody was there, or that the clock jumped; ms. */
const LONGEST_LOOK = 90_000;

/** What is due now. A rung whose step failed for good is left; the checks decide whether the next one is needed. */
export function dueOf(run: RemediationRun): Due {
  const { runbook } = run;
  const open = run.steps.at(-1);
  if (open && open.phase !== "ended") return { due: "go-on", work: workOf(run, open), record: open };
  // A look in between changes nothing about what comes next.
  const last = run.steps.findLast(({ kind }) => kind !== "recheck");
  if (open?.kind === "recheck" && open.outcome && open.outcome.status !== "failed")
    return endOf(run, open.outcome);
  if (!last) return begin(ownWork(run, "evidence", 0), run.createdAt);
  const endedAt = last.endedAt ?? last.startedAt;
  const outcome = last.outcome as StepOutcome;
  switch (last.kind as Work["kind"]) {
    case "evidence":
      if (isReplaced(run)) return begin(ownWork(run, "markUnhealthy", 0), endedAt);
      return ladderFrom(run, 0, endedAt) ?? endOf(run, { status: "failed", reason: EMPTY });
    case "markUnhealthy":
      return { due: "end", verdict: "not-fixed", reason: outcome.reason };
    case "checks": {
      // More is only done to what is seen to be ill.
      const stop = outcome.status !== "failed" || isUnseen(run, last.step);
      const next = stop ? undefined : ladderFrom(run, last.step + 1, endedAt);
      return next ?? endOf(run, outcome);
    }
    default: {
      const { attempts, retrySeconds } = limitsOf(run, last);
      if (outcome.status === "failed" && last.attempt < attempts)
        return begin(
          ladderWork(run, last.rung, last.step, last.attempt + 1) as Work,
          endedAt + retrySeconds * 1000,
        );
      const goesOn = outcome.status === "ok" || outcome.status === "skipped";
      const next = goesOn ? ladderWork(run, last.rung, last.step + 1, 1) : undefined;
      if (next) return begin(next, endedAt);
      // What failed and did nothing needs no time to settle: one look tells whether the trouble has gone by itself.
      const once = !goesOn && !run.steps.some((record) => record.rung === last.rung && hadEffect(record));
      const checks = ownWork(run, "checks", last.rung);
      return begin({ ...checks, memo: { once } }, endedAt);
    }
  }
  function begin(work: Work, at: number): Due {
    return { due: "begin", work, at };
  }
  function ladderFrom(of: RemediationRun, rung: number, at: number): Due | undefined {
    const index = runbook.ladder.findIndex(({ steps }, place) => place >= rung && steps.length > 0);
    const work = index < 0 ? undefined : ladderWork(of, index, 0, 1);
    return work && begin(work, at);
  }
}

/** Whether the Auto Scaling group is to replace the instance, so that the ladder isn't climbed. */
export function isReplaced({ runbook, instance }: RemediationRun): boolean {
  return instance.autoScalingGroup !== undefined && runbook.guards.autoScaling === "markUnhealthy";
}

/** A look whether the trouble is still there, before anything is done after a time when nobody looked after the run. */
export function recheckOf(run: RemediationRun, before: Work): Work {
  return { ...ownWork(run, "recheck", Math.max(0, before.rung)), memo: { once: true } };
}

/** The run with a new try. */
export function withStep(run: RemediationRun, work: Work, now: number): RemediationRun {
  const { rung, step, kind, attempt, memo = {} } = work;
  const record: StepRecord = {
    rung,
    step,
    kind,
    attempt,
    phase: "begun",
    startedAt: now,
    seenAt: now,
    spent: 0,
    memo,
  };
  const { stale, ...rest } = run;
  return {
    ...rest,
    steps: [...run.steps, record],
    wakeAt: now,
    ...(stale && kind !== "recheck" ? { stale } : {}),
  };
}

/** The run as somebody takes it up again, on time or long after. */
export function takenUp(run: RemediationRun, now: number): RemediationRun {
  const late = now - (run.wakeAt ?? run.createdAt) > run.runbook.guards.freshSeconds * 1000;
  return late ? { ...withTime(run, now), stale: true } : withTime(run, now);
}

/** The run with so much more of its time spent on the try under way. */
export function withTime(run: RemediationRun, now: number): RemediationRun {
  return onOpen(run, (record) => {
    const passed = Math.min(Math.max(0, now - record.seenAt), LONGEST_LOOK);
    return { ...record, seenAt: now, spent: record.spent + passed };
  });
}

/** What a turn of the try under way makes of the run. */
export function withTurn(run: RemediationRun, turn: StepTurn, now: number): RemediationRun {
  const remembered = onOpen(run, (record) => ({ ...record, memo: { ...record.memo, ...turn.memo } }));
  switch (turn.turn) {
    case "intend":
      return onOpen({ ...remembered, wakeAt: now }, (record) => ({ ...record, phase: "intended" }));
    case "seen":
      return onOpen({ ...remembered, wakeAt: now }, (record) => ({ ...record, phase: "acted" }));
    case "wait":
      return { ...remembered, wakeAt: now + turn.seconds * 1000 };
    case "end": {
      const record = run.steps.at(-1) as StepRecord;
      const ended = onOpen(remembered, (one) => ({
        ...one,
        phase: "ended",
        endedAt: now,
        outcome: turn.outcome,
      }));
      return {
        ...ended,
        wakeAt: now,
        evidence: [...run.evidence, ...(turn.evidence ?? [])],
        notes: [...run.notes, ...notesOf(record, workOf(run, record).action, turn, now)],
      };
    }
  }
}

/** What asking for an effect makes of the run. */
export function withActing(run: RemediationRun, acting: Acting, now: number): RemediationRun {
  const wakeAt = acting.kind === "lost" ? now + AFTER_LOSS : now;
  return onOpen({ ...run, wakeAt }, (record) => {
    const { refused: _, ...memo } = record.memo;
    switch (acting.kind) {
      case "done":
        return { ...record, phase: "acted", memo: { ...memo, ...acting.memo } };
      case "refused":
        return { ...record, phase: "begun", memo: { ...memo, refused: acting.reason } };
      case "untried":
        return { ...record, phase: "begun", memo };
      case "lost":
        return { ...record, memo: { ...memo, lost: acting.reason } };
    }
  });
}

/** The run's end. A try that was under way ends with it: what it intended may have happened. */
export function withEnd(
  run: RemediationRun,
  verdict: RunVerdict,
  reason: RunReason,
  now: number,
): RemediationRun {
  const closed = onOpen(run, (record) => {
    const status = reason.code === "replaced" ? "ok" : record.phase === "begun" ? "skipped" : "unknown";
    return { ...record, phase: "ended", endedAt: now, outcome: { status, reason } };
  });
  const { wakeAt: _, ...rest } = closed;
  const note: RunNote = { at: now, code: verdict, text: `${HEADLINES[verdict]}: ${reason.text}` };
  return { ...rest, endedAt: now, verdict, reason, notes: [...run.notes, note] };
}

/** How verdicts begin where people read them. */
export const HEADLINES: Readonly<Record<RunVerdict, string>> = {
  fixed: "fixed",
  "rebooted-not-fixed": "rebooted, but not fixed",
  "never-rebooted": "never rebooted",
  "not-fixed": "not fixed",
  unknown: "unknown",
  refused: "refused",
  recovered: "recovered by itself",
  cancelled: "cancelled",
  gone: "gone",
};

const EMPTY: RunReason = { code: "no-steps", text: "the runbook has no steps" };

/** Steps that people are told of when they went well; of failures they are always told. */
const TOLD: ReadonlySet<string> = new Set<Work["kind"]>([
  "restartService",
  "runCommand",
  "reboot",
  "stopStart",
  "startInstance",
  "markUnhealthy",
  "evidence",
]);

function notesOf(
  { kind, rung }: StepRecord,
  action: StepAction | undefined,
  { outcome, note }: Extract<StepTurn, { readonly turn: "end" }>,
  at: number,
): readonly RunNote[] {
  if (note !== undefined) return [{ at, code: kind, text: note }];
  const worthIt = outcome.status === "ok" ? TOLD.has(kind) : outcome.status !== "skipped" && rung >= 0;
  return worthIt ? [{ at, code: kind, text: noteText(kind, action, outcome) }] : [];
}

function endOf(run: RemediationRun, outcome: StepOutcome): Due {
  return { due: "end", ...verdictOf(run.steps, outcome) };
}

/** Whether a step of a rung ended unseen: nothing may follow it, since that would be a second effect on top of one that nobody knows. */
function isUnseen({ steps }: RemediationRun, rung: number): boolean {
  return steps.some((record) => record.rung === rung && record.outcome?.status === "unknown");
}

function workOf(run: RemediationRun, { rung, step, kind, attempt }: StepRecord): Work {
  const work = rung < 0 ? ownWork(run, kind as OwnStepName, step) : ladderWork(run, rung, step, attempt);
  return { ...(work as Work), attempt };
}

function limitsOf(run: RemediationRun, record: StepRecord): StepLimits {
  return workOf(run, record).limits;
}

function ladderWork(
  { runbook }: RemediationRun,
  rung: number,
  step: number,
  attempt: number,
): Work | undefined {
  const found = runbook.ladder[rung]?.steps[step];
  if (!found) return undefined;
  const { action, timeoutSeconds, attempts, retrySeconds } = found;
  return {
    rung,
    step,
    kind: action.do,
    action,
    limits: { timeoutSeconds, attempts, retrySeconds },
    attempt,
  };
}

function ownWork({ runbook }: RemediationRun, kind: OwnStepName, step: number): Work {
  const timeoutSeconds = {
    evidence: runbook.evidence.timeoutSeconds,
    checks: runbook.settleSeconds,
    recheck: 0,
    markUnhealthy: REPLACING,
  }[kind];
  return {
    rung: -1,
    step,
    kind,
    action: undefined,
    limits: { timeoutSeconds, attempts: 1, retrySeconds: 0 },
    attempt: 1,
  };
}

function onOpen(run: RemediationRun, change: (record: StepRecord) => StepRecord): RemediationRun {
  const record = run.steps.at(-1);
  if (!record || record.phase === "ended") return run;
  return { ...run, steps: [...run.steps.slice(0, -1), change(record)] };
}
