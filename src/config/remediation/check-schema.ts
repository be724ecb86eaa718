import { z } from "zod";
import { DNS_RECORD_TYPES } from "../../model/check.ts";
import { parseDuration } from "../../model/duration.ts";
import { duration, filled, oneOrMore, strict, wrong } from "../schema-parts.ts";

const DAY = 86_400;

/** A duration of so many days at most. */
export function atMostDays(days: number) {
  return duration.refine((value) => (parseDuration(value) ?? 0) <= days * DAY, {
    error: `must be at most ${days}d`,
  });
}

/** A duration that isn't nothing, and a day at most. */
export const someTime = atMostDays(1).refine((value) => parseDuration(value) !== 0, {
  error: "must be more than 0",
});

const timeout = someTime.optional().describe("How long the answer may take. Default 10s.");

const STATUS_FORM = 'must be a status such as 200, or a range such as "200-299"';

const status = z.union(
  [z.int().min(100).max(599), z.string().regex(/^[1-5]\d\d-[1-5]\d\d$/, { error: wrong(STATUS_FORM) })],
  { error: STATUS_FORM },
);

/** Ways of asking an endpoint, by their key: `http: https://example.com/health`, or with options `http: { url: ... }`. */
export const endpointFields = {
  http: z
    .union(
      [
        filled,
        strict({
          url: filled.describe("http: or https:."),
          method: filled.optional().describe("Default GET."),
          headers: z.record(z.string(), z.string()).optional().describe("Headers to send."),
          body: z.string().optional().describe("Body to send."),
          statuses: oneOrMore(status)
            .optional()
            .describe('Statuses that are fine: 200, "200-299" or a list. Default "200-399".'),
          contains: filled.optional().describe("Text that the body must hold."),
          matches: filled.optional().describe("Regular expression that the body must match."),
          timeout,
          followRedirects: z.boolean().optional().describe("Default true."),
          verifyCertificate: z.boolean().optional().describe("Default true."),
          connectTo: filled.optional().describe("host or host:port to connect to in place of the URL's."),
        }),
      ],
      { error: "must be a URL, or a mapping with url" },
    )
    .describe("An HTTP request: its URL, or a mapping with options."),
  tcp: z
    .union(
      [
        filled,
        strict({
          host: filled.describe("Name or address."),
          port: z.int().min(1).max(65_535).describe("1 to 65535."),
          send: filled.optional().describe("Text to send once connected."),
          expect: filled.optional().describe("Text that must come back."),
          timeout,
        }),
      ],
      { error: "must be host:port, or a mapping with host and port" },
    )
    .describe("A connection: host:port, or a mapping with options."),
  tls: z
    .union(
      [
        filled,
        strict({
          host: filled.describe("Name or address."),
          port: z.int().min(1).max(65_535).optional().describe("Default 443."),
          serverName: filled.optional().describe("Name to ask for. Default the host."),
          minimumDays: z
            .int()
            .min(0)
            .optional()
            .describe("Days that every certificate must be valid for yet."),
          timeout,
        }),
      ],
      { error: "must be a host, or a mapping with host" },
    )
    .describe("A TLS handshake: host, host:port, or a mapping with options."),
  dns: z
    .union(
      [
        filled,
        strict({
          name: filled.describe("What to ask for."),
          type: z.enum(DNS_RECORD_TYPES).optional().describe("Default A."),
          server: filled.optional().describe("Server to ask. Default the machine's own."),
          expect: oneOrMore(filled).optional().describe("Answers that must all be there. Default any."),
          timeout,
        }),
      ],
      { error: "must be a name, or a mapping with name" },
    )
    .describe("A question to DNS: a name, or a mapping with options."),
};
