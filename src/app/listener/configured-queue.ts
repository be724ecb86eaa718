import { placeOf } from "../../alarms/listening/listening.ts";
import { NO_QUEUE } from "../../alarms/listening/queue-reader.ts";
import { madeBy } from "../../alarms/spec/tags.ts";
import { parseArn } from "../../model/arn.ts";
import type { Configuration } from "../../model/configuration.ts";
import { isWatchkeeperError, WatchkeeperError } from "../../support/errors.ts";
import { listeningOf, sessionsOf } from "../listening-queue.ts";
import type { AwsAccess } from "../notify/aws-access.ts";
import { findQueue, type QueueOptions } from "./queue-consumer.ts";

/**
 * The queue that `notifications.listen` names; undefined when it names none. Fails with `no-queue` before the first apply, and with
 * `foreign-queue` where somebody else made it: what is read is deleted, and those messages are for others.
 */
export async function configuredQueue(
  configuration: Configuration,
  aws: AwsAccess,
): Promise<Pick<QueueOptions, "session" | "url"> | undefined> {
  if (configuration.notifications?.listen?.queue === undefined) return undefined;
  const open = await aws.open();
  const { queue, error } = listeningOf(configuration, open);
  if (error) throw new WatchkeeperError(error.code, error.message);
  if (!queue) return undefined;
  if (!queue.isMade) return findQueue(queue.arn, (region, account) => aws.session(region, account));
  const { account, region } = placeOf(queue.arn);
  const name = parseArn(queue.arn)?.resource ?? "";
  const session = sessionsOf(open)(account, region);
  if (!session) throw new WatchkeeperError("account-unreached", `account ${account} isn't reached`);
  try {
    const { QueueUrl: url } = await session.send("sqs", "GetQueueUrl", { QueueName: name });
    if (url !== undefined) {
      const { Tags = {} } = await session.send("sqs", "ListQueueTags", { QueueUrl: url });
      const tags = Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
      if (madeBy(configuration.name, tags)) return { session, url };
      throw new WatchkeeperError(
        "foreign-queue",
        `the queue ${name} in ${account} ${region} wasn't made by this configuration, and reading it would take its messages`,
        { remedy: "name another under notifications.listen, or give its ARN to use it as it is" },
      );
    }
  } catch (error) {
    if (!isWatchkeeperError(error) || !NO_QUEUE.test(error.code)) throw error;
  }
  throw new WatchkeeperError("no-queue", `there is no queue ${name} in ${account} ${region} yet`, {
    remedy: "watchkeeper apply makes it, and subscribes it to the topics",
  });
}
