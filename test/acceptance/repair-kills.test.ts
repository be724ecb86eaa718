// Processes that repair are killed wherever it matters: after each commit to the journal and after each effect, before the answer.
// Reading changes nothing, so that being killed while reading is being killed after the commit before.
import { describe, expect, it } from "vitest";
import type { AwsSession } from "../../src/aws/session.ts";
import type { FaultRule } from "../../src/local/fault-settings.ts";
import type { RemediationRun } from "../../src/model/remediation-run.ts";
import type { RepairDeps } from "../../src/remediation/advance.ts";
import type { Store } from "../../src/state/store.ts";
import {
  APP,
  busyWorld,
  COMPOSE_UP,
  frozenWorld,
  type RepairWorld,
  runbook,
  SELF,
  step,
} from "../support/repair-world.ts";

class Killed extends Error {}

/** All moments take minutes. */
const SOAK = process.env["WATCHKEEPER_SOAK"] !== undefined;
const EFFECTS = /^(Send|Reboot|Stop|Start|Cancel)/;

/** A process that dies at the n-th moment that matters. `moments` counts them. */
function mortal(deps: RepairDeps, session: AwsSession, dies: number) {
  const life = { moments: 0, names: [] as string[] };
  const alive = () => {
    if (life.moments >= dies) throw new Killed();
  };
  const moment = (name: string) => {
    life.moments += 1;
    life.names.push(name);
    alive();
  };
  const store = new Proxy(deps.store, {
    get(target, name: keyof Store) {
      const member = target[name];
      if (typeof member !== "function") return member;
      return async (...args: never[]) => {
        alive();
        const result = await (member as (...all: never[]) => Promise<unknown>).apply(target, args);
        if (name === "commit") moment(name);
        return result;
      };
    },
  });
  const dying = new Proxy(session, {
    get(target, name: keyof AwsSession) {
      if (name === "pages")
        return (...args: never[]) => {
          alive();
          return (target.pages as (...all: never[]) => unknown).apply(target, args);
        };
      if (name !== "send") return target[name];
      return async (...args: never[]) => {
        alive();
        const result = await (target.send as (...all: never[]) => Promise<unknown>).apply(target, args);
        const operation = String((args as readonly unknown[])[1]);
        if (EFFECTS.test(operation)) moment(operation);
        return result;
      };
    },
  });
  return { life, deps: { ...deps, store, session: () => dying } satisfies RepairDeps };
}

interface Story {
  readonly begins: () => Promise<RepairWorld>;
  readonly ladder: ReturnType<typeof runbook>["ladder"];
}

interface Ending {
  readonly run: RemediationRun;
  readonly counts: Readonly<Record<string, number>>;
  readonly names: readonly string[];
}

async function lived(
  story: Story,
  dies = Number.POSITIVE_INFINITY,
  rules: readonly FaultRule[] = [],
  meanwhile: (world: RepairWorld) => void = () => undefined,
): Promise<Ending> {
  const world = await story.begins();
  const key = await world.begin({
    runbook: runbook({ ladder: story.ladder, evidence: { timeoutSeconds: 10, commands: ["uptime"] } }),
  });
  world.local.cloud.faults.set({ rules });
  const { life, deps } = mortal(world.deps(), world.session, dies);
  let killed = false;
  try {
    await world.drive(key, deps, 120);
    meanwhile(world);
    await world.drive(key, deps);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    killed = true;
  }
  const run = await world.drive(
    key,
    world.deps({ owner: "heir", isGone: (owner) => killed && owner === "one" }),
  );
  const sent = world.comments();
  const counts = {
    reboots: world.calls("ec2:RebootInstances"),
    stops: world.calls("ec2:StopInstances"),
    starts: world.calls("ec2:StartInstances"),
    scripts: sent.filter((comment) => comment.includes("runCommand")).length,
    twice: sent.length - new Set(sent).size,
  };
  world.local.close();
  return { run, counts, names: life.names };
}

const BUSY: Story = {
  begins: () => busyWorld(`reboot: fast, ${SELF}`),
  ladder: [{ name: "all", steps: [step({ do: "reboot" }), step({ do: "runCommand", commands: ["true"] })] }],
};
const FROZEN: Story = {
  begins: () => frozenWorld(),
  ladder: [{ name: "all", steps: [step({ do: "reboot" }), step(COMPOSE_UP)] }],
};
const STOPPED: Story = {
  begins: () => busyWorld(),
  ladder: [
    { name: "restart", steps: [step({ do: "runCommand", commands: ["exit 1"] })] },
    { name: "stop", steps: [step({ do: "stopStart" })] },
  ],
};

