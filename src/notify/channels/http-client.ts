import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import type { SendFailure } from "../channel.ts";

/** More of an answer than this isn't read. */
const MOST_OF_ANSWER = 64 * 1024;
/**
 * Idle connections are closed before the service does, so that a post doesn't meet a closing one: those that weren't used between
 * two looks, ms. A timer for each, as agents have it, costs as much as half a request.
 */
const LOOK = 2_000;

/** One request. It is never sent on to where a redirect points. */
export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: "POST" | "PUT" | "GET";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Ends it, with reason `timeout`. */
  readonly signal: AbortSignal;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** At most the first 64 KiB. */
  readonly body: string;
}

/** A request that got no answer. */
export class HttpFailure extends Error {
  readonly reason: SendFailure;

  constructor(reason: SendFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "HttpFailure";
    this.reason = reason;
  }
}

/** Sends requests over connections that are kept. One for the whole process. */
export class HttpClient {
  readonly #http = new HttpAgent({ keepAlive: true, scheduling: "lifo" });
  readonly #https = new HttpsAgent({ keepAlive: true, scheduling: "lifo" });
  readonly #places = new WeakMap<URL, RequestOptions>();
  /** Connections that were used since the last look. */
  #used = new WeakSet<Duplex>();
  #looks: NodeJS.Timeout | undefined;

  /** Rejects with an `HttpFailure` whose message names the host and nothing else of the address. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const url = typeof request.url === "string" ? new URL(request.url) : request.url;
    this.#looks ??= setInterval(() => this.#closeIdle(), LOOK).unref();
    let fresh = false;
    for (;;) {
      try {
        return await this.#once(url, request, fresh);
      } catch (error) {
        // The service closed a kept connection just when it was used again, before it saw anything of the request.
        if (!(error instanceof StaleConnection)) throw error;
        fresh = true;
      }
    }
  }

  /** Closes idle connections. */
  close(): void {
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.#http.destroy();
    this.#https.destroy();
  }

  #once(
    url: URL,
    { method = "POST", headers, body, signal }: HttpRequest,
    fresh: boolean,
  ): Promise<HttpAnswer> {
    const secure = url.protocol === "https:";
    return new Promise((resolve, reject) => {
      let answered = false;
      const end = (): void => void sent.destroy(new Error("ended"));
      const fail = (error: unknown): void => {
        signal.removeEventListener("abort", end);
        if (signal.aborted) reject(new HttpFailure("timeout", `${url.host} didn't answer in time`, error));
        else if (!fresh && sent.reusedSocket && !answered && isReset(error)) reject(new StaleConnection());
        else reject(new HttpFailure("connection", `${url.host}: ${describe(error)}`, error));
      };
      const sent = (secure ? httpsRequest : httpRequest)({
        ...this.#placeOf(url),
        method,
        agent: fresh ? false : secure ? this.#https : this.#http,
        headers: {
          "user-agent": "watchkeeper",
          ...headers,
          ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
        },
      });
      sent.on("error", fail);
      sent.on("response", (answer) => {
        answered = true;
        this.#used.add(answer.socket);
        read(
          answer,
          (complete) => {
            signal.removeEventListener("abort", end);
            resolve(complete);
          },
          fail,
        );
      });
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      sent.end(body);
    });
  }

  #closeIdle(): void {
    for (const { freeSockets } of [this.#http, this.#https])
      for (const socket of Object.values(freeSockets).flat())
        if (socket && !this.#used.has(socket)) socket.destroy();
    this.#used = new WeakSet();
  }

  /** Taking an address apart costs more than the rest of a request, and most go to the same few. */
  #placeOf(url: URL): RequestOptions {
    let place = this.#places.get(url);
    if (!place) {
      place = urlToHttpOptions(url);
      this.#places.set(url, place);
    }
    return place;
  }
}

class StaleConnection extends Error {}

/** Reads an answer, of a long one the beginning; then its connection is of no more use. */
function read(
  answer: IncomingMessage,
  done: (answer: HttpAnswer) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (): void =>
    done({
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: Buffer.concat(chunks).toString("utf8", 0, Math.min(length, MOST_OF_ANSWER)),
    });
  answer.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < MOST_OF_ANSWER) return;
    answer.removeAllListeners("data");
    finish();
    answer.destroy();
  });
  answer.on("end", finish);
  answer.on("error", fail);
}

function isReset(error: unknown): boolean {
  return /^(ECONNRESET|EPIPE)$/.test(String((error as { readonly code?: unknown }).code));
}

function describe(error: unknown): string {
  const { code } = error as { readonly code?: string };
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections",
    ECONNRESET: "broke the connection off",
    EPIPE: "broke the connection off",
    ENOTFOUND: "there is no host of this name",
    EAI_AGAIN: "its name can't be looked up just now",
    EHOSTUNREACH: "can't be reached",
    ENETUNREACH: "can't be reached",
    ETIMEDOUT: "can't be reached in time",
  };
  return (code !== undefined && known[code]) || `${messageOf(error)}`;
}

/**
 * An address that may be sent secrets: `https`, or `http` on this machine. Fails with code `channel-address`; its message
 * holds nothing of the address, which may be a secret itself.
 */
export function safeAddress(address: string, option: string): URL {
  const url = safeUrl(address);
  if (url) return url;
  throw new WatchkeeperError("channel-address", `${option} isn't an https address`, {
    remedy: SAFE_ADDRESS,
  });
}

/** What is wrong with an address that a configuration gives openly, in words that go on after the channel's name; undefined: nothing. */
export function addressProblem(address: string | undefined, option: string): string | undefined {
  if (address === undefined || safeUrl(address)) return undefined;
  return `has a ${option} that isn't an https address: ${SAFE_ADDRESS}`;
}

const SAFE_ADDRESS = "write https://…; plain http is for this machine only (127.0.0.1)";

function safeUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  return url?.protocol === "https:" || (url?.protocol === "http:" && loopback) ? url : undefined;
}
