import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { urlToHttpOptions } from "node:url";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import type { SendEnd, SendFailure } from "../channel.ts";
import { KeptConnections } from "./kept-connections.ts";

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
  readonly signal: SendEnd;
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

/** Where the requests to an address go. */
interface Place {
  readonly options: RequestOptions;
  readonly secure: boolean;
  readonly host: string;
  /** Of a name and a password in the address. */
  readonly authorization: string | undefined;
}

/** What a request waits for. */
interface Waiting {
  readonly done: (answer: HttpAnswer) => void;
  readonly fail: (failure: HttpFailure) => void;
}

/** Sends requests over connections that are kept. One for the whole process. */
export class HttpClient {
  readonly #http = new KeptConnections("http:");
  readonly #https = new KeptConnections("https:");
  readonly #places = new WeakMap<URL, Place>();
  #looks: NodeJS.Timeout | undefined;

  /** Rejects with an `HttpFailure` whose message names the host and nothing else of the address. */
  send(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((done, fail) => {
      this.#looks ??= setInterval(() => this.#closeUnused(), LOOK).unref();
      const url = typeof request.url === "string" ? new URL(request.url) : request.url;
      this.#try(this.#placeOf(url), request, { done, fail }, false);
    });
  }

  /** Closes idle connections. */
  close(): void {
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.#http.destroy();
    this.#https.destroy();
  }

  #try(place: Place, request: HttpRequest, waiting: Waiting, fresh: boolean): void {
    const { method = "POST", headers = {}, body, signal } = request;
    const { secure, host } = place;
    let answered = false;
    let over = false;
    const end = (): void => void sent.destroy(new Error("ended"));
    const fail = (error: unknown): void => {
      // What breaks off can say so more than once: it mustn't be tried again for each.
      if (over) return;
      over = true;
      signal.removeEventListener("abort", end);
      if (signal.aborted) waiting.fail(new HttpFailure("timeout", `${host} didn't answer in time`, error));
      // The service closed a kept connection just when it was used again, before it saw anything of the request.
      else if (!fresh && sent.reusedSocket && !answered && isReset(error))
        this.#try(place, request, waiting, true);
      else waiting.fail(new HttpFailure("connection", `${host}: ${describe(error)}`, error));
    };
    const sent = (secure ? httpsRequest : httpRequest)({
      ...place.options,
      method,
      agent: fresh ? false : secure ? this.#https : this.#http,
      headers: headerList(place, method, headers, body),
    });
    sent.on("error", fail);
    sent.on("response", (answer) => {
      answered = true;
      read(
        answer,
        (complete) => {
          over = true;
          signal.removeEventListener("abort", end);
          waiting.done(complete);
        },
        fail,
      );
    });
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    sent.end(body);
  }

  #closeUnused(): void {
    this.#http.closeUnused();
    this.#https.closeUnused();
  }

  /** Taking an address apart costs more than the rest of a request, and most go to the same few. */
  #placeOf(url: URL): Place {
    let place = this.#places.get(url);
    if (!place) {
      const { protocol, hostname, port, path, auth } = urlToHttpOptions(url);
      place = {
        options: { protocol, hostname, path, ...(port === undefined ? {} : { port }) },
        secure: protocol === "https:",
        host: url.host,
        authorization: auth ? `Basic ${Buffer.from(auth).toString("base64")}` : undefined,
      };
      this.#places.set(url, place);
    }
    return place;
  }
}

/**
 * Names and values in one list, which Node takes as it is: setting headers one by one costs a tenth of a small request. As there, each
 * name is in it once, in whatever case it is written, and what is given goes before what is ours.
 */
function headerList(
  { host, authorization }: Place,
  method: string,
  given: Readonly<Record<string, string>>,
  body: string | Uint8Array | undefined,
): string[] {
  const list = ["Host", host, "user-agent", "watchkeeper"];
  if (authorization !== undefined) list.push("Authorization", authorization);
  for (const name of Object.keys(given)) {
    const at = list.findIndex(
      (known, index) => index % 2 === 0 && known.toLowerCase() === name.toLowerCase(),
    );
    const header = [name, given[name] ?? ""] as const;
    if (at >= 0) list.splice(at, 2, ...header);
    else list.push(...header);
  }
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  else if (method !== "GET") list.push("content-length", "0");
  return list;
}

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
