import { expect, it } from "vitest";
import type { AwsSession } from "../../aws/session.ts";
import type { Change } from "../../plan/plan.ts";
import type { Outcome } from "../../plan/planner.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { tellConfirmed } from "./confirmation.ts";

const TOPIC = "arn:aws:sns:eu-central-1:111122223333:ops";

function asked(name: string): Change {
  return {
    address: name,
    scope: { account: "111122223333", region: "eu-central-1", type: "sns.subscription" },
    identity: name,
    name,
    action: "create",
    reason: { code: "c", text: "t" },
    fields: [],
    after: { topicArn: TOPIC, protocol: "https", endpoint: `https://${name}.example.com/` },
  };
}

/** What is told of two addresses; `look` answers the names of those that have confirmed, or throws. */
async function told(look: (looks: number) => readonly string[], signal = new AbortController().signal) {
  const outcomes: Outcome[] = [];
  let looks = 0;
  const session = {
    async *pages() {
      looks += 1;
      const confirmed = look(looks);
      yield {
        Subscriptions: ["one", "other"].map((name) => ({
          SubscriptionArn: confirmed.includes(name) ? `${TOPIC}:${name}` : "PendingConfirmation",
          Protocol: "https",
          Endpoint: `https://${name}.example.com/`,
        })),
      };
    },
  } as unknown as AwsSession;
  const clock = { now: () => new Date(0), sleep: async () => signal.throwIfAborted() };
  await tellConfirmed([asked("one"), asked("other")], { session, context: { clock, signal } }, (outcome) =>
    outcomes.push(outcome),
  );
  return { said: outcomes.map(({ name, status }) => `${name} ${status}`), looks };
}

it("tells of each address once, as soon as it has confirmed", async () => {
  const step = (looks: number) => [["one"], ["one", "other"]][looks - 1] ?? [];
  expect(await told(step)).toEqual({ said: ["one applied", "other applied"], looks: 2 });
});

it("looks a few times, and then says what waits", async () => {
  expect(await told(() => ["other"])).toEqual({ said: ["other applied", "one waiting"], looks: 3 });
});

it("says what waits where it may not look, or is stopped: SNS has asked already", async () => {
  const denied = () => {
    throw new WatchkeeperError("AccessDenied", "not allowed", { source: "aws" });
  };
  expect(await told(denied)).toEqual({ said: ["one waiting", "other waiting"], looks: 1 });
  expect(await told(() => [], AbortSignal.abort())).toMatchObject({ said: ["one waiting", "other waiting"] });
});

it("hides no fault of our own", async () => {
  await expect(
    told(() => {
      throw new TypeError("oops");
    }),
  ).rejects.toThrow("oops");
});
