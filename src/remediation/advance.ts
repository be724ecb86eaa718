import type { AwsSession } from "../aws/session.ts";
import type { CheckResult, CheckSpec } from "../model/check.ts";
import type { RemediationRun, RunReason, StepRecord } from "../model/remediation-run.ts";
import { acquireLease, releaseLeases } from "../state/leases.ts";
import type { Store } from "../state/store.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import {
  type Due,
  dueOf,
  recheckOf,
  takenUp,
  type Work,
  withActing,
  withEnd,
  withStep,
  withTime,
  withTurn,
} from "./journal.ts";
import { type InstanceLook, lookAtInstance } from "./look-at-instance.ts";
import { OUR_FAILURES } from "./our-failures.ts";
import { RunFile } from "./run-file.ts";
import type { Acting, RepairPorts, StepInput, StepTurn } from "./step-kind.ts";
import { stepKind } from "./steps/registry.ts";
import { hadEffect } from "./verdict.ts";

/** What advancing runs needs. */
export interface RepairDeps {
  readonly store: Store;
  readonly context: Context;
  /** Unique to the process, as leases know it. */
  readonly owner: string;
  /** Whether an owner is known to be gone, so that its runs are taken up at once: a dead process on this host. */
  readonly isGone?: (owner: string) => boolean;
  /**
   * How long an instance stays ours unless renewed, ms. Longer than a call to AWS can take, throttling included, since nobody else may
   * ask for the same effect meanwhile; a process that can't live as long may say so. Default 15 min.
   */
  readonly leaseLasts?: number;
  readonly session: (account: string, region: string) => AwsSession | Promise<AwsSession>;
  readonly check: (spec: CheckSpec) => Promise<CheckResult>;
}

/** Where a run stands. `wakeAt`: when to come back, ms; absent once it ended. `busy`: another process is at work on the instance. */
export interface Advanced {
  readonly run: RemediationRun;
  readonly wakeAt?: number;
  readonly busy?: boolean;
}

const LEASE = 15 * 60_000;
/** A lease that is older is renewed before an effect is asked for. */
const RENEWED_AFTER = 60_000;
/** No wait is longer: one that seems to be comes from a clock that jumped back; ms. */
const LONGEST_WAIT = 60_000;
/** When to look again after a look that failed, and while another process is at work. */
const AFTER_TROUBLE = 15_000;
/** Looks may fail for so long beyond a step's own time, ms. */
const PATIENCE = 300_000;
/** Turns of one call: far more than any run takes without waiting. */
const MOST_TURNS = 200;

/**
 * Takes a run as far as it goes without waiting. Each turn is stored before and after its effect, on the condition that nobody else
 * has stored one: killed at any point, it goes on where it was. Throws what whoever runs this must see to: credentials, the store.
 * Undefined: there is no such run.
 */
export async function advance(key: string, deps: RepairDeps): Promise<Advanced | undefined> {
  const { store, context, owner } = deps;
  const file = await RunFile.read(store, key);
  if (!file) return undefined;
  const now = nowOf(context);
  if (file.run.endedAt !== undefined || isEarly(file.run, now)) return standing(file.run);
  const lease = new InstanceLease(deps, file.run);
  if (!(await lease.take())) return { run: file.run, wakeAt: now + AFTER_TROUBLE, busy: true };
  try {
    return await goOn(file, lease, deps);
  } finally {
    await releaseLeases(store, owner, [lease.name]).catch((error: unknown) =>
      context.log.warn("a lease could not be given back; it ends by itself", { lease: lease.name, error }),
    );
  }
}

