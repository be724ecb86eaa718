import { beforeEach, describe, expect, it } from "vitest";
import { cpuAlarm, desiredOf, SkippingClock } from "../../test/support/desired.ts";
import { MemoryCloudWatch } from "../../test/support/memory-cloudwatch.ts";
import type { Outcome } from "../plan/planner.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { configuration } from "./test-fixtures.ts";
import { TopicPlanner } from "./topic-planner.ts";

const clock = new SkippingClock();
const arn = (name: string, account = "111122223333") => `arn:aws:sns:eu-central-1:${account}:${name}`;
const context = {
  clock,
  random: () => 0,
  signal: new AbortController().signal,
  log: { debug: () => {}, warn: () => {} },
};
let cloud: MemoryCloudWatch;

beforeEach(() => {
  cloud = new MemoryCloudWatch(clock);
});

function planner(targets: readonly string[], intent: "plan" | "destroy" = "plan") {
  const desired = desiredOf([cpuAlarm("i-1", { alarmActions: targets })]);
  return new TopicPlanner({ session: cloud, context, configuration: configuration([]), desired, intent });
}

async function apply(topics: TopicPlanner): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await topics.apply((await topics.plan()).changes, (outcome) => outcomes.push(outcome));
  return outcomes;
}

describe("topics", () => {
  it("are created when an alarm needs them, tagged, once", async () => {
    const topics = planner([arn("web-team"), arn("web-team")]);
    const { changes, callsToMake } = await topics.plan();
    expect(changes).toMatchObject([
      {
        action: "create",
        name: "web-team",
        address: "111122223333/eu-central-1/sns.topic/web-team/web-team",
      },
    ]);
    expect(callsToMake).toEqual({ "sns:CreateTopic": 1 });
    expect(await apply(topics)).toMatchObject([{ status: "applied" }]);
    expect(cloud.topics.get(arn("web-team"))?.get("watchkeeper:config")).toBe("web-team");
    expect(await topics.plan()).toMatchObject({ changes: [], unchanged: 1 });
  });

  it("that somebody else made are used as they are and never deleted", async () => {
    cloud.topics.set(arn("web-team"), new Map());
    expect((await planner([arn("web-team")]).plan()).changes).toEqual([]);
    const { changes, notes } = await planner([arn("web-team")], "destroy").plan();
    expect(changes).toEqual([]);
    expect(notes.map(({ code }) => code)).toEqual(["topic-not-ours"]);
  });

  it("that don't exist are an error when they aren't the configuration's to make", async () => {
    const { changes, notes } = await planner([arn("gone"), arn("theirs", "999999999999")]).plan();
    expect(changes).toEqual([]);
    expect(notes).toMatchObject([
      { severity: "error", code: "missing-target" },
      { severity: "error", code: "missing-target" },
    ]);
  });

  it("of other accounts that may not be looked at are only told", async () => {
    cloud.fault = (_, operation) => {
      if (operation === "GetTopicAttributes")
        throw new WatchkeeperError("AuthorizationError", "no", { source: "aws" });
      return undefined;
    };
    const { notes } = await planner([arn("theirs", "999999999999")]).plan();
    expect(notes).toMatchObject([{ severity: "info", code: "target-unverified" }]);
  });

  it("go with destroy when our tag says that we made them, and only then", async () => {
    await apply(planner([arn("web-team")]));
    const destroy = planner([arn("web-team")], "destroy");
    const { changes } = await destroy.plan();
    expect(changes).toMatchObject([{ action: "delete", name: "web-team" }]);
    cloud.topics.set(arn("web-team"), new Map());
    const outcomes: Outcome[] = [];
    await destroy.apply(changes, (outcome) => outcomes.push(outcome));
    expect(outcomes).toMatchObject([{ status: "refused" }]);
    cloud.topics.set(arn("web-team"), new Map([["watchkeeper:config", "web-team"]]));
    expect(await apply(destroy)).toMatchObject([{ status: "applied" }]);
    expect(cloud.topics.size).toBe(0);
  });

  it("that can't be listed make the scope incomplete", async () => {
    cloud.fault = () => "error";
    const { scopes, notes, changes } = await planner([arn("web-team")]).plan();
    expect(scopes).toMatchObject([
      { type: "sns.topic", complete: false, error: { code: "InternalServiceError" } },
    ]);
    expect(notes.map(({ code }) => code)).toEqual(["topics-unknown"]);
    expect(changes).toEqual([]);
  });
});
