import type { CheckCode, CheckPhase } from "../model/check.ts";
import { messageOf } from "../support/errors.ts";
import { CheckFailure, type CheckReason } from "./attempt.ts";

/** What Node's error codes mean to people. */
const MEANINGS: Readonly<Record<string, readonly [CheckCode, string]>> = {
  ENOTFOUND: ["no-such-host", "the name has no address"],
  ENODATA: ["no-such-host", "the name has no address"],
  EAI_AGAIN: ["dns-failed", "no name server answered"],
  EAI_FAIL: ["dns-failed", "the name server failed"],
  ECONNREFUSED: ["connection-refused", "nothing listens there"],
  ECONNRESET: ["connection-reset", "the connection was broken off"],
  EPIPE: ["connection-reset", "the connection was broken off"],
  ETIMEDOUT: ["timeout", "the connection attempt timed out"],
  EHOSTUNREACH: ["unreachable", "no way leads to the host"],
  ENETUNREACH: ["unreachable", "no way leads to the network"],
  EHOSTDOWN: ["unreachable", "the host is down"],
  EADDRNOTAVAIL: ["unreachable", "no connection can be made from here to that address"],
  EPROTO: ["tls-failed", "the TLS handshake failed"],
};

/** The reason that anything thrown inside a check gives. `phase`: what went on just then. */
export function reasonFor(error: unknown, phase: CheckPhase | undefined): CheckReason {
  if (error instanceof CheckFailure) return { code: error.code, text: error.message };
  const code = (error as { readonly code?: unknown } | null)?.code;
  const text = messageOf(error);
  if (typeof code === "string") {
    if (phase === "tls" && (code === "ECONNRESET" || code.startsWith("ERR_SSL")))
      return { code: "tls-failed", text: `the TLS handshake failed: ${plain(text)}` };
    if (phase === "transfer" && code === "ECONNRESET")
      return { code: "body-incomplete", text: "the connection was broken off in the middle of the answer" };
    if (code.startsWith("HPE_")) return { code: "protocol", text: `what came is not HTTP: ${text}` };
    if (code.startsWith("ERR_SSL")) return { code: "tls-failed", text: plain(text) };
    if (/^ERR_(INVALID|UNESCAPED|HTTP_INVALID|SOCKET_BAD_PORT)/.test(code))
      return { code: "bad-check", text };
    const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
    if (meaning) return { code: meaning[0], text: `${meaning[1]} (${code})` };
  }
  return { code: "failed", text };
}

/** OpenSSL's messages without their places in its source: `C0A7...:error:0A00010B:SSL routines:...:wrong version number:...`. */
function plain(message: string): string {
  const parts = message.trim().split(":");
  const at = parts.indexOf("SSL routines");
  return at < 0 ? message : (parts[at + 2] ?? message);
}
