import type { AwsSession } from "../../aws/session.ts";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { IsConfigured } from "./topics.ts";

/** What an account's alarms published in a region. */
export interface PublishedEvents {
  /** Oldest first; one that was published to several topics is there as often. */
  readonly events: readonly AlarmEvent[];
  /** Actions of which CloudWatch kept no message: those of other kinds, and messages that were too long for the history. */
  readonly untold: number;
}

/** Reads from alarm history what was published to our topics between two times, in one paged listing. ms. */
export async function publishedEvents(
  session: AwsSession,
  span: { readonly from: number; readonly to: number },
  isOurs: IsConfigured,
): Promise<PublishedEvents> {
  const events: AlarmEvent[] = [];
  let untold = 0;
  const pages = session.pages("cloudwatch", "DescribeAlarmHistory", {
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    HistoryItemType: "Action",
    StartDate: new Date(span.from),
    EndDate: new Date(span.to),
    ScanBy: "TimestampAscending",
  });
  for await (const { AlarmHistoryItems = [] } of pages) {
    for (const { HistoryData, Timestamp } of AlarmHistoryItems) {
      const data = objectIn(HistoryData);
      const resource = data?.["notificationResource"];
      if (typeof resource === "string" && resource.includes(":sns:") && !isOurs(resource)) continue;
      const message = data?.["publishedMessage"];
      if (message === undefined || message === null) untold += 1;
      else events.push(...parseEvents(message, Timestamp?.getTime() ?? span.to).events);
    }
  }
  return { events: events.sort((a, b) => a.at - b.at), untold };
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    // Longer data is cut off by CloudWatch, in the middle of its JSON.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
