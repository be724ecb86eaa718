import { urlToHttpOptions } from "node:url";
import { messageOf } from "../../support/errors.ts";
import type { SendEnd, SendFailure } from "../channel.ts";
import { AnswerFault, type HttpAnswer } from "./answer-reader.ts";
import { KeptConnections, type Target } from "./kept-connections.ts";

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

/** A request that got no answer. */
export class HttpFailure extends Error {
  readonly reason: SendFailure;

  constructor(reason: SendFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "HttpFailure";
    this.reason = reason;
  }
}

/** An address taken apart. */
interface Address {
  readonly target: Target;
  readonly path: string;
  readonly secure: boolean;
  readonly host: string;
  /** Headers of every request there that gives no others, each with its line. */
  readonly fields: ReadonlyMap<string, string>;
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
  readonly #addresses = new WeakMap<URL, Address>();
  #looks: NodeJS.Timeout | undefined;

  /** Rejects with an `HttpFailure` whose message names the host and nothing else of the address. */
  send(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((done, fail) => {
      this.#looks ??= setInterval(() => this.#closeUnused(), LOOK).unref();
      const url = typeof request.url === "string" ? new URL(request.url) : request.url;
      this.#try(this.#addressOf(url), request, { done, fail }, false);
    });
  }

  /** Closes idle connections. */
  close(): void {
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.#http.destroy();
    this.#https.destroy();
  }

  #try(address: Address, request: HttpRequest, waiting: Waiting, fresh: boolean): void {
    const { signal, body = "" } = request;
    const { secure, host, target } = address;
    if (signal.aborted) {
      waiting.fail(late(host));
      return;
    }
    const exchange = {
      head: headOf(address, request),
      body,
      done: (answer: HttpAnswer): void => {
        signal.removeEventListener("abort", end);
        waiting.done(answer);
      },
      fail: (error: unknown, stale: boolean): void => {
        signal.removeEventListener("abort", end);
        if (signal.aborted) waiting.fail(late(host, error));
        // The service closed a kept connection just when it was used again, before it saw anything of the request.
        else if (stale) this.#try(address, request, waiting, true);
        else waiting.fail(new HttpFailure("connection", `${host}: ${describe(error)}`, error));
      },
    };
    const end = (secure ? this.#https : this.#http).send(target, exchange, fresh);
    signal.addEventListener("abort", end, { once: true });
  }

  #closeUnused(): void {
    this.#http.closeUnused();
    this.#https.closeUnused();
  }

  /** Taking an address apart costs more than the rest of a request, and most go to the same few. */
  #addressOf(url: URL): Address {
    let address = this.#addresses.get(url);
    if (!address) {
      const { protocol, hostname, port, path, auth } = urlToHttpOptions(url);
      const secure = protocol === "https:";
      const fields = new Map([
        ["host", `host: ${url.host}\r\n`],
        ["connection", "connection: keep-alive\r\n"],
        ["user-agent", "user-agent: watchkeeper\r\n"],
      ]);
      if (auth)
        fields.set("authorization", `authorization: Basic ${Buffer.from(auth).toString("base64")}\r\n`);
      address = {
        target: { host: String(hostname), port: Number(port ?? (secure ? 443 : 80)) },
        path: String(path),
        secure,
        host: url.host,
        fields,
      };
      this.#addresses.set(url, address);
    }
    return address;
  }
}

/** The beginning of a request. Each header is in it once, in whatever case it is written; what is given goes before what is ours. */
function headOf({ path, fields }: Address, { method = "POST", headers = {}, body }: HttpRequest): string {
  const given = new Map<string, string>();
  for (const name of Object.keys(headers)) given.set(name.toLowerCase(), headers[name] ?? "");
  if (body !== undefined || method !== "GET")
    given.set("content-length", String(body === undefined ? 0 : Buffer.byteLength(body)));
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, line] of fields) if (!given.has(name)) head += line;
  for (const [name, value] of given) {
    // A line break would begin another header; the value may be a secret.
    if (/[^\t\x20-\x7e]/.test(value) || !/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name))
      throw new HttpFailure(
        "unauthorized",
        `the header ${JSON.stringify(name)} has characters that headers can't have`,
      );
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

function late(host: string, cause?: unknown): HttpFailure {
  return new HttpFailure("timeout", `${host} didn't answer in time`, cause);
}

function describe(error: unknown): string {
  if (error instanceof AnswerFault) return `answers what isn't HTTP: ${error.message}`;
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
