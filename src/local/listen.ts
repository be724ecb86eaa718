import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WatchkeeperError } from "../support/errors.ts";
import { answerControl, CONTROL_PREFIX } from "./control/control.ts";
import { listenForGuests } from "./guest-listeners.ts";
import type { LocalCloud } from "./server.ts";
import type { WireRequest, WireResponse } from "./wire/message.ts";

export interface ListenOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`: nobody else on the network can reach it. */
  readonly host?: string;
}

/** A local cloud behind a socket. */
export interface Listening {
  /** Base URL, for example `http://127.0.0.1:4599`. */
  readonly endpoint: string;
  /** Finishes requests under way, then closes; connections still busy after a second are cut. */
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that they close them first and never write into a closed one. */
const KEEP_ALIVE_MS = 65_000;
const CLOSE_GRACE_MS = 1000;

/** Serves a local cloud over HTTP, and the services of its machines where they ask for a port. Throws WatchkeeperError `PortInUse` when the port is taken. */
export async function listen(local: LocalCloud, options: ListenOptions = {}): Promise<Listening> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    serve(local, host, message, response).catch(() => response.destroy());
  });
  const { port } = await bind(server, host, options.port ?? 0);
  const guests = await listenForGuests(local.cloud).catch(async (error: unknown) => {
    await close(server);
    throw error;
  });
  let closing: Promise<void> | undefined;
  return {
    endpoint: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () => {
      closing ??= Promise.all([close(server), guests.close()]).then(() => undefined);
      return closing;
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new WatchkeeperError("PortInUse", `port ${port} of ${host} is in use`, {
              remedy: "Choose another port, or 0 for any free one.",
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function serve(
  local: LocalCloud,
  host: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(message, local.maxBodyBytes);
  const request = wireRequest(message, body);
  if (request.path.startsWith(CONTROL_PREFIX)) {
    const { status, json } = await answerControl(local, request, host);
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    send(response, { status, headers, body: JSON.stringify(json) });
    return;
  }
  const answer = await local.handle(request);
  if (answer.dropped) {
    message.socket.destroy();
    return;
  }
  // What is left of a body that was too large isn't read: the connection can't be used again.
  if (body.length > local.maxBodyBytes) response.setHeader("connection", "close");
  send(response, answer);
}

function send(response: ServerResponse, { status, headers, body }: WireResponse): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.end(bytes);
}

/** The body, or as much of it as is needed to see that it is too large. */
async function readBody(message: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function wireRequest(message: IncomingMessage, body: Uint8Array): WireRequest {
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return {
    method: message.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? "" : url.slice(mark + 1),
    headers,
    body,
  };
}