async function goOn(file: RunFile, lease: InstanceLease, deps: RepairDeps): Promise<Advanced> {
  const { context } = deps;
  const { account, region } = file.run;
  const session = await deps.session(account, region);
  const ports: RepairPorts = { session, context, check: deps.check };
  // Another process may have had the lease while we waited for it.
  if (!(await file.save((run) => takenUp(run, nowOf(context))))) return elsewhere(file, deps);
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const now = nowOf(context);
    const { run } = file;
    const due = dueOf(run);
    if (run.cancel && due.due !== "end" && !mustFinish(due)) {
      await file.save((one) => withEnd(one, "cancelled", cancelledBy(one), now));
      return standing(file.run);
    }
    if (due.due === "end") {
      if (!(await file.save((one) => withEnd(one, due.verdict, due.reason, now))))
        return elsewhere(file, deps);
      return standing(file.run);
    }
    if (due.due === "begin") {
      // A clock that jumped back would let a retry wait for as long as it jumped.
      const wait = Math.min(due.at - now, LONGEST_WAIT);
      if (wait > 0 && due.at - now <= retryOf(due)) {
        if (!(await file.save((one) => ({ ...one, wakeAt: now + wait })))) return elsewhere(file, deps);
        return standing(file.run);
      }
      const work = run.stale && due.work.rung >= 0 ? recheckOf(run, due.work) : due.work;
      if (!(await file.save((one) => withStep(one, work, now)))) return elsewhere(file, deps);
      continue;
    }
    const done = await stepOn(file, due, ports, lease);
    if (done === "elsewhere") return elsewhere(file, deps);
    if (done === "wait" || file.run.endedAt !== undefined) return standing(file.run);
  }
  throw new Error(`run ${file.key} doesn't come to rest`);
}

/** One turn of the try under way: looks, stores what is next and, where that is an effect, asks for it and stores the answer. */
async function stepOn(
  file: RunFile,
  due: Extract<Due, { readonly due: "go-on" }>,
  ports: RepairPorts,
  lease: InstanceLease,
): Promise<"next" | "wait" | "elsewhere"> {
  const { context, session } = ports;
  const { work } = due;
  const kind = stepKind(work.kind);
  let instance: InstanceLook | undefined;
  let turn: StepTurn;
  try {
    instance = await lookAtInstance(session, file.run.instance.id);
    if (!instance) {
      const reason = goneReason(file.run);
      return (await file.save((one) => withEnd(one, "gone", reason, nowOf(context)))) ? "next" : "elsewhere";
    }
    turn = await kind.advance(inputOf(file.run, due, instance, ports));
  } catch (error) {
    turn = turnAfter(error, due);
  }
  const before = nowOf(context);
  if (!(await file.save((one) => withTurn(withTime(one, before), turn, before)))) return "elsewhere";
  if (turn.turn === "wait") return "wait";
  // Somebody who cancelled it just now gets in before the effect.
  if (turn.turn !== "intend" || !instance) return "next";
  if (file.run.cancel && !mustFinish(due)) {
    const untried: Acting = { kind: "untried", error: undefined };
    return (await file.save((one) => withActing(one, untried, before))) ? "next" : "elsewhere";
  }
  if (!(await lease.renew())) return "elsewhere";
  const intended = dueOf(file.run);
  if (intended.due !== "go-on" || !kind.act) throw new Error(`${work.kind} intends what it can't do`);
  const acting = await kind.act(inputOf(file.run, intended, instance, ports));
  const after = nowOf(context);
  if (!(await file.save((one) => withActing(withTime(one, after), acting, after)))) return "elsewhere";
  if (acting.kind === "untried") throw acting.error;
  return acting.kind === "lost" ? "wait" : "next";
}

/** What a look that failed makes of a try. */
function turnAfter(error: unknown, { record, work }: Extract<Due, { readonly due: "go-on" }>): StepTurn {
  // Trying again wouldn't help: people are told rather than the run kept for ever.
  if (error instanceof TypeError || error instanceof RangeError)
    return endedBy({ code: "internal", text: `Watchkeeper failed: ${error.message}` }, record, work);
  if (!isWatchkeeperError(error) || OUR_FAILURES.has(error.code)) throw error;
  const over = record.spent > work.limits.timeoutSeconds * 1000 + PATIENCE;
  if (error.retryable && !over) return { turn: "wait", seconds: AFTER_TROUBLE / 1000 };
  return endedBy({ code: error.code, text: error.message }, record, work);
}

