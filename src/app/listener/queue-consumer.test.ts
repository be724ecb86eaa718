import { expect, it } from "vitest";
import type { AwsSession } from "../../aws/session.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { findQueue } from "./queue-consumer.ts";

const HOME = "https://sqs.eu-central-1.amazonaws.com/111122223333/inbox";
const asked: string[] = [];

/** Finds a queue where there is `inbox` alone; `denied`: nobody may ask. */
const find = (queue: string, denied = false) =>
  findQueue(queue, async (region = "eu-central-1") => {
    const send = async (_: string, __: string, input: { readonly QueueName: string }) => {
      asked.push(`${region} ${JSON.stringify(input)}`);
      if (denied) throw new WatchkeeperError("AccessDenied", "not allowed");
      if (input.QueueName === "inbox") return { QueueUrl: HOME };
      throw new WatchkeeperError("aws-QueueDoesNotExist", "The specified queue does not exist.");
    };
    return { account: "111122223333", region, send } as unknown as AwsSession;
  });

it.each([
  HOME,
  "http://127.0.0.1:4599/111122223333/inbox",
  "https://vpce-0a1b-2c.sqs.eu-west-1.vpce.amazonaws.com/444455556666/inbox",
])("takes the address of a queue as it is: %s", async (url) => {
  expect((await find(url)).url).toBe(url);
  expect((await find(url.replace("inbox", "hidden"), true)).url).toContain("hidden");
});

it("asks where the address says, for a queue of our own", async () => {
  asked.length = 0;
  await find("https://vpce-0a1b-2c.sqs.eu-west-1.vpce.amazonaws.com/111122223333/inbox");
  await find("https://sqs.eu-west-1.amazonaws.com/444455556666/theirs");
  expect(asked).toEqual(['eu-west-1 {"QueueName":"inbox"}']);
});

it("refuses other addresses at once", async () => {
  await expect(find("https://example.com/inbox")).rejects.toThrow(
    "https://example.com/inbox is no address of a queue",
  );
});

it.each(["outbox", HOME.replace("inbox", "outbox"), "arn:aws:sqs:eu-central-1:111122223333:outbox"])(
  "names the queue that isn't there: %s",
  async (queue) => {
    await expect(find(queue)).rejects.toMatchObject({
      code: "no-queue",
      message: "there is no queue outbox in 111122223333 eu-central-1",
    });
  },
);
