import { lookup } from "node:dns/promises";
import { isIP, connect as netConnect, type Socket } from "node:net";
import {
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
  connect as tlsConnect,
} from "node:tls";
import type { Attempt } from "./attempt.ts";
import { CheckFailure } from "./attempt.ts";
import { certificateProblem, chainOf } from "./certificates.ts";

/**
 * Connects to a host. One attempt at one address (the first of IPv4, else of IPv6): trying others behind the caller's back would
 * hide a host that is half dead. Rejects with Node's error, for `reasonFor`.
 */
export async function connect(host: string, port: number, attempt: Attempt): Promise<Socket> {
  const address = isIP(host) ? host : await addressOf(host, attempt);
  attempt.begin("connect");
  attempt.details.remoteAddress = isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const socket = attempt.keep(netConnect({ host: address, port, autoSelectFamily: false, noDelay: true }));
  await opened(socket, "connect");
  return socket;
}

/** How the certificate of the other side is judged. */
export interface SecureOptions {
  /** The name to ask for, and to check the certificate against. */
  readonly name: string;
  readonly verify: boolean;
  readonly minimumDays?: number | undefined;
}

/** Makes a connection secure, and judges the certificate before anything is sent. Rejects with `CheckFailure` or Node's error. */
export async function secure(
  socket: Socket,
  { name, verify, minimumDays }: SecureOptions,
  attempt: Attempt,
): Promise<TLSSocket> {
  attempt.begin("tls");
  const { authorities } = attempt.context;
  const safe = attempt.keep(
    tlsConnect({
      socket,
      host: name,
      servername: isIP(name) ? "" : name,
      // Judged below, so that a certificate that is refused can still be told about.
      rejectUnauthorized: false,
      ...(authorities && { secureContext: contextFor(authorities) }),
    }),
    // Node 20 crashes when the socket underneath is destroyed beside the secure one in the middle of a failing handshake.
    socket,
  );
  await opened(safe, "secureConnect");
  const chain = chainOf(safe.getPeerCertificate(true));
  attempt.details.tlsVersion = safe.getProtocol() ?? "";
  attempt.details.certificateSubject = chain[0]?.subject ?? "";
  if (chain.length > 0) attempt.details.certificateExpires = Math.min(...chain.map(({ until }) => until));
  // Node has a code here, or the error itself; its type says Error.
  const refused: unknown = safe.authorized ? undefined : safe.authorizationError;
  const problem = verify
    ? certificateProblem(
        { chain, refused: refused === undefined ? undefined : String(refused), name, minimumDays },
        attempt.context.clock.now(),
      )
    : undefined;
  if (problem) throw new CheckFailure(problem.code, problem.text);
  return safe;
}

/** Reading the public authorities' certificates takes 25 ms: once for each list of private ones. */
const contexts = new WeakMap<readonly string[], SecureContext>();

function contextFor(authorities: readonly string[]): SecureContext {
  const known = contexts.get(authorities);
  if (known) return known;
  const context = createSecureContext({ ca: [...rootCertificates, ...authorities] });
  contexts.set(authorities, context);
  return context;
}

async function addressOf(host: string, attempt: Attempt): Promise<string> {
  attempt.begin("dns");
  const addresses = await lookup(host, { all: true, verbatim: true });
  const chosen = addresses.find(({ family }) => family === 4) ?? addresses[0];
  if (!chosen) throw new CheckFailure("no-such-host", `${host} has no address`);
  return chosen.address;
}

/** Resolves when a socket is ready. Errors that come later must not end the process: whoever uses the socket sees it closed. */
function opened(socket: Socket, ready: "connect" | "secureConnect"): Promise<void> {
  socket.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    socket.once(ready, resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}
