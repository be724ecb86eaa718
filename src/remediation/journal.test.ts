import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runbook, step } from "../../test/support/repair-world.ts";
import type { RemediationRun, StepOutcome } from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import { dueOf, takenUp, withActing, withEnd, withStep, withTime, withTurn } from "./journal.ts";

const T = Date.parse("2026-11-20T10:00:00Z");

const runOf = (more: Partial<Runbook> = {}): RemediationRun => ({
  id: "r",
  configuration: "web",
  runbook: runbook(more),
  dryRun: false,
  account: "111122223333",
  region: "eu-central-1",
  instance: { id: "i-1", name: "a", platform: "linux", tags: {} },
  trigger: { kind: "manual", by: "x", at: T },
  createdAt: T,
  guards: [],
  evidence: [],
  steps: [],
  notes: [],
  wakeAt: T,
});

const outcome = (status: StepOutcome["status"]): StepOutcome => ({
  status,
  reason: { code: status, text: status },
});

/** Plays a run whose steps end as they are told, one after the other. */
function played(run: RemediationRun, endings: readonly StepOutcome["status"][]): RemediationRun {
  let now = T;
  let current = run;
  for (let turn = 0; turn < 1000; turn += 1) {
    const due = dueOf(current);
    now += 1000;
    if (due.due === "end") return withEnd(current, due.verdict, due.reason, now);
    if (due.due === "begin") {
      now = Math.max(now, due.at);
      current = withStep(current, due.work, now);
      continue;
    }
    const status = endings[(current.steps.length - 1) % endings.length] ?? "ok";
    const memo = { did: status === "ok" && due.record.rung >= 0 };
    current = withTurn(current, { turn: "end", outcome: outcome(status), memo }, now);
  }
  throw new Error("it never ends");
}

const LADDER = [
  {
    name: "a",
    steps: [
      step({ do: "restartService", service: "x" }, { attempts: 2 }),
      step({ do: "waitFor", until: "ssm" }),
    ],
  },
  { name: "empty", steps: [] },
  {
    name: "b",
    steps: [step({ do: "reboot" }), step({ do: "runCommand", commands: ["x"] }, { attempts: 3 })],
  },
  { name: "c", steps: [step({ do: "stopStart" })] },
];

describe("the journal", () => {
  it("goes through evidence, steps and checks in order", () => {
    const { steps, verdict } = played(runOf({ ladder: LADDER }), [
      "ok",
      "ok",
      "ok",
      "failed",
      "ok",
      "ok",
      "ok",
    ]);
    expect(steps.map(({ kind, rung, step: place }) => `${kind} ${rung}.${place}`)).toEqual([
      "evidence -1.0",
      "restartService 0.0",
      "waitFor 0.1",
      "checks -1.0",
      "reboot 2.0",
      "runCommand 2.1",
      "checks -1.2",
    ]);
    expect(verdict).toBe("fixed");
  });

  it("tries as often as a step says, leaves a rung that failed, and does nothing on top of what nobody saw", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("ok", "failed", "unknown", "skipped" as const), {
          minLength: 1,
          maxLength: 20,
        }),
        (endings) => {
          const { steps, verdict, notes } = played(
            runOf({ ladder: LADDER }),
            endings as StepOutcome["status"][],
          );
          const ladder = steps.filter(({ rung }) => rung >= 0);
          for (const [index, record] of ladder.entries()) {
            const { attempts } = LADDER[record.rung]!.steps[record.step]!;
            expect(record.attempt).toBeLessThanOrEqual(attempts);
            const next = ladder[index + 1];
            if (!next) continue;
            if (record.outcome?.status === "unknown") throw new Error("something followed what nobody saw");
            const isRetry = next.rung === record.rung && next.step === record.step;
            expect(isRetry).toBe(record.outcome?.status === "failed" && record.attempt < attempts);
            if (next.rung > record.rung) {
              const between = steps.filter(
                ({ kind, step: rung }) => kind === "checks" && rung === record.rung,
              );
              expect(between.map((one) => one.outcome?.status)).toHaveLength(1);
              expect(between[0]?.outcome?.status).not.toBe("ok");
            }
          }
          expect(verdict).toBeDefined();
          expect(notes.at(-1)?.code).toBe(verdict);
          expect(steps.every(({ phase }) => phase === "ended")).toBe(true);
        },
      ),
    );
  });

  it("counts the time that somebody looked, not jumps of a clock", () => {
    const begun = withStep(runOf(), (dueOf(runOf()) as { work: Parameters<typeof withStep>[1] }).work, T);
    const spent = (...times: number[]) =>
      times.reduce((run, time) => withTime(run, T + time), begun).steps[0]?.spent;
    expect(spent(5_000, 12_000)).toBe(12_000);
    expect(spent(5_000, 3_605_000, 3_606_000)).toBe(96_000);
    expect(spent(5_000, -3_595_000, -3_590_000)).toBe(10_000);
  });

  it("knows a run that lay idle until it has been looked at again", () => {
    const run = takenUp({ ...runOf(), wakeAt: T }, T + 601_000);
    expect(run.stale).toBe(true);
    expect(takenUp(runOf(), T + 599_000).stale).toBeUndefined();
    const work = (dueOf(run) as { work: Parameters<typeof withStep>[1] }).work;
    expect(withStep(run, work, T).stale).toBe(true);
    expect(withStep(run, { ...work, kind: "recheck" }, T).stale).toBeUndefined();
  });

  it("keeps what asking gave", () => {
    const work = (dueOf(runOf()) as { work: Parameters<typeof withStep>[1] }).work;
    const intended = withTurn(withStep(runOf(), work, T), { turn: "intend", memo: { effect: "x" } }, T);
    const reason = { code: "AccessDenied", text: "no" };
    const asked = (acting: Parameters<typeof withActing>[1]) => withActing(intended, acting, T).steps[0];
    expect(intended.steps[0]?.phase).toBe("intended");
    expect(asked({ kind: "done", memo: { id: 7 } })).toMatchObject({
      phase: "acted",
      memo: { effect: "x", id: 7 },
    });
    expect(asked({ kind: "refused", reason })).toMatchObject({ phase: "begun", memo: { refused: reason } });
    expect(asked({ kind: "lost", reason })).toMatchObject({ phase: "intended", memo: { lost: reason } });
    expect(asked({ kind: "untried", error: 0 })).toMatchObject({ phase: "begun" });
  });
});
