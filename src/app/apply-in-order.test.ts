import { describe, expect, it } from "vitest";
import type { Change } from "../plan/plan.ts";
import type { Outcome, PlannedChanges, Planner } from "../plan/planner.ts";
import { applyInOrder, keepNeededTopics } from "./apply-in-order.ts";

const PLACE = { account: "111122223333", region: "eu-central-1" };

function change(type: "sns.topic" | "cloudwatch.alarm", name: string, action: Change["action"]): Change {
  const scope = { ...PLACE, type };
  const address = `${PLACE.account}/${PLACE.region}/${type}/x/${name}`;
  return {
    address,
    scope,
    identity: `x/${name}`,
    name,
    action,
    reason: { code: "c", text: "t" },
    fields: [],
  };
}

/** Applies with planners that give these names this status, and tells what became of each. */
async function apply(changes: readonly Change[], broken: Readonly<Record<string, Outcome["status"]>> = {}) {
  const tried: string[] = [];
  const planner = (type: string): Pick<Planner, "types" | "apply"> => ({
    types: [type],
    async apply(own, report) {
      for (const { address, name } of own) {
        tried.push(name);
        report({ address, name, status: broken[name] ?? "applied" });
      }
    },
  });
  const outcomes: string[] = [];
  await applyInOrder(changes, PLACE, [planner("sns.topic"), planner("cloudwatch.alarm")], (outcome) =>
    outcomes.push([outcome.name, outcome.status, ...(outcome.error ? [outcome.error.code] : [])].join(" ")),
  );
  return { tried, outcomes };
}

const CREATION = [change("cloudwatch.alarm", "a", "create"), change("sns.topic", "t", "create")];
const DELETION = [
  change("sns.topic", "t", "delete"),
  change("cloudwatch.alarm", "a", "delete"),
  change("cloudwatch.alarm", "b", "delete"),
];

describe("applyInOrder", () => {
  it("makes topics before alarms and deletes them after", async () => {
    expect((await apply(CREATION)).tried).toEqual(["t", "a"]);
    expect((await apply(DELETION)).tried).toEqual(["a", "b", "t"]);
  });

  it("makes no alarm whose topic could not be made", async () => {
    expect((await apply(CREATION, { t: "failed" })).outcomes).toEqual(["t failed", "a failed topic-missing"]);
    expect((await apply(CREATION, { t: "pending" })).outcomes).toEqual(["t pending", "a pending"]);
  });

  it("lets no alarm name a topic that nobody could look up", async () => {
    const arn = "arn:aws:sns:eu-central-1:111122223333:team";
    const alarm = change("cloudwatch.alarm", "new", "create");
    const changes = [
      { ...alarm, after: { alarmActions: [arn] } },
      {
        ...change("cloudwatch.alarm", "tuned", "update"),
        before: { okActions: [arn] },
        after: { alarmActions: [arn] },
      },
      { ...change("cloudwatch.alarm", "quiet", "create"), after: { alarmActions: [] } },
    ];
    const told = async (complete: boolean): Promise<string[]> => {
      const outcomes: string[] = [];
      const planner: Pick<Planner, "types" | "apply"> = {
        types: ["cloudwatch.alarm"],
        apply: async (own, report) =>
          own.forEach(({ address, name }) => void report({ address, name, status: "applied" })),
      };
      const scopes = [{ ...PLACE, type: "sns.topic", complete }];
      await applyInOrder(
        changes,
        PLACE,
        [planner],
        ({ name, status }) => outcomes.push(`${name} ${status}`),
        scopes,
      );
      return outcomes;
    };
    expect(await told(true)).toEqual(["new applied", "tuned applied", "quiet applied"]);
    expect(await told(false)).toEqual(["new failed", "tuned applied", "quiet applied"]);
  });

  it("deletes no topic that an alarm may still name", async () => {
    const { outcomes } = await apply(DELETION, { a: "refused" });
    expect(outcomes).toEqual(["a refused", "b applied", "t failed topic-needed"]);
  });

  it("leaves other places alone", async () => {
    const elsewhere = {
      ...change("sns.topic", "t", "create"),
      scope: { ...PLACE, region: "x", type: "sns.topic" },
    };
    expect((await apply([elsewhere])).outcomes).toEqual([]);
  });
});

describe("keepNeededTopics", () => {
  const part = (changes: readonly Change[], complete = true): PlannedChanges => ({
    scopes: [{ ...PLACE, type: "cloudwatch.alarm", complete }],
    changes,
    unchanged: 0,
    notes: [],
    cost: { before: 0, after: 0 },
    callsToMake: { "sns:DeleteTopic": 1, "sns:ListTagsForResource": 1 },
  });
  const [topic, ...alarms] = DELETION as [Change, ...Change[]];
  const kept = (planned: PlannedChanges) => {
    const { changes, callsToMake } = keepNeededTopics(part([topic]), planned);
    return [changes[0]?.action, changes[0]?.reason.text, Object.keys(callsToMake).length];
  };

  it("deletes them with the last alarm, and not before", () => {
    expect(kept(part(alarms))).toEqual(["delete", "t", 2]);
    const newer = change("cloudwatch.alarm", "newer", "keep");
    expect(kept(part([...alarms, newer]))).toEqual(["keep", "newer stays and may name it", 0]);
    expect(kept(part([], false))).toEqual([
      "keep",
      "alarms could not be listed completely and may name it",
      0,
    ]);
  });
});
