import { z } from "zod";
import { duration, filled, oneOrMore, plainKey, strict, text, whenMissing } from "../schema-parts.ts";

const matchers = z
  .union([filled, z.array(filled).min(1)], {
    error: (issue) => (issue.input === undefined ? "is missing" : "must be a matcher or a list of them"),
  })
  .describe(
    'All must hold: severity="critical", team=~"web|shop", with =, !=, =~ and !~; quote values with spaces.',
  );

/** A channel as a mapping: what all kinds have. The rest is checked by the kind's own options, and so it is in the JSON Schema. */
export const channelMapping = z.looseObject({
  kind: filled.describe("What it is: slack, webhook, smtp ... docs/channels.md has all."),
  send_resolved: z.boolean().optional().describe("Tell of recoveries, too. Default true."),
});

const channel = z
  .union([filled, channelMapping], {
    error: "must be a short URL such as slack://env:SLACK_TOKEN@/C123, or a mapping with kind",
  })
  .describe("slack://env:SLACK_TOKEN@/C123, or { kind: slack, ... }. Secrets as references only.");

/** What one route may say besides `routes`. Alertmanager's words with Alertmanager's meaning. */
export const routeFields = {
  receiver: z
    .union([z.string(), z.array(z.string())], { error: "must be a channel, a receiver, or a list of them" })
    .optional()
    .describe("Channel or receiver to tell, or a list; default: that of the route above."),
  matchers: matchers.optional(),
  continue: z.boolean().optional().describe("Try the routes behind this one, too. Default false."),
  group_by: oneOrMore(filled)
    .optional()
    .describe('Labels that make a group, or "..." for all: every alert alone. Default: one group a route.'),
  group_wait: duration
    .optional()
    .describe("How long a new group waits for company. Default 30s, and 0 for severity critical."),
  group_interval: duration
    .optional()
    .describe("How long after a message until news of its group are told. Default 5m."),
  repeat_interval: duration.optional().describe("How long until what still fires is told again. Default 4h."),
  mute_time_intervals: oneOrMore(filled).optional().describe("time_intervals in which nothing is told."),
  active_time_intervals: oneOrMore(filled)
    .optional()
    .describe("time_intervals in which alone something is told."),
};

/** A route as it is written. */
export type RouteInput = z.infer<z.ZodObject<typeof routeFields>> & {
  readonly routes?: RouteInput[] | undefined;
};

/** One route with those below it. */
export const routeSchema: z.ZodType<RouteInput> = z
  .strictObject(
    {
      ...routeFields,
      get routes() {
        return z
          .array(routeSchema)
          .optional()
          .describe("Tried in order; the first that matches takes the alert.");
      },
    },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? [...Object.keys(routeFields), "routes"].join(" ")
          : whenMissing("is missing: write route: { receiver: … }, the channel that hears the rest")(issue),
    },
  )
  .meta({ id: "route", description: "Who is told of which alerts, and in what groups." });

/** One of a named interval's `time_intervals`. */
export const timeIntervalSchema = strict({
  times: z
    .array(
      strict({
        start_time: filled.describe("HH:MM."),
        end_time: filled.describe('HH:MM, "24:00" at the most; not part of the interval.'),
      }),
    )
    .min(1)
    .optional()
    .describe("Times of the day."),
  weekdays: oneOrMore(text).optional().describe("monday, or monday:friday; the week begins on sunday."),
  days_of_month: oneOrMore(text).optional().describe('1, "1:7", or "-3:-1" for the last three.'),
  months: oneOrMore(text).optional().describe('january, "march:june" or "3:6".'),
  years: oneOrMore(text).optional().describe('2026 or "2026:2028".'),
  location: filled.optional().describe("Time zone such as Europe/Prague. Default UTC."),
});

/** `listen.queue` in its long form. */
export const listenQueueSchema = strict({
  name: filled.describe("Name: the plan makes one queue of this name."),
  region: filled.optional().describe("Where it is; default: the account's first region."),
  account: text.optional().describe("Id or name of its account; default: the first of accounts."),
});

/** `listen:` */
export const listenSchema = strict({
  queue: z
    .union([filled, listenQueueSchema], {
      error: "must be the name of a queue, an ARN, or a mapping with name, region and account",
    })
    .optional()
    .describe("SQS queue: a name (the plan makes it), or the ARN of one that is there."),
  endpoint: filled.optional().describe("Address of `notify listen --http`, as SNS reaches it: https://..."),
}).describe("What hears the topics: the plan subscribes it to each of them.");

/** `notifications:` */
export const notificationsSchema = strict({
  listen: listenSchema.optional(),
  channels: z.record(plainKey, channel).describe("Places to send to, by the key that routes use."),
  receivers: z
    .record(plainKey, z.array(z.string()).min(1))
    .optional()
    .describe("Names for several channels at once."),
  route: routeSchema.describe("The root of the route tree: every alert comes in here."),
  inhibit_rules: z
    .array(
      strict({
        source_matchers: matchers.describe("While alerts like these fire ..."),
        target_matchers: matchers.describe("... alerts like these aren't told ..."),
        equal: oneOrMore(filled).optional().describe("... where these labels are the same in both."),
      }),
    )
    .optional()
    .describe("Alerts that make others pointless."),
  time_intervals: z
    .array(
      strict({
        name: filled.describe("What routes call it."),
        time_intervals: z
          .array(timeIntervalSchema)
          .min(1)
          .describe("It is on while any of these is; in each all parts must hold."),
      }),
    )
    .optional()
    .describe("Named times for mute_time_intervals and active_time_intervals."),
}).meta({
  id: "notifications",
  description: "Who is told what, when: routed and grouped as Alertmanager does.",
});
