import { createHash } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sqs";

/** MD5 of a text, hex: what SQS answers as `MD5OfMessageBody`. */
export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * `MD5OfMessageAttributes`: name, data type and value of each attribute in order of name, each with its length as four
 * bytes, the value led by one byte for its kind (1 text, 2 binary). Undefined without attributes.
 * Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
 */
export function md5OfAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
): string | undefined {
  const names = Object.keys(attributes ?? {}).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const field = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const value = attributes?.[name];
    field(Buffer.from(name));
    field(Buffer.from(value?.DataType ?? ""));
    const binary = value?.BinaryValue;
    hash.update(Buffer.from([binary ? 2 : 1]));
    field(binary ?? Buffer.from(value?.StringValue ?? ""));
  }
  return hash.digest("hex");
}
