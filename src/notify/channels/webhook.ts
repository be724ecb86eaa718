import { createHmac } from "node:crypto";
import type { ChannelOptionTable, ChannelOptionValues } from "../../model/channel-option.ts";
import type { Channel, SendResult } from "../channel.ts";
import { notificationText } from "../notification.ts";
import { parseTemplate, templateProblem } from "./body-template.ts";
import type { ChannelKind, ChannelSetup } from "./channel-kind.ts";
import { answerFailure, failed, guarded } from "./outcome.ts";
import { addressProblem, safeAddress } from "./safe-address.ts";

const OPTIONS = {
  url: { type: "text", description: "Address to post to, when it is no secret." },
  secretUrl: { type: "secret", description: "Address to post to, when whoever knows it can post." },
  signingKey: { type: "secret", description: "Signs every request with HMAC-SHA256, see `signature`." },
  authorization: { type: "secret", description: "Value of the Authorization header: Bearer …" },
  headers: { type: "map", description: "Further headers; no secrets, they have options of their own." },
  body: {
    type: "text",
    check: templateProblem,
    description: "Template of the body; the whole notification as JSON when not given.",
  },
  contentType: { type: "text", description: "application/json when not given." },
  perSecond: {
    type: "number",
    least: 0.01,
    most: 100_000,
    description: "Requests a second; as many as it takes when not given.",
  },
} as const satisfies ChannelOptionTable;

type Options = ChannelOptionValues<typeof OPTIONS>;

const JSON_TYPE = "application/json";
const TIMEOUT = 15_000;
const AT_ONCE = 64;

/** Any HTTP endpoint: a POST for each notification, its body to taste, signed. */
export const webhook = {
  title: "Webhook",
  options: OPTIONS,
  url: { address: "url", example: "webhook://hooks.example.com/alarms?signingKey=env:HOOK_KEY" },
  check: problemOf,
  create: (setup) => webhookChannel(setup),
} satisfies ChannelKind<typeof OPTIONS>;

/**
 * The signature that requests carry as `X-Watchkeeper-Signature: t=<time>,v1=<hex>`: HMAC-SHA256 over the time in seconds, a dot
 * and the body as it was sent. Receivers compare it in constant time and refuse times that are minutes old.
 */
export function signature(key: string, body: string, now: number): string {
  const time = Math.floor(now / 1000);
  return `t=${time},v1=${createHmac("sha256", key).update(`${time}.${body}`).digest("hex")}`;
}

function webhookChannel({ name, kind, options, secrets, ports }: ChannelSetup<typeof OPTIONS>): Channel {
  const { contentType = JSON_TYPE, headers = {}, perSecond = Number.POSITIVE_INFINITY } = options;
  const plainUrl = options.url === undefined ? undefined : safeAddress(options.url, "url");
  const template = parseTemplate(options.body ?? "");
  return {
    name,
    kind,
    capabilities: { update: false, thread: false, picture: false },
    pace: {
      destination: `webhook:${name}`,
      perSecond,
      burst: Math.max(1, Math.ceil(perSecond)),
      atOnce: AT_ONCE,
      timeout: TIMEOUT,
    },
    send: (notification, context) =>
      guarded(secrets, async (): Promise<SendResult> => {
        const body =
          options.body === undefined || typeof template === "string"
            ? notificationText(notification)
            : template.render(notification);
        if (contentType === JSON_TYPE && options.body !== undefined && !isJson(body)) {
          return failed("refused", "its template makes a body that isn't JSON");
        }
        const url = plainUrl ?? safeAddress(await secrets.reveal("secretUrl"), "secretUrl");
        const answer = await ports.http.send({
          url,
          headers: {
            ...headers,
            "content-type": contentType,
            "idempotency-key": notification.id,
            ...(secrets.has("signingKey")
              ? {
                  "x-watchkeeper-signature": signature(await secrets.reveal("signingKey"), body, context.now),
                }
              : {}),
            ...(secrets.has("authorization") ? { authorization: await secrets.reveal("authorization") } : {}),
          },
          body,
          signal: context.end ?? context.signal,
        });
        return answerFailure(answer, context) ?? { outcome: "delivered" };
      }),
  };
}

const OWN_HEADERS =
  /^(content-type|content-length|host|connection|transfer-encoding|authorization|idempotency-key|x-watchkeeper-.*)$/i;

function problemOf(options: Options): string | undefined {
  if ((options.url === undefined) === (options.secretUrl === undefined))
    return "needs url or secretUrl, one of them";
  const unsafe = addressProblem(options.url, "url");
  if (unsafe !== undefined) return unsafe;
  for (const [header, value] of Object.entries(options.headers ?? {})) {
    if (!/^[\w-]+$/.test(header) || OWN_HEADERS.test(header))
      return `can't have a header ${JSON.stringify(header)}`;
    if (/[^\t\x20-\x7e]/.test(value)) return `has characters in its header ${header} that headers can't have`;
  }
  return undefined;
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
