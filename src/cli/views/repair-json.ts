import type { ExplainedRepair } from "../../app/remediation/explain-repair.ts";
import type { GuardVerdict, RemediationRun, RepairRequest } from "../../model/remediation-run.ts";
import type { Decision } from "../../remediation/decide.ts";

/** A run as `--json` gives it in lists; with everything when it alone is asked for. */
export function runJson(run: RemediationRun, whole = false) {
  const { id, runbook, account, region, instance, trigger, verdict, reason, createdAt, endedAt, dryRun } =
    run;
  return {
    id,
    runbook: runbook.name,
    account,
    region,
    instance: { id: instance.id, name: instance.name },
    trigger:
      trigger.kind === "alarm"
        ? { kind: trigger.kind, alarm: trigger.alarmName, changedAt: iso(trigger.changedAt) }
        : { kind: trigger.kind, by: trigger.by },
    dryRun,
    begunAt: iso(createdAt),
    endedAt: endedAt === undefined ? null : iso(endedAt),
    verdict: verdict ?? null,
    reason: reason ?? null,
    ...(whole
      ? {
          guards: run.guards.map(guardJson),
          steps: run.steps.map((step) => ({
            kind: step.kind,
            attempt: step.attempt,
            phase: step.phase,
            startedAt: iso(step.startedAt),
            endedAt: step.endedAt === undefined ? null : iso(step.endedAt),
            outcome: step.outcome ?? null,
          })),
          notes: run.notes.map(({ at, code, text }) => ({ at: iso(at), code, text })),
          evidence: run.evidence.map(({ title, at, text }) => ({ title, at: iso(at), text })),
        }
      : {}),
  };
}

/** An alarm that waits for a decision. */
export function requestJson({
  trigger,
  account,
  region,
  instance,
  runbooks,
  receivedAt,
  waitsFor,
}: RepairRequest) {
  return {
    alarm: trigger.alarmName,
    account,
    region,
    instance,
    runbooks,
    receivedAt: iso(receivedAt),
    waitsFor: waitsFor ?? null,
  };
}

/** What was decided, or would be. */
export function decisionJson({ course, runbook, facts, guards }: Decision) {
  return {
    runbook: runbook.name,
    instance: { id: facts.id, name: facts.name, state: facts.state },
    act: course.act,
    reason: course.act === "wait" || course.act === "end" ? course.refusal.reason : null,
    until: course.act === "wait" ? iso(course.until) : null,
    guards: guards.map(guardJson),
  };
}

/** What would be done about an event. */
export function explainedJson({ event, reason, decision }: ExplainedRepair) {
  return { event, reason: reason ?? null, decision: decision === undefined ? null : decisionJson(decision) };
}

function guardJson({ guard, verdict, reason, again }: GuardVerdict) {
  return { guard, verdict, reason, again: again === undefined ? null : iso(again) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
