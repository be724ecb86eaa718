import { expect, it } from "vitest";
import type { AwsSession } from "../../aws/session.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { findQueue } from "./queue-consumer.ts";

const session = {
  account: "111122223333",
  region: "eu-central-1",
  send: async () => {
    throw new WatchkeeperError("aws-QueueDoesNotExist", "The specified queue does not exist.");
  },
} as unknown as AwsSession;
const find = (queue: string) => findQueue(queue, async () => session);

it("takes the address of a queue, and refuses other addresses at once", async () => {
  const url = "https://sqs.eu-central-1.amazonaws.com/111122223333/inbox";
  expect((await find(url)).url).toBe(url);
  await expect(find("https://example.com/inbox")).rejects.toThrow(
    "https://example.com/inbox is no address of a queue",
  );
});

it("names the queue that isn't there", async () => {
  await expect(find("inbox")).rejects.toMatchObject({
    code: "no-queue",
    message: "there is no queue inbox in 111122223333 eu-central-1",
  });
});
