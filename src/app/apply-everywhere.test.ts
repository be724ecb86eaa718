import { describe, expect, it } from "vitest";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import { applyEverywhere } from "./apply-everywhere.ts";

const ACCOUNT = "111122223333";

function change(
  type: string,
  name: string,
  action: Change["action"],
  more: { readonly region?: string; readonly after?: unknown } = {},
): Change {
  const { region = "a", after } = more;
  return {
    address: `${ACCOUNT}/${region}/${type}/x/${name}`,
    scope: { account: ACCOUNT, region, type },
    identity: `x/${name}`,
    name,
    action,
    reason: { code: "c", text: "t" },
    fields: [],
    after,
  };
}

async function apply(changes: readonly Change[], broken: Readonly<Record<string, Outcome["status"]>> = {}) {
  const tried: string[] = [];
  const applier = (...types: string[]) => ({
    types,
    async apply(own: readonly Change[], report: (outcome: Outcome) => void) {
      for (const { address, name } of own) {
        tried.push(name);
        report({ address, name, status: broken[name] ?? "applied" });
      }
    },
  });
  const outcomes: string[] = [];
  const places = ["a", "b"].map((region) => ({
    session: { account: ACCOUNT, region },
    planners: [applier("sns.topic"), applier("sns.subscription"), applier("cloudwatch.alarm")],
  }));
  await applyEverywhere(changes, places, applier("sqs.queue"), ({ name, status, error }) =>
    outcomes.push([name, status, ...(error ? [error.code] : [])].join(" ")),
  );
  return { tried, outcomes };
}

const MADE = [
  change("cloudwatch.alarm", "alarm", "create"),
  change("sns.subscription", "sub", "create", { after: { endpoint: "arn:q" } }),
  change("sns.subscription", "other", "create", { after: { endpoint: "https://x" }, region: "b" }),
  change("sns.topic", "topic", "create"),
  change("sqs.queue", "queue", "create", { region: "c", after: { arn: "arn:q" } }),
];
const MOVED = [
  ...MADE,
  change("sns.subscription", "old-sub", "delete", { region: "b" }),
  change("sqs.queue", "old-queue", "delete"),
];

describe("applyEverywhere", () => {
  it("makes the queue first, then topics, subscriptions and alarms; superfluous queues go before what led to them", async () => {
    const { tried } = await apply(MOVED);
    expect([tried[0], ...tried.filter((name) => ["topic", "sub", "alarm"].includes(name))]).toEqual([
      "queue",
      "topic",
      "sub",
      "alarm",
    ]);
    expect(tried.slice(-2)).toEqual(["old-queue", "old-sub"]);
  });

  it("subscribes no queue that could not be made; alarms and others go on", async () => {
    const { outcomes } = await apply(MADE, { queue: "failed" });
    expect(outcomes.sort()).toEqual([
      "alarm applied",
      "other applied",
      "queue failed",
      "sub failed not-tried",
      "topic applied",
    ]);
  });

  it("makes alarms though a subscription failed, and deletes nothing then", async () => {
    const { outcomes } = await apply(MOVED, { sub: "failed" });
    expect(outcomes).toContain("alarm applied");
    expect(outcomes.slice(-2)).toEqual(["old-queue failed not-tried", "old-sub failed not-tried"]);
  });

  it("deletes nothing while something waits, and calls that a failure only where something failed", async () => {
    const ends = async (broken: Parameters<typeof apply>[1]) =>
      (await apply(MOVED, broken)).outcomes.slice(-2);
    expect(await ends({ sub: "waiting" })).toEqual(["old-queue waiting", "old-sub waiting"]);
    for (const broken of [
      { sub: "waiting", other: "failed" },
      { sub: "failed", other: "waiting" },
    ] as const)
      expect(await ends(broken)).toEqual(["old-queue failed not-tried", "old-sub failed not-tried"]);
  });

  it("keeps what led to a queue that stayed", async () => {
    const { outcomes } = await apply(MOVED, { "old-queue": "refused" });
    expect(outcomes.slice(-2)).toEqual(["old-queue refused", "old-sub failed not-tried"]);
  });

  it("leaves the rest pending when it is stopped, each told once", async () => {
    const { outcomes } = await apply(MOVED, { queue: "pending" });
    expect(outcomes).toHaveLength(MOVED.length);
    expect(outcomes).toEqual(expect.arrayContaining(["sub pending", "old-queue pending", "old-sub pending"]));
  });
});
