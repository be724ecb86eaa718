import type { AlarmWidget } from "../../notify/alarm-widget.ts";
import { widgetOfNotification } from "../../notify/alarm-widget.ts";
import type { Notification } from "../../notify/notification.ts";
import { sleepThrough } from "../../support/clock.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../../support/errors.ts";
import type { AwsAccess } from "./aws-access.ts";

/** How long a chart may take, ms: mails wait for theirs. */
const PATIENCE = 5_000;
/** How long a place that gave no chart isn't asked for one, ms. */
const REST = 60_000;
const LONG_REST = 600_000;

/** Has CloudWatch draw the metric of a notification's alarm; undefined: there is no such metric, or no picture of it just now. */
export type DrawAlarm = (notification: Notification, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/**
 * Charts by GetMetricWidgetImage, asked for in the alarm's own account and region. Never rejects: a place that is slow, or doesn't
 * allow it, is told of once and then left alone for a while, and messages go without a chart.
 */
export function alarmPictures(aws: Pick<AwsAccess, "session">, context: Context): DrawAlarm {
  const { clock, log } = context;
  const now = (): number => clock.now().getTime();
  const resting = new Map<string, number>();
  const told = new Set<string>();
  return async (notification, signal) => {
    const asked = widgetOfNotification(notification);
    if (!asked) return undefined;
    const place = `${asked.account} ${asked.region}`;
    if (now() < (resting.get(place) ?? 0)) return undefined;
    try {
      const picture = await inTime(draw(aws, asked), clock, signal);
      told.delete(place);
      return picture;
    } catch (error) {
      const code = isWatchkeeperError(error) ? error.code : "";
      resting.set(place, now() + (LASTING.has(code) ? LONG_REST : REST));
      const text = `messages of ${asked.region} in account ${asked.account} go out without charts: ${reasonOf(error)}`;
      if (told.has(place)) log.debug(text);
      else log.warn(text);
      told.add(place);
      return undefined;
    }
  };
}

/** What doesn't pass by itself. */
const LASTING: ReadonlySet<string> = new Set([
  "AccessDenied",
  "unknown-account",
  "NoCredentials",
  "OptInRequired",
]);

async function draw(
  aws: Pick<AwsAccess, "session">,
  { account, region, widget }: AlarmWidget,
): Promise<Uint8Array | undefined> {
  const session = await aws.session(region, account);
  const { MetricWidgetImage } = await session.send("cloudwatch", "GetMetricWidgetImage", {
    MetricWidget: widget,
  });
  return MetricWidgetImage;
}

async function inTime<T>(work: Promise<T>, clock: Context["clock"], signal: AbortSignal): Promise<T> {
  const done = new AbortController();
  const ends = AbortSignal.any([signal, done.signal]);
  // What comes too late is nobody's any more, whatever it is.
  work.catch(() => undefined);
  const late = sleepThrough(clock, PATIENCE, ends).then(tooLate, tooLate);
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}

function tooLate(): never {
  throw new WatchkeeperError("Timeout", `CloudWatch drew no chart within ${PATIENCE / 1000} s`);
}

function reasonOf(error: unknown): string {
  const remedy = isWatchkeeperError(error) ? error.remedy : undefined;
  return `${messageOf(error)}${remedy === undefined ? "" : `; ${remedy}`}`;
}
