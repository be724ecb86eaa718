import { createVerify, X509Certificate } from "node:crypto";
import { parseArn } from "../model/arn.ts";
import { dnsSuffix, partitionOf } from "../model/partition.ts";
import type { SnsEnvelope } from "./sns-envelope.ts";

const ALGORITHMS: Readonly<Record<string, string>> = { "1": "RSA-SHA1", "2": "RSA-SHA256" };

/**
 * The text that SNS signs: names and values of fixed fields in their order, each with a line break behind it.
 * Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
 */
export function canonicalText(envelope: SnsEnvelope): string {
  const fields: readonly (readonly [string, string | undefined])[] =
    envelope.type === "Notification"
      ? [
          ["Message", envelope.message],
          ["MessageId", envelope.messageId],
          ["Subject", envelope.subject],
          ["Timestamp", envelope.timestamp],
          ["TopicArn", envelope.topicArn],
          ["Type", envelope.type],
        ]
      : [
          ["Message", envelope.message],
          ["MessageId", envelope.messageId],
          ["SubscribeURL", envelope.subscribeUrl],
          ["Timestamp", envelope.timestamp],
          ["Token", envelope.token],
          ["TopicArn", envelope.topicArn],
          ["Type", envelope.type],
        ];
  return fields.map(([name, value]) => (value === undefined ? "" : `${name}\n${value}\n`)).join("");
}

/** What is wrong with a certificate's address; undefined when it can only be AWS's own, in the topic's region. */
export function certificateUrlProblem(url: string | undefined, topicArn: string): string | undefined {
  if (url === undefined) return "there is no certificate address";
  const problem = snsUrlProblem(url, topicArn);
  if (problem !== undefined) return `the certificate's address ${problem}`;
  const { pathname, search, hash } = new URL(url);
  return /^\/[\w.-]+\.pem$/.test(pathname) && search === "" && hash === ""
    ? undefined
    : "the certificate's address has no path of a .pem file";
}

/** What is wrong with an address that should be SNS's in the topic's region; words to stand behind "the address". */
export function snsUrlProblem(text: string, topicArn: string): string | undefined {
  const arn = parseArn(topicArn);
  if (arn?.service !== "sns" || !/^[a-z0-9-]+$/.test(arn.region))
    return `belongs to ${topicArn}, which is no topic`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return "is no URL";
  if (url.protocol !== "https:") return `is not https but ${url.protocol.slice(0, -1)}`;
  const host = `sns.${arn.region}.${dnsSuffix(partitionOf(arn.region))}`;
  if (url.host !== host || url.username !== "" || url.password !== "")
    return `is at ${url.host}, not at ${host}`;
  return undefined;
}

/** What is wrong with a signature; undefined when the message is exactly what SNS signed with this certificate. `now` in ms. */
export function signatureProblem(envelope: SnsEnvelope, pem: string, now: number): string | undefined {
  const { signatureVersion = "", signature = "" } = envelope;
  const algorithm = Object.hasOwn(ALGORITHMS, signatureVersion) ? ALGORITHMS[signatureVersion] : undefined;
  if (algorithm === undefined)
    return `signature version ${JSON.stringify(signatureVersion)} is unknown: 1 and 2 are known`;
  const chain = certificatesIn(pem);
  if (typeof chain === "string") return chain;
  const [leaf] = chain;
  if (!leaf) return "the certificate file holds no certificate";
  for (const [index, certificate] of chain.entries()) {
    const problem = certificateProblem(certificate, chain[index + 1], now);
    if (problem !== undefined) return problem;
  }
  if (leaf.publicKey.asymmetricKeyType !== "rsa") return "the certificate's key is no RSA key";
  const verifier = createVerify(algorithm).update(canonicalText(envelope), "utf8");
  return verifier.verify(leaf.publicKey, signature, "base64")
    ? undefined
    : "the signature is wrong: the message isn't what SNS signed";
}

function certificatesIn(pem: string): X509Certificate[] | string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    return `the certificate can't be read: ${(error as Error).message}`;
  }
}

/** Dates of one certificate of the chain, and that the next one, where there is one, issued it. */
function certificateProblem(
  certificate: X509Certificate,
  issuer: X509Certificate | undefined,
  now: number,
): string | undefined {
  if (now < Date.parse(certificate.validFrom))
    return `the certificate is not valid before ${certificate.validFrom}`;
  if (now > Date.parse(certificate.validTo)) return `the certificate was valid until ${certificate.validTo}`;
  if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)))
    return "the certificates of the chain don't belong together";
  return undefined;
}
