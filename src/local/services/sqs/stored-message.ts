import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { AwsError } from "../../aws-error.ts";
import { md5, md5OfAttributes } from "./digest.ts";

export type MessageAttributes = Readonly<Record<string, MessageAttributeValue>>;

/** A message while it is in a queue. */
export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes | undefined;
  readonly senderId: string;
  /** Virtual milliseconds. */
  readonly sentAt: number;
  visibleAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  /** The handle of the latest receive; older handles no longer change the message's visibility. */
  handle: string | undefined;
}

/** What is asked for by a receive. Seconds throughout. */
export interface Receiving {
  readonly max: number;
  readonly visibilityTimeout?: number | undefined;
  readonly waitSeconds: number;
  readonly systemAttributes: readonly string[];
  readonly attributeNames: readonly string[];
}

/** Bytes of one attribute, as they count towards a message's size. */
export function attributeSize(name: string, value: MessageAttributeValue): number {
  return (
    Buffer.byteLength(name) +
    Buffer.byteLength(value.DataType ?? "") +
    (value.BinaryValue?.length ?? Buffer.byteLength(value.StringValue ?? ""))
  );
}

/** The receipt handle of one receive. */
export function handleOf(id: string, queue: string, receive: number): string {
  return Buffer.from(`${id} ${queue} ${receive}`).toString("base64");
}

/** Whose handle it is; throws ReceiptHandleIsInvalid for one that isn't of this queue. */
export function messageIdOf(handle: string, queue: string): string {
  const [id, name, receive] = Buffer.from(handle, "base64").toString("utf8").split(" ");
  if (!id || name !== queue || !receive) {
    throw new AwsError(
      "ReceiptHandleIsInvalid",
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  }
  return id;
}

/** A message as ReceiveMessage answers it. */
export function shown(message: StoredMessage, receiving: Receiving): Message {
  const system: Readonly<Record<string, string>> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  const wanted = Object.entries(system).filter(
    ([name]) => receiving.systemAttributes.includes("All") || receiving.systemAttributes.includes(name),
  );
  const attributes = Object.entries(message.attributes ?? {}).filter(([name]) =>
    receiving.attributeNames.some(
      (pattern) =>
        pattern === "All" ||
        pattern === ".*" ||
        pattern === name ||
        (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -2))),
    ),
  );
  const chosen = Object.fromEntries(attributes);
  const attributesMd5 = md5OfAttributes(chosen);
  return {
    MessageId: message.id,
    ReceiptHandle: message.handle ?? "",
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {}),
    ...(attributesMd5 ? { MessageAttributes: chosen, MD5OfMessageAttributes: attributesMd5 } : {}),
  };
}
