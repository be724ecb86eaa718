// Repairing: the use cases around runbooks, their journal and what people are told. This file: alarms in, requests for repairs stored.
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { RemediationRun, RepairRequest, RunReason } from "../../model/remediation-run.ts";
import type { RemediationPolicy } from "../../model/runbook.ts";
import { resourceOfAlarm } from "../../notify/alarm-subject.ts";
import { fingerprintOf } from "../../notify/alert-from-event.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { labelsOf } from "../../notify/labels.ts";
import { runsOf } from "../../remediation/begin-run.ts";
import { instanceOf, runbooksFor } from "../../remediation/select-runbook.ts";
import type { Store } from "../../state/store.ts";
import { hashOf } from "../../support/canonical-json.ts";
import type { Context } from "../../support/context.ts";

/** What an event asks for: a repair; nothing, since no runbook is about it; or nothing although one is (`unclear`). With the reason. */
export type AskedRepair =
  | { readonly asks: "repair"; readonly request: RepairRequest }
  | { readonly asks: "nothing"; readonly reason: RunReason }
  | { readonly asks: "unclear"; readonly reason: RunReason };

/** Reads an event as a request for a repair. Only alarms that went off ask for one. */
export function askedRepair(
  event: AlarmEvent,
  policy: RemediationPolicy,
  knowledge: Knowledge,
  now: number,
): AskedRepair {
  if (event.kind !== "alarm") return nothing("no-alarm", "it is no alarm");
  if (event.state !== "ALARM")
    return nothing("not-in-alarm", `only alarms that go off ask for a repair; this one is ${event.state}`);
  const labels = labelsOf(event, resourceOfAlarm(event, knowledge), knowledge);
  const runbooks = runbooksFor(policy, labels);
  if (runbooks.length === 0) return nothing("no-runbook", "no runbook's trigger fits its labels");
  const instance = instanceOf(event);
  if ("reason" in instance) return { asks: "unclear", reason: instance.reason };
  return {
    asks: "repair",
    request: {
      trigger: {
        kind: "alarm",
        alarmArn: event.alarmArn,
        alarmName: event.alarmName,
        fingerprint: fingerprintOf(event),
        changedAt: event.at,
        labels,
      },
      account: instance.account,
      region: instance.region,
      instance: instance.id,
      runbooks: runbooks.map(({ name }) => name),
      receivedAt: now,
    },
  };
}

function nothing(code: string, text: string): AskedRepair {
  return { asks: "nothing", reason: { code, text } };
}

/** Key of a request: the same for one change of one alarm, however often it is delivered. */
export function requestKey({ trigger, instance }: Pick<RepairRequest, "trigger" | "instance">): string {
  return hashOf([trigger.alarmArn, trigger.changedAt, instance], 24);
}

/** Stores a request where it isn't stored yet; due at once. */
async function storeRequest(store: Store, request: RepairRequest): Promise<void> {
  // A conflict: it is there already.
  await store.commit([
    {
      kind: "put",
      collection: "requests",
      key: requestKey(request),
      value: request,
      expected: 0,
      due: request.receivedAt,
    },
  ]);
}

/** What taking alarms in works with. */
export interface TakingParts {
  readonly store: Store;
  readonly policy: RemediationPolicy;
  readonly knowledge: Knowledge;
  readonly context: Context;
}

/** Stores what alarms ask for. What it has resolved for is durable. */
export async function takeAlarms(events: readonly AlarmEvent[], parts: TakingParts): Promise<void> {
  for (const request of requestsOf(events, parts)) await storeRequest(parts.store, request);
}

/**
 * The same for alarms that were found by comparing: what was decided about before, refusals too, isn't asked again, since most of
 * them came here the usual way.
 */
export async function takeMissedAlarms(events: readonly AlarmEvent[], parts: TakingParts): Promise<void> {
  for (const request of requestsOf(events, parts)) {
    const { account, region, instance } = request;
    const runs = await runsOf(parts.store, account, region, instance);
    if (!runs.some((run) => isAbout(run, request))) await storeRequest(parts.store, request);
  }
}

/** Whether a run came of a request: of the same change of the same alarm, and about the same instance. */
export function isAbout({ trigger, instance }: RemediationRun, request: RepairRequest): boolean {
  return (
    trigger.kind === "alarm" &&
    trigger.alarmArn === request.trigger.alarmArn &&
    trigger.changedAt === request.trigger.changedAt &&
    instance.id === request.instance
  );
}

function requestsOf(
  events: readonly AlarmEvent[],
  { policy, knowledge, context }: TakingParts,
): readonly RepairRequest[] {
  return events.flatMap((event) => {
    const asked = askedRepair(event, policy, knowledge, context.clock.now().getTime());
    if (asked.asks === "unclear")
      context.log.warn("an alarm that a runbook is about can't be repaired", { reason: asked.reason.text });
    return asked.asks === "repair" ? [asked.request] : [];
  });
}
