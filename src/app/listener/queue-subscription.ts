import { fieldsOf, jsonOf } from "../../events/fields.ts";
import { snsEnvelopeOf } from "../../events/sns-envelope.ts";
import { parseArn } from "../../model/arn.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError } from "../../support/errors.ts";
import type { AwsAccess } from "../notify/aws-access.ts";
import type { IsConfigured } from "../notify/topics.ts";

/** SNS asks whether a queue wants to hear a topic of another account. */
export interface AskedSubscription {
  readonly topicArn: string;
  readonly token: string;
}

/** The question in a queue's message; undefined when it is something else. */
export function askedSubscription(body: string): AskedSubscription | undefined {
  if (!body.includes("SubscriptionConfirmation")) return undefined;
  const fields = fieldsOf(jsonOf(body));
  const envelope = fields && snsEnvelopeOf(fields);
  if (envelope?.type !== "SubscriptionConfirmation" || envelope.token === undefined) return undefined;
  return { topicArn: envelope.topicArn, token: envelope.token };
}

/**
 * Confirms subscriptions of configured topics, and of no others. Answers false for what isn't allowed yet, so that the question comes
 * again; one that is too old is told of and left. Rejects for what may succeed at once when it is tried again.
 */
export function confirmerOf(
  isConfigured: IsConfigured,
  aws: Pick<AwsAccess, "session">,
  { log }: Pick<Context, "log">,
): (asked: AskedSubscription) => Promise<boolean> {
  return async ({ topicArn, token }) => {
    if (!isConfigured(topicArn)) {
      log.warn(`${topicArn} asks to be heard, and the configuration doesn't name it: it isn't confirmed`);
      return true;
    }
    const { region, account } = parseArn(topicArn) ?? {};
    const session = await aws.session(region, account).catch((error: unknown) => {
      // Whoever has the question's token may answer it.
      if (isWatchkeeperError(error) && error.code === "unknown-account") return aws.session(region);
      throw error;
    });
    try {
      await session.send("sns", "ConfirmSubscription", { TopicArn: topicArn, Token: token });
      log.debug(`${topicArn} is heard from now on: its subscription is confirmed`);
      return true;
    } catch (error) {
      if (!isWatchkeeperError(error) || error.retryable || error.code === "Aborted") throw error;
      log.warn(`the subscription of ${topicArn} can't be confirmed, so its alarms don't come here`, {
        reason: error.message,
      });
      return error.code !== "AccessDenied";
    }
  };
}
