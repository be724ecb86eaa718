import type { AwsSession } from "../../aws/session.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import { advance, type RepairDeps } from "../../remediation/advance.ts";
import { beginRun, openRegister, runsOf } from "../../remediation/begin-run.ts";
import { type Decision, decide } from "../../remediation/decide.ts";
import { runKey } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { instanceFrom, runbookNamed } from "./decide-request.ts";
import type { OpenRepairs } from "./open-repairs.ts";
import { watchedSoFar, watching } from "./watching.ts";

/** A repair that somebody asks for. */
export interface AskedByHand {
  readonly runbook: string;
  /** Id of the instance. */
  readonly instance: string;
  /** Who asks. */
  readonly by: string;
}

/** What was decided, and how to begin it. */
export interface DecidedByHand {
  readonly session: AwsSession;
  readonly decision: Decision;
  /** Stores the run. Fails with `repair-refused` when the guards refuse, somebody was quicker, or it was decided too long ago. */
  begin(): Promise<RemediationRun>;
}

/** How long a decision is good for, ms: what its guards saw may be otherwise by then. */
const DECISION_HOLDS = 5 * 60_000;
/** When a process that isn't told looks again, ms: another one is at work. */
const LOOK_AGAIN = 2000;
/** When something is tried again that failed for reasons of our own, ms. */
const AFTER_TROUBLE = 15_000;

/** Decides about a repair that somebody asks for; the guards hold for people too. Changes nothing. Fails with `unknown-runbook` or `unknown-instance`. */
export async function decideByHand(
  open: OpenRepairs,
  asked: AskedByHand,
  context: Context,
): Promise<DecidedByHand> {
  const { policy, deps, configuration } = open;
  const { store } = deps;
  const runbook = runbookNamed(policy, asked.runbook);
  const session = await sessionOf(open, asked.instance);
  const { account, region } = session;
  const decidedAt = context.clock.now().getTime();
  const register = await openRegister(store, account, region);
  const earlier = await runsOf(store, account, region);
  const decision = await decide(session, { instance: asked.instance, runbooks: [runbook], earlier }, context);
  return {
    session,
    decision,
    begin: async () => {
      const now = context.clock.now().getTime();
      if (Math.abs(now - decidedAt) > DECISION_HOLDS)
        throw new WatchkeeperError(
          "repair-refused",
          "it took too long to be confirmed: what the guards saw may be otherwise by now",
          {
            remedy: "run it again",
          },
        );
      const begun = await beginRun(store, {
        configuration: configuration.name,
        runbook,
        dryRun: policy.dryRun,
        account,
        region,
        instance: instanceFrom(decision.facts),
        trigger: { kind: "manual", by: asked.by, at: now },
        guards: decision.guards,
        register,
        now,
      });
      if (begun.kind === "begun") return begun.run;
      throw new WatchkeeperError(
        "repair-refused",
        begun.kind === "stale"
          ? "another repair began in the same account and region meanwhile"
          : begun.kind === "busy"
            ? `${begun.run.instance.name} is under repair already, by runbook ${begun.run.runbook.name}`
            : (begun.run.reason?.text ?? "it was refused"),
        { remedy: "`watchkeeper remediate list` shows what is under way" },
      );
    },
  };
}

/**
 * Takes a run on to its end, or until `context.signal` is aborted; tells of it whenever it has come further. Of a run that was asked for
 * by hand others are told only once nobody watches it.
 */
export async function follow(
  run: RemediationRun,
  deps: RepairDeps,
  report: (run: RemediationRun) => void,
): Promise<RemediationRun> {
  if (run.trigger.kind !== "manual") return followOn(run, deps, report);
  const seen = await followOn(run, deps, report, () => watching(run, deps));
  await watchedSoFar(seen, deps).catch((error: unknown) =>
    deps.context.log.warn("it isn't stored that its end was seen; others may be told of it", {
      reason: messageOf(error),
    }),
  );
  return seen;
}

async function followOn(
  run: RemediationRun,
  deps: RepairDeps,
  report: (run: RemediationRun) => void,
  onLook: () => Promise<void> = async () => undefined,
): Promise<RemediationRun> {
  const { clock, signal, log } = deps.context;
  const key = runKey(run);
  let seen = run;
  while (!signal.aborted && seen.endedAt === undefined) {
    let wait = LOOK_AGAIN;
    try {
      await onLook();
      const advanced = await advance(key, deps);
      if (!advanced) throw new WatchkeeperError("unknown-run", `run ${run.id} is no longer there`);
      seen = advanced.run;
      report(seen);
      const wakeAt = advanced.busy ? undefined : advanced.wakeAt;
      if (wakeAt !== undefined) wait = Math.max(0, wakeAt - clock.now().getTime());
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof WatchkeeperError && error.code === "unknown-run") throw error;
      log.warn("the repair can't go on just now; it is tried again", { reason: messageOf(error) });
      wait = AFTER_TROUBLE;
    }
    if (seen.endedAt === undefined) await clock.sleep(wait, signal).catch(() => undefined);
  }
  return seen;
}

/** A session where the instance is: the accounts and regions of the configuration are looked through. */
async function sessionOf({ aws }: OpenRepairs, id: string): Promise<AwsSession> {
  const { places } = await aws.open();
  const found = await Promise.all(
    places.map(async ({ session }) => {
      const Filters = [{ Name: "instance-id", Values: [id] }];
      const { Reservations = [] } = await session.send("ec2", "DescribeInstances", { Filters });
      return Reservations.some(({ Instances = [] }) => Instances.length > 0) ? session : undefined;
    }),
  );
  const session = found.find((one) => one !== undefined);
  if (session) return session;
  const where = places.map(({ session: { account, region } }) => `${account} ${region}`).join(", ");
  throw new WatchkeeperError("unknown-instance", `there is no instance ${id} in ${where}`, {
    remedy: "`watchkeeper inventory --type ec2.instance` shows them with their ids",
  });
}