/** Moments next to an effect, from 1; the others are polls of which one is like the next. */
function nearEffects(names: readonly string[], effects = /./): readonly number[] {
  return names.flatMap((_, index) =>
    SOAK ||
    names.slice(Math.max(0, index - 1), index + 2).some((name) => name !== "commit" && effects.test(name))
      ? [index + 1]
      : [],
  );
}

describe("a process that is killed while it repairs", () => {
  it.each([
    ["a busy server", BUSY, /./],
    ["a frozen server", FROZEN, /Reboot/],
    ["a server by stopping and starting it", STOPPED, /./],
  ])(
    "%s: whoever takes over has every effect once, and the same verdict",
    { timeout: SOAK ? 1_200_000 : 120_000 },
    async (_, story, effects) => {
      const whole = await lived(story);
      expect(whole.run.verdict).toBe("fixed");
      expect(whole.counts.twice).toBe(0);
      for (const moment of nearEffects(whole.names, effects)) {
        const { run, counts } = await lived(story, moment);
        expect({ moment, verdict: run.verdict, ...counts }).toEqual({
          moment,
          verdict: "fixed",
          ...whole.counts,
        });
      }
    },
  );
});

describe("a call that fails while a server is repaired", () => {
  const OPERATIONS = {
    ec2: [
      "DescribeInstances",
      "DescribeInstanceStatus",
      "GetConsoleOutput",
      "RebootInstances",
      "StopInstances",
      "StartInstances",
    ],
    ssm: ["SendCommand", "ListCommandInvocations", "DescribeInstanceInformation", "GetCommandInvocation"],
  };
  const EFFECT = /^(Send|Reboot|Stop|Start)/;
  // Calls that only look are one like the other.
  const cases = Object.entries(OPERATIONS).flatMap(([service, operations]) =>
    operations
      .filter((operation) => SOAK || EFFECT.test(operation) || operation === "ListCommandInvocations")
      .map((operation) => ({ service, operation })),
  );

  it.each(["throttle", "error500", "timeoutBefore", "timeoutAfterEffect"] as const)(
    "(%s) changes neither what is done nor the verdict",
    { timeout: 120_000 },
    async (effect) => {
      for (const { service, operation } of cases) {
        const story = /^(Stop|Start)/.test(operation) ? STOPPED : BUSY;
        // Calls that only look are tried again at once by whoever makes them; the others fail once.
        const count = EFFECT.test(operation) ? 1 : 7;
        const { run, counts } = await lived(story, undefined, [
          { service, operation, effect, from: 1, count },
        ]);
        const undone = effect !== "timeoutAfterEffect" && operation === "RebootInstances" ? 1 : 0;
        const reboots = story === STOPPED ? 0 : 1 + undone;
        expect({ operation, verdict: run.verdict, reboots: counts.reboots, twice: counts.twice }).toEqual({
          operation,
          verdict: "fixed",
          reboots,
          twice: 0,
        });
      }
    },
  );

  it("leads to one more request for a reboot, once it is proved that the first came to nothing, and to no third", async () => {
    const never: Story = { ...BUSY, begins: () => busyWorld(`reboot: never, ${SELF}`) };
    const lost = { service: "ec2", operation: "RebootInstances", effect: "timeoutAfterEffect" } as const;
    const { run, counts } = await lived(never, undefined, [lost]);
    expect({ verdict: run.verdict, ...counts }).toMatchObject({
      verdict: "never-rebooted",
      reboots: 2,
      twice: 0,
    });
    const [first, second] = run.notes.filter(({ code }) => code === "reboot");
    expect(first?.text).toMatch(
      /^the reboot failed: [67] min( \d+ s)? after it was asked to reboot it is still in the boot of/,
    );
    expect(second).toBeUndefined();
  });

  it("leads to no second request where the guest answers nothing and its console has changed", async () => {
    const silent: Story = { ...FROZEN, begins: () => frozenWorld(`reboot: never, ${APP}`) };
    const lost = { service: "ec2", operation: "RebootInstances", effect: "timeoutAfterEffect" } as const;
    const { run, counts } = await lived(silent, undefined, [lost], (world) => {
      world.instance.guest!.diskFull = true;
    });
    expect({ verdict: run.verdict, ...counts }).toMatchObject({ verdict: "unknown", reboots: 1, twice: 0 });
    expect(run.reason?.text).toContain("nobody knows whether EC2 got the request to reboot it");
  });
});
