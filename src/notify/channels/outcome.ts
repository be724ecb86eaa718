import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import type { SendContext, SendFailure, SendResult } from "../channel.ts";
import type { HttpAnswer } from "./answer-reader.ts";
import { HttpFailure } from "./http-client.ts";
import type { SecretSource } from "./secret-source.ts";

type Failed = Extract<SendResult, { readonly outcome: "failed" }>;

/**
 * Whether a failure may pass without anybody touching the message. What an operator can put right (a token, an address) may:
 * messages wait for it. A message that the service refuses for what it is will be refused again.
 */
const MAY_PASS: Readonly<Record<SendFailure, boolean>> = {
  "rate-limited": true,
  timeout: true,
  connection: true,
  "server-error": true,
  unauthorized: true,
  "not-found": true,
  "bad-answer": true,
  refused: false,
};

/** Longest wait that a service is obeyed in, s. */
const LONGEST_RETRY_AFTER = 3600;
const LONGEST_MESSAGE = 300;

/** A failed send. */
export function failed(reason: SendFailure, message: string, retryAfter?: number): Failed {
  return {
    outcome: "failed",
    retry: MAY_PASS[reason],
    reason,
    message,
    ...(retryAfter === undefined ? {} : { retryAfter: Math.min(retryAfter, LONGEST_RETRY_AFTER) }),
  };
}

/** What an HTTP status means for a send; undefined for 2xx. */
export function statusFailure(status: number): SendFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 429) return "rate-limited";
  if (status === 401 || status === 403 || status === 407) return "unauthorized";
  if (status === 404 || status === 410) return "not-found";
  if (status === 408) return "timeout";
  if (status === 409 || status === 423 || status === 425 || status >= 500) return "server-error";
  return status >= 400 ? "refused" : "bad-answer";
}

/** The failure of an answer by its status; undefined for 2xx. `said` is what the service gave as the reason. */
export function answerFailure(answer: HttpAnswer, context: SendContext, said?: string): Failed | undefined {
  const { status, headers } = answer;
  const reason = statusFailure(status);
  if (reason === undefined) return undefined;
  const because = said ?? excerpt(answer.body);
  const text = `answered ${status}${because === "" ? "" : `: ${because}`}`;
  if (status >= 300 && status < 400) {
    return failed(
      reason,
      `answered ${status}, a redirect, which isn't followed: configure the final address`,
    );
  }
  const wait =
    reason === "rate-limited" || status === 503
      ? retryAfter(headers.get("retry-after"), context.now)
      : undefined;
  return failed(reason, text, wait);
}

/** Seconds that a `Retry-After` header asks for, in either of its forms. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = (header ?? "").trim();
  if (text === "") return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** The first words of what a service answered; markup and line breaks left out. */
export function excerpt(body: string): string {
  return shorten(
    body
      .slice(0, 4096)
      .replace(/<(style|script)\b.*?<\/\1>/gis, " ")
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
}

/** The members of a JSON object; undefined for anything else, HTML above all. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Runs a send: whatever it throws becomes a failure, and no message holds a secret of the channel. */
export async function guarded(secrets: SecretSource, send: () => Promise<SendResult>): Promise<SendResult> {
  let result: SendResult;
  try {
    result = await send();
  } catch (error) {
    result = thrown(error);
  }
  if (result.outcome === "delivered") return result;
  if (result.reason === "unauthorized" || result.reason === "not-found") secrets.forget();
  return { ...result, message: shorten(secrets.redact(result.message)) };
}

function thrown(error: unknown): Failed {
  if (error instanceof HttpFailure) return failed(error.reason, error.message);
  if (!isWatchkeeperError(error)) return failed("bad-answer", `failed unexpectedly: ${messageOf(error)}`);
  const remedy = error.remedy === undefined ? "" : `; ${error.remedy}`;
  return failed(AWS_REASONS[error.code] ?? "refused", `${error.message}${remedy}`);
}

/** Codes of errors that channels meet, of ours and of AWS sessions. */
const AWS_REASONS: Readonly<Record<string, SendFailure>> = {
  "secret-unavailable": "unauthorized",
  "channel-address": "unauthorized",
  Throttling: "rate-limited",
  AccessDenied: "unauthorized",
  ExpiredToken: "unauthorized",
  RequestExpired: "unauthorized",
  InvalidCredentials: "unauthorized",
  NoCredentials: "unauthorized",
  UnknownProfile: "unauthorized",
  OptInRequired: "unauthorized",
  Timeout: "timeout",
  Network: "connection",
  InternalFailure: "server-error",
  InternalError: "server-error",
  InternalErrorException: "server-error",
  ServiceUnavailable: "server-error",
  NotFound: "not-found",
  NotFoundException: "not-found",
  SendingPausedException: "unauthorized",
  MailFromDomainNotVerifiedException: "unauthorized",
  AccountSuspendedException: "unauthorized",
  LimitExceededException: "rate-limited",
  Aborted: "connection",
};

function shorten(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
}
