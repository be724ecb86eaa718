import { OWN_MESSAGE } from "../model/own-tags.ts";
import { compact, type Fields, fieldsOf, member, textIn, timeOf } from "./fields.ts";

/** What SNS wraps around a message, whichever way it spells it. Texts are exactly as they came: the signature is over them. */
export interface SnsEnvelope {
  readonly type: "Notification" | "SubscriptionConfirmation" | "UnsubscribeConfirmation";
  readonly messageId: string;
  readonly topicArn: string;
  readonly message: string;
  readonly timestamp: string;
  readonly subject?: string;
  readonly signatureVersion?: string;
  readonly signature?: string;
  readonly signingCertUrl?: string;
  readonly subscribeUrl?: string;
  readonly token?: string;
  /** We published it ourselves: a listener that hears it must not answer. */
  readonly own?: true;
}

const TYPES = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"] as const;

/** The envelope in this JSON; undefined when it is none. HTTP(S) and SQS spell `SigningCertURL`, Lambda `SigningCertUrl`. */
export function snsEnvelopeOf(fields: Fields): SnsEnvelope | undefined {
  const type = TYPES.find((known) => known === member(fields, "Type"));
  const message = member(fields, "Message");
  const topicArn = textIn(fields, "TopicArn");
  if (type === undefined || typeof message !== "string" || topicArn === undefined) return undefined;
  const subject = member(fields, "Subject");
  return compact({
    type,
    messageId: textIn(fields, "MessageId") ?? "",
    topicArn,
    message,
    timestamp: textIn(fields, "Timestamp") ?? "",
    subject: typeof subject === "string" ? subject : undefined,
    signatureVersion: textIn(fields, "SignatureVersion"),
    signature: textIn(fields, "Signature"),
    signingCertUrl: textIn(fields, "SigningCertURL", "SigningCertUrl"),
    subscribeUrl: textIn(fields, "SubscribeURL", "SubscribeUrl"),
    token: textIn(fields, "Token"),
    own: isOwn(member(fields, "MessageAttributes")),
  });
}

/** Whether message attributes, of SNS or SQS, say that we sent it. */
export function isOwn(attributes: unknown): true | undefined {
  return member(fieldsOf(attributes), OWN_MESSAGE) === undefined ? undefined : true;
}

/** When SNS took the message, ms. */
export function sentAt(envelope: SnsEnvelope): number | undefined {
  return timeOf(envelope.timestamp);
}
