import { createHash } from "node:crypto";
import { AwsError } from "../../aws-error.ts";

/**
 * An opaque page token. It is bound to the operation and the request's other parameters: used with different ones
 * it is invalid, as CloudWatch has it.
 */
export function pageToken(operation: string, parameters: unknown, position: unknown): string {
  return Buffer.from(JSON.stringify([fingerprint(operation, parameters), position])).toString("base64url");
}

/** The position a token holds; undefined without a token. Fails with `InvalidNextToken`. */
export function pagePosition<T>(
  operation: string,
  parameters: unknown,
  token: string | undefined,
): T | undefined {
  if (token === undefined || token === null) return undefined;
  const decoded = decode(token);
  if (!Array.isArray(decoded) || decoded[0] !== fingerprint(operation, parameters))
    throw new AwsError("InvalidNextToken", `The NextToken ${shorten(token)} is invalid.`);
  return decoded[1] as T;
}

function decode(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

function fingerprint(operation: string, parameters: unknown): string {
  return createHash("sha1")
    .update(JSON.stringify([operation, parameters]))
    .digest("base64url")
    .slice(0, 12);
}

const shorten = (token: string): string => (token.length > 40 ? `${token.slice(0, 40)}…` : token);
