import { onTestFinished } from "vitest";
import type { AwsSession } from "../../src/aws/session.ts";
import type { Instance } from "../../src/local/fleet/instance.ts";
import { freeze, setBusy } from "../../src/local/guest/guest.ts";
import { httpAnswer } from "../../src/local/guest/services.ts";
import type { LocalCloud } from "../../src/local/server.ts";
import { fleetKey } from "../../src/local/services/ec2/fleet-key.ts";
import { commandsKey } from "../../src/local/services/ssm/command-store.ts";
import type { CheckResult, CheckSpec } from "../../src/model/check.ts";
import type { RemediationRun } from "../../src/model/remediation-run.ts";
import type { Runbook, Step, StepAction } from "../../src/model/runbook.ts";
import { advance, type RepairDeps } from "../../src/remediation/advance.ts";
import { beginRun, openRegister, type RunRequest } from "../../src/remediation/begin-run.ts";
import { MemoryStore } from "../../src/state/memory-store.ts";
import { runKey, type Store } from "../../src/state/store.ts";
import type { Context } from "../../src/support/context.ts";
import { ACCOUNT, REGION } from "./ec2-cloud.ts";
import { localSession } from "./local-session.ts";
import { scenarioCloud } from "./scenario-cloud.ts";

/** A step with limits that suit the simulation. */
export function step(action: StepAction, more: Partial<Step> = {}): Step {
  const timeoutSeconds = action.do === "reboot" || action.do === "stopStart" ? 1200 : 180;
  return { action, timeoutSeconds, attempts: 1, retrySeconds: 20, ...more };
}

/** An HTTP check of the application on the instance. */
export const HTTP = { kind: "http", url: "http://$resource.privateIp:8080/health" } as const;

export const COMPOSE_UP = {
  do: "runCommand",
  commands: [
    "timeout 120 sh -c 'until docker info >/dev/null 2>&1; do sleep 2; done'",
    "docker compose up -d",
  ],
  workingDirectory: "/home/ubuntu",
} as const;

/** Reboots, brings the containers up and checks. */
export function runbook(more: Partial<Runbook> = {}): Runbook {
  return {
    name: "frozen",
    trigger: [],
    when: {},
    guards: {
      optIn: {},
      cooldownSeconds: 1800,
      attemptsPerDay: 2,
      fleet: { count: 3, percent: 10 },
      oneOfGroup: true,
      hours: [],
      deployments: { codeDeploy: true, tags: {} },
      scheduledEventSeconds: 3600,
      freshSeconds: 600,
      autoScaling: "refuse",
    },
    evidence: { timeoutSeconds: 20 },
    ladder: [{ name: "reboot", steps: [step({ do: "reboot" }), step(COMPOSE_UP)] }],
    checks: [HTTP],
    settleSeconds: 120,
    page: [],
    ...more,
  };
}

/** One instance in a local cloud, and what repairs it. */
export interface RepairWorld {
  readonly local: LocalCloud;
  readonly instance: Instance;
  readonly session: AwsSession;
  readonly context: Context;
  readonly store: Store;
  now(): number;
  pass(seconds: number): Promise<void>;
  /** Resolves once no call of the session is under way: how long calls take on this machine mustn't count as time that passes. */
  settled(): Promise<void>;
  /** A process: its store, session and clock may be tampered with. */
  deps(more?: Partial<RepairDeps>): RepairDeps;
  request(more?: Partial<RunRequest>): Promise<RunRequest>;
  /** Begins a run; answers its key. */
  begin(more?: Partial<RunRequest>): Promise<string>;
  /** Advances a run to its end, or for so many seconds. */
  drive(key: string, deps?: RepairDeps, seconds?: number): Promise<RemediationRun>;
  /** How often an operation was called. */
  calls(operation: string): number;
  /** Comments of the commands that were sent, in order. */
  comments(): readonly string[];
}

