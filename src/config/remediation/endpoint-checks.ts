import type { z } from "zod";
import type { CheckSpec, StatusRange } from "../../model/check.ts";
import { parseDuration } from "../../model/duration.ts";
import { compact, type Reading } from "../reading.ts";
import { asList } from "../schema-parts.ts";
import type { Path } from "../yaml-source.ts";
import type { endpointFields } from "./check-schema.ts";
import { withoutExpressions } from "./runbook-texts.ts";

/** An endpoint's check as it is written: one of the keys of `endpointFields`. */
export type EndpointInput = {
  readonly [Kind in keyof typeof endpointFields]?: z.infer<(typeof endpointFields)[Kind]> | undefined;
};

/** The check written at a path, in long form; undefined where there is none, or it is wrong and was reported. */
export function endpointCheckFrom(input: EndpointInput, path: Path, reading: Reading): CheckSpec | undefined {
  if (input.http !== undefined) return httpCheck(input.http, [...path, "http"], reading);
  if (input.tcp !== undefined) return tcpCheck(input.tcp, [...path, "tcp"], reading);
  if (input.tls !== undefined) return tlsCheck(input.tls, [...path, "tls"], reading);
  if (input.dns !== undefined) return dnsCheck(input.dns);
  return undefined;
}

type Input<Kind extends keyof typeof endpointFields> = NonNullable<EndpointInput[Kind]>;

function httpCheck(input: Input<"http">, path: Path, reading: Reading): CheckSpec {
  const { timeout, statuses, ...options } = typeof input === "string" ? { url: input } : { ...input };
  const place = typeof input === "string" ? path : [...path, "url"];
  if (!isUrl(options.url))
    reading.error(
      "bad-value",
      `${JSON.stringify(options.url)} is no URL: it must begin with http:// or https://`,
      place,
    );
  if ("matches" in options && options.matches !== undefined)
    checkPattern(options.matches, [...path, "matches"], reading);
  return {
    kind: "http",
    url: options.url,
    ...compact(options),
    ...compact({
      statuses: statuses === undefined ? undefined : asList(statuses).map(statusRange),
      timeoutSeconds: secondsOf(timeout),
    }),
  };
}

function tcpCheck(input: Input<"tcp">, path: Path, reading: Reading): CheckSpec | undefined {
  if (typeof input !== "string") {
    const { host, port, timeout, ...options } = input;
    return { kind: "tcp", host, port, ...compact({ ...options, timeoutSeconds: secondsOf(timeout) }) };
  }
  const address = addressOf(input);
  if (address?.port !== undefined) return { kind: "tcp", host: address.host, port: address.port };
  reading.error("bad-value", `tcp must be host:port, not ${JSON.stringify(input)}${bracesHint(input)}`, path);
  return undefined;
}

function tlsCheck(input: Input<"tls">, path: Path, reading: Reading): CheckSpec | undefined {
  if (typeof input !== "string") {
    const { host, port = 443, timeout, ...options } = input;
    return { kind: "tls", host, port, ...compact({ ...options, timeoutSeconds: secondsOf(timeout) }) };
  }
  const address = addressOf(input);
  if (address) return { kind: "tls", host: address.host, port: address.port ?? 443 };
  reading.error("bad-value", `tls must be a host, or host:port, not ${JSON.stringify(input)}`, path);
  return undefined;
}

function dnsCheck(input: Input<"dns">): CheckSpec {
  if (typeof input === "string") return { kind: "dns", name: input, type: "A" };
  const { name, type = "A", expect, timeout, server } = input;
  return {
    kind: "dns",
    name,
    type,
    ...compact({
      server,
      expect: expect === undefined ? undefined : asList(expect),
      timeoutSeconds: secondsOf(timeout),
    }),
  };
}

/** A tag's key may hold colons, so that a port behind one is taken for a part of it. */
function bracesHint(text: string): string {
  const tag = /\$resource\.tags\.(\w+):\d+$/.exec(text)?.[1];
  return tag === undefined ? "" : `. Write \${resource.tags.${tag}} where a colon follows`;
}

/** `example.com`, `example.com:443`, `[::1]:443`. */
function addressOf(text: string): { readonly host: string; readonly port?: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/.exec(withoutExpressions(text));
  if (!match) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const host = port === undefined ? text : text.slice(0, text.lastIndexOf(":"));
  return { host: host.replace(/^\[|\]$/g, ""), ...(port === undefined ? {} : { port }) };
}

function isUrl(text: string): boolean {
  // Settings may hold the whole of it.
  if (/^\$\{?with\./.test(text)) return true;
  const plain = withoutExpressions(text);
  return /^https?:\/\//i.test(plain) && URL.canParse(plain);
}

function checkPattern(pattern: string, path: Path, reading: Reading): void {
  try {
    new RegExp(withoutExpressions(pattern));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reading.error("bad-value", `${JSON.stringify(pattern)} is no regular expression`, path);
  }
}

function statusRange(status: number | string): StatusRange {
  if (typeof status === "number") return status;
  const [from = 0, to = from] = status.split("-").map(Number);
  return { from, to };
}

function secondsOf(duration: string | number | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}
