import type { ChannelOptionTable } from "../../model/channel-option.ts";
import type { Notification } from "../notification.ts";
import { shorten } from "../plain-text.ts";
import { linesOf, linksOf, shortLine } from "./alert-lines.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { cutBytes, fitting } from "./cutting.ts";
import { answerFailure, failed, guarded, jsonObject } from "./outcome.ts";
import { addressProblem, safeAddress } from "./safe-address.ts";

const OPTIONS = {
  key: { type: "secret", required: true, description: "Integration key of a service (Events API v2)." },
  region: {
    type: "choice",
    values: ["us", "eu"],
    description: "Where the account lives; us when not given.",
  },
  server: { type: "text", description: "Address of the events API, in place of the region's." },
} as const satisfies ChannelOptionTable;

const SERVERS = { us: "https://events.pagerduty.com", eu: "https://events.eu.pagerduty.com" };

/** Limits of an event (developer.pagerduty.com, Events API v2): the summary's characters and the whole's bytes. */
const SUMMARY = 1024;
const MOST_BYTES = 500 * 1024;
const DETAIL = 2000;

/** Sources differ (120 to 480 a minute and key); 429 tells the rest. */
const PACE = { perSecond: 2, burst: 20, atOnce: 4, timeout: 15_000 };

/** PagerDuty by Events API v2: an incident here is an alert there, by its dedup key, so that repeats and recovery find it. */
export const pagerduty = {
  title: "PagerDuty",
  options: OPTIONS,
  url: { user: "key", example: "pagerduty://env:PAGERDUTY_KEY@?region=eu" },
  check: ({ server }) => addressProblem(server, "server"),
  create: ({ name, kind, options, secrets, ports }) => {
    const server = safeAddress(options.server ?? SERVERS[options.region ?? "us"], "server");
    const url = new URL(`${server.pathname.replace(/\/$/, "")}/v2/enqueue`, server);
    return {
      name,
      kind,
      capabilities: { update: false, thread: false, picture: false },
      pace: { ...PACE, destination: `pagerduty:${name}` },
      send: (notification, context) =>
        guarded(secrets, async () => {
          // There are no notes in Events v2, and a trigger would open an incident again that was resolved meanwhile.
          if (notification.reason === "note") return { outcome: "delivered" };
          const event = { routing_key: await secrets.reveal("key"), ...pagerdutyEvent(notification) };
          const answer = await ports.http.send({
            url,
            headers: { "content-type": "application/json" },
            body: JSON.stringify(event),
            signal: context.signal,
          });
          const body = jsonObject(answer.body);
          const errors = Array.isArray(body?.["errors"]) ? (body["errors"] as unknown[]).map(String) : [];
          const said = [body?.["message"], ...errors].filter((part) => typeof part === "string").join(": ");
          const failure = answerFailure(answer, context, said === "" ? undefined : said);
          // An integration key that isn't one is answered 400, like a broken event.
          if (failure?.reason === "refused" && /routing.key/i.test(said))
            return failed("unauthorized", failure.message);
          if (failure) return failure;
          if (body?.["status"] !== "success")
            return failed("bad-answer", "answered with something that isn't PagerDuty's");
          return { outcome: "delivered" };
        }),
    };
  },
} satisfies ChannelKind<typeof OPTIONS>;

/** The event without its key. */
export function pagerdutyEvent(notification: Notification): Readonly<Record<string, unknown>> {
  const { incident, status, title, severity, alerts, at, groupLabels } = notification;
  const [alert] = alerts;
  const dedup = {
    event_action: status === "firing" ? "trigger" : "resolve",
    dedup_key: incident.slice(0, 255),
  };
  const links = alerts
    .slice(0, 5)
    .flatMap((each) => linksOf(each).map(({ text, url }) => ({ href: url, text })));
  const single = alerts.length === 1 && alert !== undefined;
  const details: readonly (readonly [string, string])[] = single
    ? linesOf(alert).map(({ label, value }) => [label, value])
    : alerts.map((each, index) => [`${index + 1}`, shortLine(each)]);
  const labels = Object.entries(groupLabels);
  const whole = (kept: readonly (readonly [string, string])[]) => ({
    ...dedup,
    client: "Watchkeeper",
    ...(alert?.text.console === undefined ? {} : { client_url: alert.text.console }),
    payload: {
      summary: shorten(title, SUMMARY),
      source: shorten(alert?.text.resource?.id ?? alert?.text.name ?? "watchkeeper", 255),
      severity: SEVERITIES[severity] ?? "warning",
      timestamp: new Date(alert?.changedAt ?? at).toISOString(),
      ...(single ? { component: shorten(alert.text.name, 255) } : {}),
      ...(labels.length > 0
        ? { group: shorten(labels.map(([name, value]) => `${name}=${value}`).join(", "), 255) }
        : {}),
      custom_details: Object.fromEntries(kept.map(([label, value]) => [label, cutBytes(value, DETAIL)])),
    },
    ...(links.length > 0 ? { links } : {}),
  });
  return whole(fitting(details, (kept) => Buffer.byteLength(JSON.stringify(whole(kept))) <= MOST_BYTES));
}

const SEVERITIES: Readonly<Record<string, string>> = {
  critical: "critical",
  error: "error",
  high: "error",
  warning: "warning",
  info: "info",
  low: "info",
};
