import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, NOW, runbookOf, runOf, SETTINGS } from "../../test/support/guard-cases.ts";
import { type Answers, scriptedAws } from "../../test/support/scripted-aws.ts";
import type { GuardVerdict, RemediationRun } from "../model/remediation-run.ts";
import type { Runbook } from "../model/runbook.ts";
import { type Context, silentLogger } from "../support/context.ts";
import { type Course, courseOf, decide } from "./decide.ts";
import type { GuardName } from "./guards/registry.ts";

const ID = "i-0123456789abcdef0";

const context: Context = {
  clock: { now: () => new Date(NOW), sleep: () => Promise.reject(new Error("nobody sleeps here")) },
  random: () => 0,
  signal: new AbortController().signal,
  log: silentLogger,
};

interface World {
  readonly state?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly checks?: readonly [instance: string, system: string];
  readonly lastPing?: number;
  readonly alarm?: string;
  readonly optedIn?: number;
}

function answers({ state = "running", checks = ["impaired", "ok"], ...world }: World = {}): Answers {
  const tags = world.tags ?? { "watchkeeper:remediate": "yes" };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const one = { InstanceId: ID, State: { Name: state }, Tags };
  return {
    "ec2:DescribeInstances": ({ Filters }) => {
      const counting = JSON.stringify(Filters).includes("tag:");
      return { Reservations: [{ Instances: counting ? Array(world.optedIn).fill(one) : [one] }] };
    },
    "ec2:DescribeInstanceStatus": () => ({
      InstanceStatuses: [{ InstanceStatus: { Status: checks[0] }, SystemStatus: { Status: checks[1] } }],
    }),
    "ssm:DescribeInstanceInformation": () => ({
      InstanceInformationList: [
        { PingStatus: "Online", LastPingDateTime: new Date(world.lastPing ?? NOW - 20 * MINUTE) },
      ],
    }),
    "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ StateValue: world.alarm ?? "ALARM" }] }),
  };
}

async function decided(
  world: World,
  parts: {
    readonly changedAt?: number;
    readonly earlier?: readonly RemediationRun[];
    readonly runbooks?: readonly [Runbook, ...Runbook[]];
    readonly byHand?: boolean;
  } = {},
) {
  const { session, calls } = scriptedAws(answers(world));
  const { changedAt = NOW - MINUTE, earlier = [], runbooks = [runbookOf()] as const } = parts;
  const alarm = { name: "frozen", account: "111122223333", changedAt };
  const question = { instance: ID, runbooks, earlier, ...(parts.byHand ? {} : { alarm }) };
  return { ...(await decide(session, question, context)), calls };
}

const inShort = (course: Course): string =>
  course.act === "end"
    ? `${course.verdict}: ${course.refusal.guard}`
    : course.act === "wait"
      ? `wait ${(course.until - NOW) / MINUTE} min: ${course.refusal.guard}`
      : course.act;