/** Checks that can't be asked say nothing about the instance; nor does a step that may have had its effect. */
function endedBy(reason: RunReason, record: StepRecord, { kind }: Work): StepTurn {
  const unseen = kind === "checks" || kind === "recheck" || record.phase !== "begun" || hadEffect(record);
  return { turn: "end", outcome: { status: unseen ? "unknown" : "failed", reason } };
}

function inputOf(
  run: RemediationRun,
  { work, record }: Extract<Due, { readonly due: "go-on" }>,
  instance: InstanceLook,
  ports: RepairPorts,
): StepInput {
  const { action, limits } = work;
  return { action, limits, run, record, now: nowOf(ports.context), instance, ports };
}

/** The only one to repair an instance. */
class InstanceLease {
  readonly name: string;
  readonly #deps: RepairDeps;
  #taken = 0;

  constructor(deps: RepairDeps, { account, region, instance }: RemediationRun) {
    this.name = `remediate/${account}/${region}/${instance.id}`;
    this.#deps = deps;
  }

  take(): Promise<boolean> {
    const { store, owner, isGone, context, leaseLasts = LEASE } = this.#deps;
    this.#taken = nowOf(context);
    const request = { name: this.name, owner, now: this.#taken, lasts: leaseLasts };
    return acquireLease(store, isGone ? { ...request, isGone } : request);
  }

  async renew(): Promise<boolean> {
    const age = Math.abs(nowOf(this.#deps.context) - this.#taken);
    return age < RENEWED_AFTER || this.take();
  }
}

/** Whether it is too early to look. Further away than any wait lasts means that our clock jumped back. */
function isEarly({ wakeAt, cancel }: RemediationRun, now: number): boolean {
  return !cancel && wakeAt !== undefined && wakeAt > now && wakeAt <= now + LONGEST_WAIT;
}

/** Whether stopping now would leave the instance worse than either before or after: stopped, and not started again. */
function mustFinish(due: Due): boolean {
  return due.due === "go-on" && (stepKind(due.work.kind).mustFinish?.(due.record) ?? false);
}

function retryOf({ work }: Extract<Due, { readonly due: "begin" }>): number {
  return work.limits.retrySeconds * 1000;
}

function standing(run: RemediationRun): Advanced {
  return run.wakeAt === undefined || run.endedAt !== undefined ? { run } : { run, wakeAt: run.wakeAt };
}

/** Somebody else has stored a turn: where the run stands is theirs to say. */
async function elsewhere(file: RunFile, { store, context }: RepairDeps): Promise<Advanced> {
  const run = (await store.get("runs", file.key))?.value ?? file.run;
  if (run.endedAt !== undefined) return { run };
  return { run, wakeAt: nowOf(context) + AFTER_TROUBLE, busy: true };
}

function cancelledBy(run: RemediationRun): RunReason {
  const open = run.steps.at(-1);
  const began = run.steps.filter((record) => record.rung >= 0 && hadEffect(record)).map(({ kind }) => kind);
  const uncertain = open && open.phase === "intended" && open.rung >= 0 ? [`perhaps ${open.kind}`] : [];
  const done = [...new Set([...began, ...uncertain])];
  const what = done.length === 0 ? "nothing was done" : `done by then: ${done.join(", ")}`;
  return { code: "cancelled", text: `by ${run.cancel?.by ?? "somebody"}; ${what}` };
}

function goneReason({ steps, instance }: RemediationRun): RunReason {
  const replaced = steps.some(({ kind, phase }) => kind === "markUnhealthy" && phase !== "begun");
  return replaced
    ? { code: "replaced", text: `its Auto Scaling group ${instance.autoScalingGroup} replaces it` }
    : { code: "terminated", text: "the instance was terminated meanwhile" };
}

function nowOf({ clock }: Context): number {
  return clock.now().getTime();
}
