import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpCheck } from "../model/check.ts";
import { type Attempt, CheckFailure, type CheckReason } from "./attempt.ts";
import { connect, secure } from "./connection.ts";
import { excerptOf } from "./excerpt.ts";
import { judgeAnswer } from "./http-judgement.ts";
import { type HttpStep, plainUrl, redirected, stepKey } from "./http-redirects.ts";

/** Bytes of a body that are read. */
const MOST_BYTES = 1024 * 1024;

/** Asks by HTTP/1.1, one new connection a request, and follows redirects. */
export async function checkHttp(check: HttpCheck, attempt: Attempt): Promise<CheckReason> {
  let step = firstStep(check);
  const trail = [stepKey(step)];
  const first = step.url.host;
  for (;;) {
    attempt.details.url = plainUrl(step.url);
    attempt.details.redirects = trail.length - 1;
    const diverted = step.url.host === first ? check.connectTo : undefined;
    const response = await ask(step, diverted, check.verifyCertificate ?? true, attempt);
    const status = response.statusCode ?? 0;
    attempt.details.status = status;
    const next =
      (check.followRedirects ?? true)
        ? redirected(step, status, response.headers.location, trail)
        : undefined;
    if (!next) return judgeAnswer(check, { status, ...(await bodyOf(response, attempt)) });
    response.destroy();
    trail.push(stepKey(next));
    step = next;
  }
}

function firstStep(check: HttpCheck): HttpStep {
  if (!URL.canParse(check.url) || !/^https?:$/.test(new URL(check.url).protocol))
    throw new CheckFailure("bad-check", `"${check.url}" is no web address`);
  if (check.matches !== undefined) checkPattern(check.matches);
  const url = new URL(check.url);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const headers = {
    ...(credentials !== ":" && {
      authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
    }),
    ...check.headers,
  };
  return { url, method: (check.method ?? "GET").toUpperCase(), headers, body: check.body };
}

function checkPattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch {
    throw new CheckFailure("bad-check", `"${pattern}" is no regular expression`);
  }
}

async function ask(
  { url, method, headers, body }: HttpStep,
  diverted: string | undefined,
  verify: boolean,
  attempt: Attempt,
): Promise<IncomingMessage> {
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const target = diverted === undefined ? { host: name, port } : hostAndPort(diverted, port);
  const plain = await connect(target.host, target.port, attempt);
  const socket = url.protocol === "https:" ? await secure(plain, { name, verify }, attempt) : plain;
  attempt.begin("firstByte");
  return answerTo(socket, url, method, headers, body);
}

function answerTo(
  socket: Duplex,
  url: URL,
  method: string,
  headers: HttpStep["headers"],
  body: string | undefined,
): Promise<IncomingMessage> {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const defaults = {
    host: url.host,
    "user-agent": "watchkeeper",
    accept: "*/*",
    // Packed bodies couldn't be searched.
    "accept-encoding": "identity",
    connection: "close",
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...Object.fromEntries(Object.entries(defaults).filter(([key]) => !given.has(key))),
        ...headers,
      },
    });
    request.once("response", resolve);
    request.on("error", reject);
    // An answer that leaves HTTP (status 101) closes the request without an answer.
    request.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    request.end(body);
  });
}

/** The body's text, and what is told of it. */
async function bodyOf(
  response: IncomingMessage,
  attempt: Attempt,
): Promise<{ readonly text: string | undefined; readonly cut: boolean; readonly encoding?: string }> {
  attempt.begin("transfer");
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complete = true;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, MOST_BYTES - bytes));
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
    }
  } catch {
    // Told by judging: a wrong status says more than how its body ended.
    complete = false;
  }
  attempt.pause();
  const cut = bytes > MOST_BYTES;
  const text = decoded(Buffer.concat(chunks), response.headers["content-type"]);
  const encoding = response.headers["content-encoding"];
  Object.assign(attempt.details, { bodyBytes: Math.min(bytes, MOST_BYTES), excerpt: excerptOf(text) });
  if (cut) attempt.details.bodyCut = true;
  const packed = encoding !== undefined && encoding !== "identity";
  return { text: complete ? text : undefined, cut, ...(packed && { encoding }) };
}

function decoded(bytes: Buffer, type: string | undefined): string {
  const charset = /charset="?([\w-]+)/i.exec(type ?? "")?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // A charset that nobody knows: most of those are ASCII at heart.
    return bytes.toString("utf8");
  }
}

function hostAndPort(text: string, port: number): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, given] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new CheckFailure("bad-check", `connectTo "${text}" is no host or host:port`);
  return { host, port: given === undefined ? port : Number(given) };
}