describe("the decision", () => {
  it.each<[string, World, Parameters<typeof decided>[1], string]>([
    ["what is frozen is repaired", {}, {}, "repair"],
    ["an old alarm that is still on", {}, { changedAt: NOW - HOUR }, "repair"],
    ["one that is over", { alarm: "OK" }, { changedAt: NOW - HOUR }, "recovered: stale-alarm"],
    [
      "one without data",
      { alarm: "INSUFFICIENT_DATA" },
      { changedAt: NOW - 12 * MINUTE },
      "wait 1 min: stale-alarm",
    ],
    ["a terminated instance", { state: "terminated" }, {}, "gone: instance-state"],
    ["one without the tag", { tags: {} }, {}, "refused: opt-in"],
    ["one that may fall silent yet is waited for", { lastPing: NOW - MINUTE }, {}, "wait 1 min: symptoms"],
    ["but not for ever", { lastPing: NOW - MINUTE }, { changedAt: NOW - 30 * MINUTE }, "refused: symptoms"],
    ["nor where somebody asked", { lastPing: NOW - MINUTE }, { byHand: true }, "refused: symptoms"],
    [
      "nor where our clock runs far behind",
      { lastPing: NOW - MINUTE },
      { changedAt: NOW + 5 * HOUR },
      "refused: symptoms",
    ],
    [
      "nor where something else refuses for longer",
      { lastPing: NOW - MINUTE },
      { earlier: [runOf({ createdAt: NOW - 10 * MINUTE })] },
      "refused: symptoms",
    ],
    [
      "a cooldown isn't waited for",
      {},
      { earlier: [runOf({ createdAt: NOW - 32 * MINUTE })] },
      "refused: cooldown",
    ],
    ["a broken host", { checks: ["impaired", "impaired"] }, {}, "refused: symptoms"],
  ])("%s", async (_, world, parts, expected) => {
    expect(inShort((await decided(world, parts)).course)).toBe(expected);
  });

  it("takes the runbook whose symptoms hold, else the first", async () => {
    const moving = runbookOf({
      name: "moving",
      when: { systemCheck: "impaired" },
      steps: [{ do: "stopStart" }],
    });
    const runbooks = [runbookOf(), moving] as const;
    expect((await decided({ checks: ["ok", "impaired"] }, { runbooks })).runbook.name).toBe("moving");
    expect((await decided({}, { runbooks })).runbook.name).toBe("frozen");
    expect((await decided({ checks: ["ok", "ok"] }, { runbooks })).runbook.name).toBe("frozen");
  });

  it("marks members of Auto Scaling groups where it may", async () => {
    const guards = { ...SETTINGS, autoScaling: "markUnhealthy" as const };
    const tags = { "watchkeeper:remediate": "yes", "aws:autoscaling:groupName": "web" };
    const { session } = scriptedAws({
      ...answers({ tags }),
      "autoscaling:DescribeAutoScalingInstances": () => ({
        AutoScalingInstances: [{ LifecycleState: "InService" }],
      }),
      "autoscaling:DescribeInstanceRefreshes": () => ({}),
    });
    const question = { instance: ID, runbooks: [runbookOf({ guards })] as const, earlier: [] };
    expect((await decide(session, question, context)).course).toEqual({ act: "markUnhealthy", group: "web" });
  });

  it("counts who opted in only in a storm", async () => {
    const earlier = [1, 2, 3].map((i) => runOf({ instanceId: `i-${i}`, createdAt: NOW - i * MINUTE }));
    expect((await decided({}, { earlier: earlier.slice(1) })).calls).toHaveLength(3);
    const storm = await decided({ optedIn: 400 }, { earlier });
    expect(storm.calls).toHaveLength(4);
    expect(inShort(storm.course)).toBe("repair");
    expect(inShort((await decided({ optedIn: 20 }, { earlier })).course)).toBe("refused: fleet");
  });

  it("refuses on what it isn't allowed to see, and looks again for a while", async () => {
    const { session } = scriptedAws({});
    const alarm = { name: "frozen", account: "111122223333", changedAt: NOW - MINUTE };
    const question = { instance: ID, runbooks: [runbookOf()] as const, earlier: [], alarm };
    const { course, guards } = await decide(session, question, context);
    expect(inShort(course)).toBe("wait 1 min: instance-state");
    expect(guards[0]?.reason.text).toBe("ec2:DescribeInstances is not allowed");
  });
});

describe("a course", () => {
  it("waits for the longest of several refusals that pass", () => {
    const refusal = (guard: GuardName, again?: number): GuardVerdict => ({
      guard,
      verdict: "refuse",
      reason: { code: "x", text: "x" },
      ...(again === undefined ? {} : { again }),
    });
    const course = (...guards: readonly GuardVerdict[]) =>
      inShort(courseOf(guards, {}, { now: NOW, alarmChangedAt: NOW }));
    expect(course(refusal("symptoms", NOW + MINUTE), refusal("deployment", NOW + 5 * MINUTE))).toBe(
      "wait 5 min: symptoms",
    );
    expect(course(refusal("deployment", NOW + 5 * MINUTE), refusal("opt-in"))).toBe("refused: deployment");
  });
});
