import { describe, expect, it } from "vitest";
import type { PacedSession } from "../../aws/account-link.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { askedSubscription, confirmerOf } from "./queue-subscription.ts";

const TOPIC = "arn:aws:sns:eu-west-1:444455556666:ops";
const ASKED = { topicArn: TOPIC, token: "t0k3n" };

describe("the question of SNS in a queue", () => {
  it("is told from everything else", () => {
    const body = { Type: "SubscriptionConfirmation", TopicArn: TOPIC, Token: "t0k3n", Message: "m" };
    expect(askedSubscription(JSON.stringify(body))).toEqual(ASKED);
    for (const other of [
      "",
      "SubscriptionConfirmation",
      JSON.stringify({ ...body, Type: "Notification", Message: "SubscriptionConfirmation" }),
      JSON.stringify({ ...body, Token: undefined }),
      JSON.stringify([body]),
    ])
      expect(askedSubscription(other)).toBeUndefined();
  });
});

describe("confirming", () => {
  const asks: string[] = [];
  const said: string[] = [];
  const confirmer = (fail?: WatchkeeperError, reached = true, isConfigured = true) => {
    asks.length = said.length = 0;
    const session = async (region?: string, account?: string): Promise<PacedSession> => {
      if (account !== undefined && !reached) throw new WatchkeeperError("unknown-account", "no");
      const send = async (service: string, operation: string, input: object) => {
        asks.push(`${account ?? "first"} ${region} ${service}:${operation} ${JSON.stringify(input)}`);
        if (fail) throw fail;
        return {};
      };
      return { send } as unknown as PacedSession;
    };
    const log = { debug: () => undefined, warn: (text: string) => void said.push(text) };
    return confirmerOf(() => isConfigured, { session }, { log });
  };
  const failure = (code: string, retryable = false) =>
    new WatchkeeperError(code, code, { source: "aws", retryable });

  it("asks in the topic's account and region, or with the first credentials where that isn't reached", async () => {
    expect(await confirmer()(ASKED)).toBe(true);
    const call = `sns:ConfirmSubscription ${JSON.stringify({ TopicArn: TOPIC, Token: "t0k3n" })}`;
    expect(asks).toEqual([`444455556666 eu-west-1 ${call}`]);
    expect(await confirmer(undefined, false)(ASKED)).toBe(true);
    expect(asks).toEqual([`first eu-west-1 ${call}`]);
  });

  it("does nothing for topics that the configuration doesn't name", async () => {
    expect(await confirmer(undefined, true, false)(ASKED)).toBe(true);
    expect([asks, said]).toEqual([[], [expect.stringContaining("isn't confirmed")]]);
  });

  it("tries again what isn't allowed yet or was busy, and gives up what is too old", async () => {
    expect(await confirmer(failure("AccessDenied"))(ASKED)).toBe(false);
    expect(await confirmer(failure("InvalidParameter"))(ASKED)).toBe(true);
    expect(said).toEqual([expect.stringContaining("can't be confirmed")]);
    await expect(confirmer(failure("Throttling", true))(ASKED)).rejects.toThrow("Throttling");
  });
});
