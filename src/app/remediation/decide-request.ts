import type { AwsSession } from "../../aws/session.ts";
import type { RemediationRun, RepairRequest } from "../../model/remediation-run.ts";
import type { RemediationPolicy, Runbook } from "../../model/runbook.ts";
import { beginRun, openRegister, runsOf } from "../../remediation/begin-run.ts";
import { decide } from "../../remediation/decide.ts";
import type { InstanceFacts } from "../../remediation/guard.ts";
import type { TargetGroupCache } from "../../remediation/target-groups.ts";
import type { Store, Stored } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { isAbout } from "./take-alarms.ts";

/** What deciding needs. */
export interface DecidingParts {
  readonly configuration: { readonly name: string };
  readonly policy: RemediationPolicy;
  readonly store: Store;
  readonly context: Context;
  readonly session: (account: string, region: string) => AwsSession | Promise<AwsSession>;
  readonly targetGroups: TargetGroupCache;
}

/** What became of a request: a run that began, or that says why nothing is done; or it waits. Undefined: it was dealt with before. */
export type DecidedRequest = { readonly run: RemediationRun } | { readonly waits: RepairRequest } | undefined;

/** Others begin repairs in the same account and region now and then; more often than this in a row, something is wrong. */
const MOST_TURNS = 10;
/** When a request is looked at again whose instance somebody else is repairing, ms. */
const WHILE_BUSY = 60_000;

/** Decides what is done about a stored request, stores that, and takes the request away unless it waits. Throws AWS's errors. */
export async function decideRequest(
  { key, value: request, version }: Stored<"requests">,
  parts: DecidingParts,
): Promise<DecidedRequest> {
  const { store, context, policy } = parts;
  const { account, region, instance, trigger } = request;
  const done = async (): Promise<void> => {
    await store.commit([{ kind: "remove", collection: "requests", key, expected: version }]);
  };
  const [first, ...others] = policy.runbooks.filter(({ name }) => request.runbooks.includes(name));
  if (!first) {
    // The configuration has lost these runbooks meanwhile.
    await done();
    return undefined;
  }
  const session = await parts.session(account, region);
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const register = await openRegister(store, account, region);
    const earlier = await runsOf(store, account, region);
    if (earlier.some((run) => isAbout(run, request) && run.verdict !== "refused")) {
      await done();
      return undefined;
    }
    const { alarmName, changedAt } = trigger;
    const question = {
      instance,
      runbooks: [first, ...others] as const,
      alarm: { name: alarmName, account, changedAt },
      earlier: earlier.filter((run) => !isAbout(run, request)),
      targetGroups: parts.targetGroups,
    };
    const decision = await decide(session, question, context);
    const { course } = decision;
    if (course.act === "wait") {
      const waits = { ...request, waitsFor: course.refusal.reason };
      await wait(store, key, version, waits, course.until);
      return { waits };
    }
    const begun = await beginRun(store, {
      configuration: parts.configuration.name,
      runbook: decision.runbook,
      dryRun: policy.dryRun,
      account,
      region,
      instance: instanceFrom(decision.facts),
      trigger,
      guards: decision.guards,
      register,
      now: context.clock.now().getTime(),
    });
    if (begun.kind === "stale") continue;
    if (begun.kind === "busy") {
      const text = `${begun.run.instance.name} is under repair by runbook ${begun.run.runbook.name}`;
      const waits = { ...request, waitsFor: { code: "under-repair", text } };
      await wait(store, key, version, waits, context.clock.now().getTime() + WHILE_BUSY);
      return { waits };
    }
    await done();
    return { run: begun.run };
  }
  throw new WatchkeeperError(
    "store-busy",
    "others begin repairs in the same account and region all the time",
    {
      source: "internal",
      retryable: true,
    },
  );
}

/** Stores that nothing is done about a request, since it couldn't be decided; and takes it away. */
export async function giveUp(
  { key, value, version }: Stored<"requests">,
  reason: string,
  { store, policy, configuration, context }: DecidingParts,
): Promise<RemediationRun> {
  const { account, region, instance, trigger, runbooks } = value;
  const text = `it could not be decided whether to repair it: ${reason}`;
  const begun = await beginRun(store, {
    configuration: configuration.name,
    runbook: runbookNamed(policy, runbooks[0] ?? ""),
    dryRun: policy.dryRun,
    account,
    region,
    instance: { id: instance, name: instance, platform: "linux", tags: {} },
    trigger,
    guards: [{ guard: "instance-state", verdict: "refuse", reason: { code: "unread", text } }],
    register: await openRegister(store, account, region),
    now: context.clock.now().getTime(),
  });
  if (begun.kind === "stale") throw new Error("a refusal never is stale");
  await store.commit([{ kind: "remove", collection: "requests", key, expected: version }]);
  return begun.run;
}

/** What a run keeps of its instance. */
export function instanceFrom(facts: InstanceFacts): RemediationRun["instance"] {
  const { id, name, platform, tags, autoScalingGroup, privateIp } = facts;
  return {
    id,
    name,
    platform,
    tags,
    ...(autoScalingGroup === undefined ? {} : { autoScalingGroup }),
    ...(privateIp === undefined ? {} : { privateIp }),
  };
}

async function wait(
  store: Store,
  key: string,
  expected: number,
  value: RepairRequest,
  due: number,
): Promise<void> {
  // A conflict: somebody else decides it.
  await store.commit([{ kind: "put", collection: "requests", key, value, expected, due }]);
}

/** The runbook of a name. Fails with `unknown-runbook`. */
export function runbookNamed(policy: RemediationPolicy, name: string): Runbook {
  const found = policy.runbooks.find((runbook) => runbook.name === name);
  if (found) return found;
  const names = policy.runbooks.map((runbook) => runbook.name).join(", ");
  throw new WatchkeeperError("unknown-runbook", `there is no runbook ${JSON.stringify(name)}`, {
    remedy: names === "" ? "write one under remediation: in the configuration" : `runbooks are ${names}`,
  });
}