/** A world with one group of one instance, whose `guest` is given as YAML. It ends with the test that it is made in. */
export async function repairWorld(guest: string, group = ""): Promise<RepairWorld> {
  const local = scenarioCloud(
    `{ version: 1, groups: [{ name: app, names: app-1, profile: watched, launched: 6d ago${group}, guest: {${guest}} }] }`,
  );
  onTestFinished(() => local.close());
  const { session, context } = await localSession(local);
  const { clock } = local.cloud;
  const settled = settling(session);
  const instance = [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()][0] as Instance;
  const store = new MemoryStore();
  const now = () => clock.time();
  const pass = async (seconds: number) => {
    if (seconds > 0) await clock.jumpTo(new Date(clock.time() + seconds * 1000));
  };
  const deps = (more: Partial<RepairDeps> = {}): RepairDeps => ({
    store,
    context,
    owner: "one",
    session: () => session,
    check: (spec) => askGuest(spec, instance, now()),
    ...more,
  });
  const request = async (more: Partial<RunRequest> = {}): Promise<RunRequest> => ({
    configuration: "web",
    runbook: runbook(),
    dryRun: false,
    account: ACCOUNT,
    region: REGION,
    instance: { id: instance.id, name: "app-1", platform: "linux", privateIp: "10.0.0.7", tags: {} },
    trigger: { kind: "manual", by: "a test", at: now() },
    guards: [],
    register: await openRegister(store, ACCOUNT, REGION),
    now: now(),
    ...more,
  });
  return {
    local,
    instance,
    session,
    context,
    store,
    now,
    pass,
    settled,
    deps,
    request,
    async begin(more) {
      const beginning = await beginRun(store, await request(more));
      if (beginning.kind !== "begun") throw new Error(beginning.kind);
      return runKey(beginning.run);
    },
    async drive(key, process = deps(), seconds = 7200) {
      const until = now() + seconds * 1000;
      for (;;) {
        const advanced = await advance(key, process);
        if (!advanced) throw new Error(`no run ${key}`);
        const { run, wakeAt } = advanced;
        if (wakeAt === undefined || now() >= until) return run;
        await pass(Math.max(1, (wakeAt - process.context.clock.now().getTime()) / 1000));
      }
    },
    calls: (operation) => local.requests.get(operation) ?? 0,
    comments: () =>
      [...local.cloud.state(commandsKey, ACCOUNT, REGION).commands.values()].map(({ comment }) => comment),
  };
}

/** Counts a session's calls; answers how to wait until none is under way, nor begun by what the last one was waited for. */
function settling(session: AwsSession): () => Promise<void> {
  let underWay = 0;
  const send = session.send.bind(session);
  const counted: AwsSession["send"] = async (service, operation, input) => {
    underWay += 1;
    try {
      return await send(service, operation, input);
    } finally {
      underWay -= 1;
    }
  };
  session.send = counted;
  return async () => {
    for (let quiet = 0; quiet < 3; quiet = underWay === 0 ? quiet + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve));
  };
}

/** A project of docker compose that somebody has to bring up after a boot, and one that comes back by itself. */
export const APP = "services: [{ name: app, kind: compose, containers: [web], port: 8080 }]";
export const SELF = "services: [{ name: app, kind: compose, containers: [web], port: 8080, onBoot: true }]";

/** A server that has answered nothing for ten minutes. */
export async function frozenWorld(guest = APP, group = ""): Promise<RepairWorld> {
  const world = await repairWorld(guest, group);
  freeze(world.instance, world.now());
  await world.pass(600);
  return world;
}

/** A server whose CPU has been taken for ten minutes: it answers, its application doesn't. */
export async function busyWorld(guest = SELF, group = ""): Promise<RepairWorld> {
  const world = await repairWorld(guest, group);
  setBusy(world.instance, true, world.now());
  await world.pass(600);
  return world;
}

/** Asks a simulated machine over HTTP without a socket. */
async function askGuest(spec: CheckSpec, instance: Instance, now: number): Promise<CheckResult> {
  const port = spec.kind === "http" ? Number(new URL(spec.url).port || 80) : Number.NaN;
  const answer = httpAnswer(instance, port, now);
  const nothing = { phases: {}, totalMs: 1, details: {} };
  if (answer === "silence")
    return { success: false, reason: { code: "timeout", text: "no answer" }, ...nothing };
  if (answer === "refused")
    return { success: false, reason: { code: "connection-refused", text: "connection refused" }, ...nothing };
  const success = answer.status === 200;
  return {
    success,
    reason: { code: success ? "ok" : "status", text: `answered ${answer.status}` },
    ...nothing,
  };
}
