import { setTimeout as delay } from "node:timers/promises";

/** Pauses before further tries, ms of the host. SNS tries three times more, 20 s apart, at first (developer guide, sns-message-delivery-retries). */
const PAUSES = [200, 1_000, 2_000];
const TIMEOUT = 15_000;

/** One delivery by HTTP, as SNS's own headers and body say it. */
export interface HttpDelivery {
  readonly endpoint: string;
  readonly type: "SubscriptionConfirmation" | "Notification";
  readonly messageId: string;
  readonly topicArn: string;
  /** Absent until it is confirmed. */
  readonly subscriptionArn?: string;
  readonly raw?: boolean;
  readonly body: string;
}

/** Whether an endpoint is on this machine: nothing else is ever called. */
export function isReachable(endpoint: string): boolean {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

/** Posts it, and tries again as long as it isn't taken; then it is dropped, as it is without a dead-letter queue. Never rejects. */
export async function deliverByHttp(delivery: HttpDelivery): Promise<void> {
  for (const pause of [0, ...PAUSES]) {
    await delay(pause, undefined, { ref: false });
    if (await isTaken(delivery)) return;
  }
}

async function isTaken(delivery: HttpDelivery): Promise<boolean> {
  const { endpoint, type, messageId, topicArn, subscriptionArn, raw, body } = delivery;
  try {
    const answer = await fetch(endpoint, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
      headers: {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": type,
        "x-amz-sns-message-id": messageId,
        "x-amz-sns-topic-arn": topicArn,
        ...(subscriptionArn === undefined ? {} : { "x-amz-sns-subscription-arn": subscriptionArn }),
        ...(raw ? { "x-amz-sns-rawdelivery": "true" } : {}),
      },
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Whoever listens isn't there yet, or any more.
    return false;
  }
}
