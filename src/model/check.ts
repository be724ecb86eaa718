/** What a check can ask for. */
export type CheckKind = CheckSpec["kind"];

/** An HTTP status, or a range of them with both ends. */
export type StatusRange = number | { readonly from: number; readonly to: number };

/** Records that a DNS check can ask for. */
export const DNS_RECORD_TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] as const;
export type DnsRecordType = (typeof DNS_RECORD_TYPES)[number];

/** One HTTP request, its redirects followed, and what its answer must be. */
export interface HttpCheck {
  readonly kind: "http";
  /** `http:` or `https:`. */
  readonly url: string;
  /** Default `GET`. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Statuses that are fine; default 200 to 399. */
  readonly statuses?: readonly StatusRange[];
  /** Text that the body must hold. */
  readonly contains?: string;
  /** Regular expression that the body must match. */
  readonly matches?: string;
  /** For everything, redirects too; seconds, default 10. */
  readonly timeoutSeconds?: number;
  /** Default true. */
  readonly followRedirects?: boolean;
  /** Default true. */
  readonly verifyCertificate?: boolean;
  /** `host` or `host:port` to connect to in place of the URL's; redirects to another host are not diverted. */
  readonly connectTo?: string;
}

/** A connection, and what it must say. */
export interface TcpCheck {
  readonly kind: "tcp";
  readonly host: string;
  readonly port: number;
  /** Seconds, default 10. */
  readonly timeoutSeconds?: number;
  /** Text to send once connected. */
  readonly send?: string;
  /** Text that must come back. */
  readonly expect?: string;
}

/** A TLS handshake, and how long the certificates are good for. */
export interface TlsCheck {
  readonly kind: "tls";
  readonly host: string;
  readonly port: number;
  /** Name to ask for and to check the certificate against; default the host. */
  readonly serverName?: string;
  /** Days that every certificate of the chain must be valid for yet. */
  readonly minimumDays?: number;
  /** Seconds, default 10. */
  readonly timeoutSeconds?: number;
}

/** One DNS question, and what must be among its answers. */
export interface DnsCheck {
  readonly kind: "dns";
  readonly name: string;
  readonly type: DnsRecordType;
  /** `address` or `address:port` of the server to ask; default the machine's own. */
  readonly server?: string;
  /** Answers that must all be there, as `details.answers` writes them; default any answer will do. */
  readonly expect?: readonly string[];
  /** Seconds, default 10. */
  readonly timeoutSeconds?: number;
}

/** How to ask an endpoint, normalised; durations in seconds. */
export type CheckSpec = HttpCheck | TcpCheck | TlsCheck | DnsCheck;

/** Why a check went as it did. */
export type CheckCode =
  /** Everything asked for was there. */
  | "ok"
  /** The spec itself can't be carried out: its URL, regular expression or header. */
  | "bad-check"
  /** The endpoint's name has no address, or the name asked for does not exist. */
  | "no-such-host"
  /** The name server failed or refused. */
  | "dns-failed"
  | "connection-refused"
  | "connection-reset"
  | "unreachable"
  /** Not done in time; `phase` of the details says where the time went. */
  | "timeout"
  /** The TLS handshake failed for another reason than the certificate. */
  | "tls-failed"
  | "certificate-expired"
  | "certificate-not-yet-valid"
  /** Signed by nobody we trust. */
  | "certificate-untrusted"
  | "certificate-wrong-name"
  /** Valid, but not for as long as was asked for. */
  | "certificate-expires-soon"
  | "too-many-redirects"
  | "bad-redirect"
  /** The status is none of those allowed. */
  | "status"
  /** The body, or what the connection said, lacks what was asked for. */
  | "body"
  /** The body ended before it was complete. */
  | "body-incomplete"
  /** What came is not the protocol. */
  | "protocol"
  /** The answers of DNS lack what was asked for. */
  | "answers"
  /** Our caller gave up. */
  | "aborted"
  /** Something on our own side failed. */
  | "failed";

/** Where the time of a check goes. */
export type CheckPhase = "dns" | "connect" | "tls" | "firstByte" | "transfer";

/** What was seen; what a kind of check doesn't see is missing. */
export interface CheckDetails {
  /** The phase that was under way when it failed. */
  readonly phase?: CheckPhase;
  readonly status?: number;
  /** Where the last request went, after redirects. */
  readonly url?: string;
  readonly redirects?: number;
  /** Bytes of the body that were read. */
  readonly bodyBytes?: number;
  /** Only the beginning of the body was read: it is larger than the limit. */
  readonly bodyCut?: boolean;
  /** The beginning of what was answered, for people; control characters taken out. */
  readonly excerpt?: string;
  /** `address:port` that was connected to. */
  readonly remoteAddress?: string;
  /** Milliseconds since the epoch when the first certificate of the chain ends. */
  readonly certificateExpires?: number;
  readonly certificateSubject?: string;
  readonly tlsVersion?: string;
  /** Answers of DNS in text, sorted. */
  readonly answers?: readonly string[];
}

/** How a check went. */
export interface CheckResult {
  readonly success: boolean;
  /** A stable code, and one sentence for people. */
  readonly reason: { readonly code: CheckCode; readonly text: string };
  /** Milliseconds by phase, summed over redirects; phases that weren't reached are missing. */
  readonly phases: Readonly<Partial<Record<CheckPhase, number>>>;
  /** Milliseconds in all. */
  readonly totalMs: number;
  readonly details: CheckDetails;
}
