import { randomUUID } from "node:crypto";
import { AwsError } from "../../aws-error.ts";
import type { Cloud } from "../../cloud.ts";
import type { WireRequest, WireResponse } from "../../wire/message.ts";
import { confirm } from "./subscribe.ts";
import { topicByArn } from "./topic.ts";

/**
 * Answers a GET of the address in a SubscriptionConfirmation, which carries no signature: who has its token may confirm. Undefined for every
 * other request.
 */
export function confirmByLink(cloud: Cloud, request: WireRequest): WireResponse | undefined {
  if (request.method !== "GET" || request.path !== "/" || "authorization" in request.headers)
    return undefined;
  const query = new URLSearchParams(request.query);
  if (query.get("Action") !== "ConfirmSubscription") return undefined;
  try {
    const topic = topicByArn(cloud, query.get("TopicArn") ?? "");
    if (!topic) throw new AwsError("NotFoundException", "Topic does not exist");
    const { arn } = confirm(topic, query.get("Token") ?? "");
    return answer(200, "ConfirmSubscriptionResponse", [
      `<ConfirmSubscriptionResult><SubscriptionArn>${arn}</SubscriptionArn></ConfirmSubscriptionResult>`,
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`,
    ]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return answer(error.code === "NotFoundException" ? 404 : 400, "ErrorResponse", [
      `<Error><Type>Sender</Type><Code>${error.code}</Code><Message>${error.message}</Message></Error>`,
      `<RequestId>${randomUUID()}</RequestId>`,
    ]);
  }
}

function answer(status: number, root: string, parts: readonly string[]): WireResponse {
  const body = `<${root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${parts.join("")}</${root}>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}
