// Cases for guards and decisions on repairs.
import fc from "fast-check";
import type { GuardVerdict, RemediationRun } from "../../src/model/remediation-run.ts";
import type { GuardSettings, Runbook, StepAction } from "../../src/model/runbook.ts";
import type { GuardQuestion, InstanceFacts } from "../../src/remediation/guard.ts";
import type { GuardName } from "../../src/remediation/guards/registry.ts";
import { judgeAll } from "../../src/remediation/judge.ts";

export const NOW = Date.parse("2026-11-20T14:14:00Z");
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const SETTINGS: GuardSettings = {
  optIn: { "watchkeeper:remediate": { anyOf: ["yes"] } },
  cooldownSeconds: 1800,
  attemptsPerDay: 2,
  fleet: { count: 3, percent: 10 },
  oneOfGroup: true,
  hours: [],
  deployments: { codeDeploy: false, tags: {} },
  scheduledEventSeconds: 3600,
  freshSeconds: 600,
  autoScaling: "refuse",
};

/** A frozen instance that every guard lets pass. */
export const FROZEN: InstanceFacts = {
  id: "i-0123456789abcdef0",
  name: "web-1",
  state: "running",
  platform: "linux",
  tags: { Name: "web-1", "watchkeeper:remediate": "yes" },
  privateIp: "10.0.0.7",
  instanceCheck: "impaired",
  systemCheck: "ok",
  scheduledEvents: [],
  ping: { online: false, lastAt: NOW - 9 * MINUTE },
  deployments: [],
  mates: [],
  unread: {},
};

/** A runbook of these steps, in one rung. */
export function runbookOf(
  parts: Partial<Runbook> & { readonly steps?: readonly StepAction[] } = {},
): Runbook {
  const { steps = [{ do: "reboot" }], ...rest } = parts;
  const limits = { timeoutSeconds: 60, attempts: 1, retrySeconds: 10 };
  return {
    name: "frozen",
    trigger: [],
    when: { instanceCheck: "impaired", systemCheck: "ok", ssm: "silent" },
    guards: SETTINGS,
    evidence: { timeoutSeconds: 60 },
    ladder: [{ name: "reboot", steps: steps.map((action) => ({ action, ...limits })) }],
    checks: [],
    settleSeconds: 300,
    page: [],
    ...rest,
  };
}

/** What differs from a case that passes. */
export interface Case {
  readonly settings?: Partial<GuardSettings>;
  readonly instance?: Partial<InstanceFacts>;
  readonly earlier?: readonly RemediationRun[];
  readonly alarmChangedAt?: number;
  readonly optedIn?: number;
  readonly runbook?: Runbook;
  readonly now?: number;
}

/** What one guard says of a case. */
export function verdictOf(guard: GuardName, { settings, instance, runbook, ...rest }: Case): GuardVerdict {
  const question: GuardQuestion = {
    now: NOW,
    earlier: [],
    ...rest,
    settings: { ...SETTINGS, ...settings },
    instance: { ...FROZEN, ...instance },
  };
  const found = judgeAll(question, runbook ?? runbookOf()).find((verdict) => verdict.guard === guard);
  if (!found) throw new Error(`there is no guard ${guard}`);
  return found;
}

/** A verdict in one line: `refuse cooling-down: rebooted 12 min ago ...`. */
export function said({ verdict, reason }: GuardVerdict): string {
  return `${verdict} ${reason.code}: ${reason.text}`;
}

/** A run that rebooted its instance; it began at `createdAt` and is over unless `endedAt` is undefined. */
export function runOf(
  parts: Partial<Omit<RemediationRun, "endedAt">> & {
    readonly instanceId?: string;
    readonly done?: string;
    readonly endedAt?: number | undefined;
  } = {},
): RemediationRun {
  const { instanceId = FROZEN.id, done = "reboot", createdAt = NOW - HOUR, endedAt, ...rest } = parts;
  const ended = "endedAt" in parts ? endedAt : createdAt + 5 * MINUTE;
  return {
    id: `run-${instanceId}-${createdAt}`,
    configuration: "shop",
    runbook: runbookOf(),
    dryRun: false,
    account: "111122223333",
    region: "eu-central-1",
    instance: { id: instanceId, name: instanceId, platform: "linux", tags: {} },
    trigger: { kind: "manual", by: "somebody", at: createdAt },
    createdAt,
    ...(ended === undefined ? {} : { endedAt: ended }),
    guards: [],
    evidence: [],
    steps: [
      {
        rung: 0,
        step: 0,
        kind: done,
        attempt: 1,
        phase: "acted",
        startedAt: createdAt,
        seenAt: createdAt,
        spent: 0,
        memo: {},
      },
    ],
    notes: [],
    ...rest,
  };
}

/** Runs of a few instances, behind and ahead of our clock, over and under way. */
export const someRuns: fc.Arbitrary<readonly RemediationRun[]> = fc.array(
  fc
    .record({
      instanceId: fc.constantFrom(FROZEN.id, "i-1111111111111111a", "i-1111111111111111b"),
      createdAt: fc.integer({ min: NOW - 48 * HOUR, max: NOW + 48 * HOUR }),
      done: fc.constantFrom("reboot", "runCommand", "evidence"),
      lasts: fc.option(fc.integer({ min: 0, max: HOUR }), { nil: undefined }),
    })
    .map(({ lasts, ...rest }) =>
      runOf({ ...rest, endedAt: lasts === undefined ? undefined : rest.createdAt + lasts }),
    ),
  { maxLength: 12 },
);
