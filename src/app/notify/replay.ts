import type { AlarmEvent } from "../../model/alarm-event.ts";
import { knowledgeOf } from "../../notify/knowledge.ts";
import type { Context } from "../../support/context.ts";
import { AwsAccess } from "./aws-access.ts";
import { type NotifyPlace, notificationPolicy } from "./open-notifier.ts";
import { publishedEvents } from "./published-events.ts";
import { simulate } from "./simulate.ts";
import { configuredTopics } from "./topics.ts";

/** What one channel would have got. */
export interface ReplayedChannel {
  readonly channel: string;
  /** Messages of this configuration. */
  readonly messages: number;
  /** Messages when each change of state is told by itself. */
  readonly oneEach: number;
  /** The most within one hour: what a bad night was like. */
  readonly worstHour: number;
}

/** What a configuration would have sent. Times in ms. */
export interface Replayed {
  readonly from: number;
  readonly to: number;
  readonly transitions: number;
  readonly channels: readonly ReplayedChannel[];
  /** Actions of which CloudWatch kept no message. */
  readonly untold: number;
}

const HOUR = 3_600_000;

/** Plays what alarms really published in the last days through the configuration. Sends and stores nothing. */
export async function replay(
  { configuration, reach }: Pick<NotifyPlace, "configuration" | "reach">,
  days: number,
  topics: readonly string[],
  context: Context,
): Promise<Replayed> {
  const policy = notificationPolicy(configuration);
  const to = context.clock.now().getTime();
  const from = to - days * 24 * HOUR;
  const aws = new AwsAccess(configuration, reach, context);
  try {
    const { places } = await aws.open();
    const isOurs =
      Object.keys(configuration.topics).length + topics.length === 0
        ? () => true
        : await configuredTopics(configuration, topics, aws);
    const events: AlarmEvent[] = [];
    let untold = 0;
    for (const { session } of places) {
      const published = await publishedEvents(session, { from, to }, isOurs);
      events.push(...published.events);
      untold += published.untold;
    }
    const nameOf = (id: string) => places.find(({ session }) => session.account === id)?.config.name;
    const knowledge = knowledgeOf(configuration, undefined, nameOf);
    const { notifications, transitions, oneEach } = simulate(events, policy, knowledge, to);
    const channels = Object.keys(policy.channels).map((channel): ReplayedChannel => {
      const times = notifications.filter((one) => one.channel === channel).map(({ at }) => at);
      return {
        channel,
        messages: times.length,
        oneEach: oneEach.get(channel) ?? 0,
        worstHour: mostWithin(times, HOUR),
      };
    });
    return { from, to, transitions, channels, untold };
  } finally {
    await aws.close();
  }
}

/** The most of these times (ascending) that lie within one span. */
function mostWithin(times: readonly number[], span: number): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - span) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
