import type { DetailedPeerCertificate } from "node:tls";
import { formatDuration } from "../model/duration.ts";
import type { CheckReason } from "./attempt.ts";

/** A certificate as far as it is judged. Times in milliseconds since the epoch. */
export interface Certificate {
  /** The common name, or the whole subject. */
  readonly subject: string;
  readonly from: number;
  readonly until: number;
}

/** What a handshake showed. */
export interface Presented {
  /** The server's own first. */
  readonly chain: readonly Certificate[];
  /** Why TLS itself doesn't trust it: a code such as `CERT_HAS_EXPIRED`; undefined when it does. */
  readonly refused: string | undefined;
  /** The name that was asked for. */
  readonly name: string;
  readonly minimumDays?: number | undefined;
}

const DAY = 86_400_000;

/**
 * The certificates of a handshake, the server's own first. Roots are left out, unless it is the server's own: they are trusted for
 * being known and not for their dates.
 */
export function chainOf(own: DetailedPeerCertificate): readonly Certificate[] {
  const chain: Certificate[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = own;
  while (next?.fingerprint256 && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    const root = next.issuerCertificate?.fingerprint256 === next.fingerprint256;
    if (!root || chain.length === 0)
      chain.push({
        subject: text(next.subject?.CN) || text(next.subject?.O),
        from: Date.parse(next.valid_from),
        until: Date.parse(next.valid_to),
      });
    next = next.issuerCertificate;
  }
  return chain;
}

/** What is wrong with a certificate; undefined when nothing is. Dates go first: they are what changes by itself. */
export function certificateProblem(presented: Presented, now: Date): CheckReason | undefined {
  const { chain, refused, name, minimumDays } = presented;
  const time = now.getTime();
  const first = [...chain].sort((a, b) => a.until - b.until)[0];
  if (!first) return { code: "tls-failed", text: "the server shows no certificate" };
  if (first.until <= time || refused === "CERT_HAS_EXPIRED")
    return { code: "certificate-expired", text: `the certificate of ${first.subject} ended ${date(first)}` };
  const early = chain.find(({ from }) => from > time);
  if (early || refused === "CERT_NOT_YET_VALID")
    return {
      code: "certificate-not-yet-valid",
      text: `the certificate of ${(early ?? first).subject} is not valid yet`,
    };
  if (refused === "ERR_TLS_CERT_ALTNAME_INVALID")
    return {
      code: "certificate-wrong-name",
      text: `the certificate of ${chain[0]?.subject} is not for ${name}`,
    };
  if (refused !== undefined)
    return {
      code: "certificate-untrusted",
      text: `${UNTRUSTED[refused] ?? "the certificate is not trusted"} (${refused})`,
    };
  const left = first.until - time;
  if (minimumDays !== undefined && left < minimumDays * DAY)
    return {
      code: "certificate-expires-soon",
      text: `the certificate of ${first.subject} ends in ${formatDuration(left / 1000)}, ${date(first)}; wanted are ${minimumDays} days`,
    };
  return undefined;
}

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate comes from an authority that is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the certificate comes from an authority that is not known",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the server does not send the certificates between its own and the authority's",
};

function date({ until }: Certificate): string {
  return new Date(until).toISOString().slice(0, 10);
}

/** Subjects may have several of a part. */
function text(value: string | readonly string[] | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : value.join(", ");
}
