import { fieldsOf, jsonOf } from "./fields.ts";
import { type SnsEnvelope, sentAt, snsEnvelopeOf } from "./sns-envelope.ts";
import { certificateUrlProblem, signatureProblem, snsUrlProblem } from "./sns-signature.ts";

/** One HTTP(S) request that says it is from SNS. Header names in lower case. */
export interface SnsDelivery {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Address of the peer: `127.0.0.1`. */
  readonly remoteAddress: string;
}

/** Gets the PEM file at an https address that was checked before. Answers should be kept: the address changes with the certificate. */
export type CertificateFetcher = (url: string) => Promise<string>;

export interface SnsDeliveryOptions {
  /** ms. */
  readonly now: number;
  /** Whether the configuration listens to this topic. */
  readonly isConfigured: (topicArn: string) => boolean;
  readonly fetchCertificate: CertificateFetcher;
  /** Take unsigned and raw messages, from loopback addresses only: for the local cloud. */
  readonly trustLocal: boolean;
}

/** Why a delivery was refused, and the HTTP status to answer with. */
export interface SnsRefusal {
  readonly verdict: "refused";
  readonly code:
    | "not-sns"
    | "raw"
    | "unknown-topic"
    | "too-old"
    | "bad-certificate-address"
    | "no-certificate"
    | "bad-signature"
    | "bad-confirmation";
  readonly status: 400 | 403 | 502;
  readonly message: string;
}

/** What to do with a delivery. */
export type SnsVerdict =
  /** Give `text` to `parseEvents`. */
  | { readonly verdict: "event"; readonly text: string; readonly topicArn: string | undefined }
  /** GET this address: the subscription is confirmed by that. */
  | { readonly verdict: "confirm"; readonly url: string; readonly topicArn: string }
  /** Nothing to do: somebody unsubscribed us. */
  | { readonly verdict: "unsubscribed"; readonly topicArn: string }
  | SnsRefusal;

/** SNS tries an HTTP(S) delivery for an hour at most; clocks differ a little. What is older is somebody's replay. */
const MAX_AGE_MS = 65 * 60_000;
const MAX_AHEAD_MS = 5 * 60_000;

const LOOPBACK = /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$|^::1$/;

/**
 * Judges an HTTP(S) delivery: only messages that SNS signed, lately, for a topic of ours. A topic that isn't ours is refused
 * however well it is signed: anybody can make one and sign with it.
 */
export async function judgeSnsDelivery(
  delivery: SnsDelivery,
  options: SnsDeliveryOptions,
): Promise<SnsVerdict> {
  const trusted = options.trustLocal && LOOPBACK.test(delivery.remoteAddress);
  const fields = fieldsOf(jsonOf(delivery.body));
  const envelope = fields === undefined ? undefined : snsEnvelopeOf(fields);
  const raw = delivery.headers["x-amz-sns-rawdelivery"]?.toLowerCase() === "true";
  if (raw || !envelope) {
    if (trusted) return { verdict: "event", text: delivery.body, topicArn: undefined };
    return raw
      ? refused(
          "raw",
          400,
          "raw messages carry no signature: switch raw message delivery off for this subscription",
        )
      : refused("not-sns", 400, "this is no message of SNS");
  }
  if (!options.isConfigured(envelope.topicArn))
    return refused("unknown-topic", 403, `the configuration listens to no topic ${envelope.topicArn}`);
  const problem = trusted ? undefined : await authenticityProblem(envelope, options);
  if (problem) return problem;
  switch (envelope.type) {
    case "Notification":
      return { verdict: "event", text: delivery.body, topicArn: envelope.topicArn };
    case "UnsubscribeConfirmation":
      return { verdict: "unsubscribed", topicArn: envelope.topicArn };
    case "SubscriptionConfirmation":
      return confirmation(envelope, trusted);
  }
}

async function authenticityProblem(
  envelope: SnsEnvelope,
  options: SnsDeliveryOptions,
): Promise<SnsRefusal | undefined> {
  const age = options.now - (sentAt(envelope) ?? Number.NEGATIVE_INFINITY);
  if (age > MAX_AGE_MS || age < -MAX_AHEAD_MS)
    return refused(
      "too-old",
      403,
      `its time is ${envelope.timestamp || "missing"}: SNS would have given up long ago, or this clock is off`,
    );
  const url = envelope.signingCertUrl;
  const urlProblem = certificateUrlProblem(url, envelope.topicArn);
  if (urlProblem !== undefined || url === undefined)
    return refused("bad-certificate-address", 403, urlProblem ?? "there is no certificate address");
  let pem: string;
  try {
    pem = await options.fetchCertificate(url);
  } catch (error) {
    // SNS tries again after a 5xx: the message isn't lost while the certificate can't be had.
    return refused(
      "no-certificate",
      502,
      `the certificate can't be had from ${url}: ${(error as Error).message}`,
    );
  }
  const problem = signatureProblem(envelope, pem, options.now);
  return problem === undefined ? undefined : refused("bad-signature", 403, problem);
}

function confirmation(envelope: SnsEnvelope, trusted: boolean): SnsVerdict {
  const url = envelope.subscribeUrl;
  const problem =
    url === undefined ? "is missing" : trusted ? localUrlProblem(url) : snsUrlProblem(url, envelope.topicArn);
  if (url === undefined || problem !== undefined)
    return refused("bad-confirmation", 403, `the address to confirm at ${problem}`);
  return { verdict: "confirm", url, topicArn: envelope.topicArn };
}

function localUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "");
  return host !== undefined && (LOOPBACK.test(host) || host === "localhost")
    ? undefined
    : "is not on this machine";
}

function refused(code: SnsRefusal["code"], status: SnsRefusal["status"], message: string): SnsRefusal {
  return { verdict: "refused", code, status, message };
}
