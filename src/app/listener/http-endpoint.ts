import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseEvents } from "../../events/parse-events.ts";
import { type CertificateFetcher, judgeSnsDelivery } from "../../events/sns-delivery.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Context } from "../../support/context.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { EventsRefused } from "./refusals.ts";

/** SNS ends at 256 KiB; written as JSON inside JSON that may double a few times. */
const LARGEST_BODY = 2 * 1024 * 1024;
const CONFIRM_TIMEOUT = 10_000;

/** What an endpoint for SNS's HTTP(S) deliveries needs. */
export interface HttpEndpointOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly context: Context;
  readonly isConfigured: (topicArn: string) => boolean;
  readonly fetchCertificate: CertificateFetcher;
  /** Takes unsigned messages from this machine: for a local cloud. */
  readonly trustLocal: boolean;
  /** Asks for the address that confirms a subscription. */
  readonly confirm?: typeof fetch;
  /** Stores the events; an answer is given once it resolves. */
  receive(events: readonly AlarmEvent[]): Promise<unknown>;
  /** For GET /health: anything JSON, and whether all is well. */
  health(): Promise<{ readonly healthy: boolean; readonly report: object }>;
}

/** An endpoint that answers. */
export interface HttpEndpoint {
  readonly url: string;
  /** Takes nothing new; resolves when what is under way has been answered. */
  close(): Promise<void>;
}

/**
 * Listens for deliveries of SNS. A delivery is answered 200 once its events are durable: anything else makes SNS try again.
 * Fails with `address-unavailable` when the address can't be had.
 */
export async function openHttpEndpoint(options: HttpEndpointOptions): Promise<HttpEndpoint> {
  const { host, port, context } = options;
  const server = createServer((request, response) => {
    handle(request, options).then(
      ({ status, body }) => answer(response, status, body),
      (error: unknown) => {
        if (!(error instanceof EventsRefused))
          context.log.warn("a delivery couldn't be taken; SNS will try again", { reason: messageOf(error) });
        answer(response, 503, { error: "unavailable", message: "try again" });
      },
    );
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new WatchkeeperError("address-unavailable", `can't listen on ${host}:${port}: ${messageOf(error)}`, {
          remedy: "name another address with --http",
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const shown = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${shown}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function handle(request: IncomingMessage, options: HttpEndpointOptions): Promise<Answer> {
  const { context } = options;
  if (request.method === "GET" || request.method === "HEAD") {
    if (request.url !== "/health") return { status: 404, body: { error: "not-found" } };
    const { healthy, report } = await options.health();
    return { status: healthy ? 200 : 503, body: { healthy, ...report } };
  }
  if (request.method !== "POST") return { status: 405, body: { error: "method-not-allowed" } };
  const body = await bodyOf(request);
  if (body === undefined) return { status: 413, body: { error: "too-large" } };
  const now = context.clock.now().getTime();
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  const verdict = await judgeSnsDelivery(
    { headers, body, remoteAddress: request.socket.remoteAddress ?? "" },
    { ...options, now },
  );
  switch (verdict.verdict) {
    case "refused": {
      const { code, status, message } = verdict;
      context.log.warn(`a delivery was refused: ${message}`, { code, from: request.socket.remoteAddress });
      return { status, body: { error: code, message } };
    }
    case "confirm": {
      const { confirm = fetch } = options;
      const confirmed = await confirm(verdict.url, {
        redirect: "error",
        signal: AbortSignal.timeout(CONFIRM_TIMEOUT),
      });
      if (!confirmed.ok) throw new Error(`confirming the subscription was answered ${confirmed.status}`);
      return { status: 200, body: { confirmed: verdict.topicArn } };
    }
    case "unsubscribed":
      context.log.warn(
        `somebody ended the subscription of ${verdict.topicArn}: its alarms no longer come here`,
      );
      return { status: 200, body: {} };
    case "event": {
      const { events, problems } = parseEvents(verdict.text, now);
      for (const { code, message } of problems)
        context.log.warn(`a delivery isn't understood: ${message}`, { code });
      if (events.length > 0) await options.receive(events);
      return { status: 200, body: { events: events.length } };
    }
  }
}

/** The body as text; undefined when it is too large, or when whoever sent it broke off. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...(status === 413 ? { connection: "close" } : {}),
  });
  response.end(text);
}
