import type {
  GuardVerdict,
  RemediationRun,
  RunReason,
  RunTrigger,
  RunVerdict,
} from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import { everyRecord } from "../state/every-record.ts";
import { runKey, type Store, type Write } from "../state/store.ts";
import { hashOf } from "../support/canonical-json.ts";

/** How long runs can be looked at after their end, and refusals; ms. */
export const RUNS_KEPT = 90 * 86_400_000;
const REFUSALS_KEPT = 24 * 3_600_000;

/** A repair that is asked for. */
export interface RunRequest {
  readonly configuration: string;
  readonly runbook: Runbook;
  readonly dryRun: boolean;
  readonly account: string;
  readonly region: string;
  readonly instance: RemediationRun["instance"];
  readonly trigger: RunTrigger;
  /** What the guards said; one that refuses makes it a refusal. */
  readonly guards: readonly GuardVerdict[];
  /** Of `openRegister`, before anything was read that the guards judged by. */
  readonly register: number;
  /** ms. */
  readonly now: number;
}

/**
 * `begun`: stored and due. `refused`: stored, so that people see why nothing happened. `known`: the same alarm change came before.
 * `busy`: another repair of the instance is under way; nothing was stored. `stale`: another run began in the account and region since
 * the register was opened, so that the guards must judge again.
 */
export type Beginning =
  | { readonly kind: "begun" | "refused" | "known" | "busy"; readonly run: RemediationRun }
  | { readonly kind: "stale" };

/** The register of an account and region: its version changes with every run that begins there. Read it before the guards read anything. */
export async function openRegister(store: Store, account: string, region: string): Promise<number> {
  return (await store.get("marks", registerKey(account, region)))?.version ?? 0;
}

/** The id of a run: the same for the same alarm change (or the same asking), instance and runbook; ids of later ones are greater. */
export function runId(request: Pick<RunRequest, "runbook" | "instance" | "trigger">): string {
  const { runbook, instance, trigger } = request;
  const at = trigger.kind === "alarm" ? trigger.changedAt : trigger.at;
  const cause = trigger.kind === "alarm" ? trigger.alarmArn : trigger.by;
  const stamp = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${stamp}-${hashOf([cause, at, instance.id, runbook.name], 10)}`;
}

/**
 * Stores a repair that is asked for, once however often that is. Two runners that judged by the same state can't both begin one: the
 * register has changed for the second, which must judge again. What was refused before may begin when the guards let it now.
 */
export async function beginRun(store: Store, request: RunRequest): Promise<Beginning> {
  const { account, region, instance, guards, register, now, dryRun } = request;
  const id = runId(request);
  const key = runKey({ account, region, instance, id });
  const known = await store.get("runs", key);
  const refusal = guards.find(({ verdict }) => verdict === "refuse");
  if (known && (known.value.verdict !== "refused" || refusal || dryRun))
    return { kind: "known", run: known.value };
  const expected = known?.version ?? 0;
  if (refusal || dryRun) {
    const reason = refusal?.reason ?? DRY;
    const run = { ...newRun(request, id), ...endedWith("refused", reason, now) };
    const conflict = await store.commit([
      { kind: "put", collection: "runs", key, value: run, expected, expires: now + REFUSALS_KEPT },
    ]);
    return conflict ? beginRun(store, request) : { kind: "refused", run };
  }
  const active = (await runsOf(store, account, region, instance.id)).find(
    ({ endedAt }) => endedAt === undefined,
  );
  if (active) return { kind: "busy", run: active };
  const run: RemediationRun = { ...newRun(request, id), wakeAt: now };
  const conflict = await store.commit([
    { kind: "put", collection: "runs", key, value: run, expected, due: now },
    {
      kind: "put",
      collection: "marks",
      key: registerKey(account, region),
      value: { at: now },
      expected: register,
    },
  ]);
  if (!conflict) return { kind: "begun", run };
  return conflict.collection === "runs" ? beginRun(store, request) : { kind: "stale" };
}

/** Runs of an account and region, or of one instance, oldest alarm change first for each instance; those that ended and refusals too. */
export async function runsOf(
  store: Store,
  account: string,
  region: string,
  instance?: string,
): Promise<readonly RemediationRun[]> {
  const prefix = `${account}/${region}/${instance === undefined ? "" : `${instance}/`}`;
  const found: RemediationRun[] = [];
  for await (const { value } of everyRecord(store, "runs", prefix)) found.push(value);
  return found;
}

/** Asks for a run to be stopped: between effects, at the next look. False: it has ended, or there is none. */
export async function cancelRun(store: Store, key: string, by: string, now: number): Promise<boolean> {
  for (;;) {
    const stored = await store.get("runs", key);
    if (!stored || stored.value.endedAt !== undefined) return false;
    if (stored.value.cancel) return true;
    const value: RemediationRun = { ...stored.value, cancel: { at: now, by }, wakeAt: now };
    const conflict = await store.commit([
      { kind: "put", collection: "runs", key, value, expected: stored.version, due: now },
    ]);
    if (!conflict) return true;
  }
}

/** The write that stores a run: due while it isn't over, kept for a while afterwards. */
export function runWrite(run: RemediationRun, expected: number): Write {
  const { endedAt, wakeAt } = run;
  return {
    kind: "put",
    collection: "runs",
    key: runKey(run),
    value: run,
    expected,
    ...(endedAt === undefined ? { due: wakeAt ?? run.createdAt } : { expires: endedAt + RUNS_KEPT }),
  };
}

const DRY: RunReason = { code: "dry-run", text: "nothing was done: dryRun is on" };

function newRun(request: RunRequest, id: string): RemediationRun {
  const { configuration, runbook, dryRun, account, region, instance, trigger, guards, now } = request;
  const why = trigger.kind === "alarm" ? `alarm ${trigger.alarmName}` : `${trigger.by} asked for it`;
  return {
    id,
    configuration,
    runbook,
    dryRun,
    account,
    region,
    instance,
    trigger,
    createdAt: now,
    guards,
    evidence: [],
    steps: [],
    notes: [{ at: now, code: "begun", text: `runbook ${runbook.name}: ${why}` }],
  };
}

function endedWith(verdict: RunVerdict, reason: RunReason, now: number) {
  const text = verdict === "refused" ? `not repaired: ${reason.text}` : reason.text;
  return { endedAt: now, verdict, reason, notes: [{ at: now, code: verdict, text }] };
}

function registerKey(account: string, region: string): string {
  return `remediate/${account}/${region}`;
}
