import type { AwsSession } from "../aws/session.ts";
import type { Context } from "../support/context.ts";
import type { Assignment } from "./assign-targets.ts";
import { lastDatapoints, recentlyActive } from "./last-datapoints.ts";

/** Whether Systems Manager reaches an instance. A ping comes every five minutes, so that `online` may be five minutes old. */
export interface Ping {
  readonly status: "online" | "lost";
  readonly lastPing: Date | undefined;
  readonly ssmAgentVersion: string | undefined;
}

/** What can be seen of agents without asking their instances. */
export interface Signs {
  readonly now: Date;
  /** When each last wrote its heartbeat, with its id as the only dimension, within three hours. */
  readonly lastDatapoints: ReadonlyMap<string, Date>;
  /** Ids of those that wrote it within three hours under other dimensions. */
  readonly elsewhere: ReadonlySet<string>;
}

/** An agent that wrote nothing for so long is silent, milliseconds: some are configured to write every five minutes. */
export const SILENT_AFTER = 10 * 60_000;
const LOOK_BACK = 3 * 3_600_000;
/** Values that a filter of DescribeInstanceInformation takes, and the largest page. Source: API reference. */
const PINGS_A_CALL = 50;
/** Calls for pings that are under way at once. */
const AT_ONCE = 4;

/** How Systems Manager reaches instances, by id; those that it doesn't know are absent. A call for each 50. */
export async function readPings(
  session: AwsSession,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Ping>> {
  const pings = new Map<string, Ping>();
  const queue = Array.from({ length: Math.ceil(ids.length / PINGS_A_CALL) }, (_, index) =>
    ids.slice(index * PINGS_A_CALL, (index + 1) * PINGS_A_CALL),
  );
  const lane = async (): Promise<void> => {
    for (let Values = queue.shift(); Values !== undefined; Values = queue.shift()) {
      // By filter: an id that Systems Manager doesn't know is no error there.
      const input = { Filters: [{ Key: "InstanceIds", Values }] };
      for await (const page of session.pages("ssm", "DescribeInstanceInformation", input))
        for (const {
          InstanceId = "",
          PingStatus,
          LastPingDateTime,
          AgentVersion,
        } of page.InstanceInformationList ?? [])
          pings.set(InstanceId, {
            status: PingStatus === "Online" ? "online" : "lost",
            lastPing: LastPingDateTime,
            ssmAgentVersion: AgentVersion,
          });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, lane));
  return pings;
}

/**
 * What the agents of instances wrote: a call for the datapoints of 500, and a listing of the agents' metrics for each platform where
 * instances wrote none and `isMarked` doesn't say that we configured them. Rejects when it can't be read.
 */
export async function readSigns(
  session: AwsSession,
  assignments: readonly Assignment[],
  isMarked: (assignment: Assignment) => boolean,
  context: Context,
): Promise<Signs> {
  const now = context.clock.now();
  const running = assignments.filter(({ resource }) => resource.state === "running");
  const asked = running.map(({ resource, platform }) => ({ id: resource.id, platform }));
  const found = await lastDatapoints(session, asked, new Date(now.getTime() - LOOK_BACK), now);
  const unseen = running.filter((one) => !found.has(one.resource.id) && !isMarked(one));
  // An agent that isn't ours may write under other dimensions.
  const platforms = new Set(unseen.map(({ platform }) => platform));
  const active = await Promise.all([...platforms].map((platform) => recentlyActive(session, platform)));
  const elsewhere = new Set(
    unseen.map(({ resource }) => resource.id).filter((id) => active.some((ids) => ids.has(id))),
  );
  return { now, lastDatapoints: found, elsewhere };
}

/** Whether an agent writes, as far as its heartbeat tells. */
export function isWriting({ now, lastDatapoints: last }: Signs, id: string): boolean {
  const time = last.get(id);
  return time !== undefined && now.getTime() - time.getTime() < SILENT_AFTER;
}
