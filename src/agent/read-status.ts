import type { AwsSession } from "../aws/session.ts";
import type { AgentPlatform } from "../model/agent-policy.ts";
import type { Resource } from "../model/resource.ts";
import type { Context } from "../support/context.ts";
import type { AgentParameter } from "./agent-parameter.ts";
import { lastDatapoints, recentlyActive } from "./last-datapoints.ts";
import { AGENT_TAG } from "./roll-out.ts";

/** Whether Systems Manager reaches an instance. A ping comes every five minutes, so that `online` may be five minutes old. */
export interface Ping {
  readonly status: "online" | "lost";
  readonly lastPing: Date | undefined;
  readonly ssmAgentVersion: string | undefined;
}

/** How the agent of an instance is doing, as far as that can be known without asking the instance. */
export interface AgentStatus {
  readonly resource: Resource;
  readonly platform: AgentPlatform;
  /** Absent: Systems Manager doesn't know it. */
  readonly ping?: Ping;
  /** Its heartbeat's last datapoint within the last three hours. */
  readonly lastDatapoint?: Date;
  /**
   * `current`: it writes, with the configuration it is to have. `drifted`: it writes, with another one of ours. `foreign`: it writes,
   * or did within three hours, with a configuration that isn't ours. `silent`: we configured it, and it writes nothing. `missing`: neither.
   */
  readonly agent: "current" | "drifted" | "foreign" | "silent" | "missing";
}

/** An agent that wrote nothing for so long is silent, milliseconds: some are configured to write every five minutes. */
const SILENT_AFTER = 10 * 60_000;
const LOOK_BACK = 3 * 3_600_000;

/** Every instance that Systems Manager knows in the session's account and region, in pages of 50. */
export async function readPings(session: AwsSession): Promise<ReadonlyMap<string, Ping>> {
  const pings = new Map<string, Ping>();
  for await (const { InstanceInformationList = [] } of session.pages(
    "ssm",
    "DescribeInstanceInformation",
    {},
  ))
    for (const { InstanceId = "", PingStatus, LastPingDateTime, AgentVersion } of InstanceInformationList)
      pings.set(InstanceId, {
        status: PingStatus === "Online" ? "online" : "lost",
        lastPing: LastPingDateTime,
        ssmAgentVersion: AgentVersion,
      });
  return pings;
}

/**
 * How the agents of instances are doing: a page of pings for 50 instances, a call for the datapoints of 500, and a listing of
 * the agents' metrics where there are instances that we didn't configure. `parameters` holds
 * the configuration of each platform. Rejects when it can't be read.
 */
export async function readAgentStatus(
  session: AwsSession,
  instances: readonly Resource[],
  parameters: Readonly<Record<AgentPlatform, Pick<AgentParameter, "hash">>>,
  context: Context,
): Promise<readonly AgentStatus[]> {
  const now = context.clock.now();
  const asked = instances.map((resource) => ({ id: resource.id, platform: platformOf(resource) }));
  const [pings, datapoints] = await Promise.all([
    readPings(session),
    lastDatapoints(session, asked, new Date(now.getTime() - LOOK_BACK), now),
  ]);
  // An agent that isn't ours may write under other dimensions.
  const others = new Set<AgentPlatform>(
    instances
      .filter(({ id, tags }) => tags[AGENT_TAG] === undefined && !datapoints.has(id))
      .map((resource) => platformOf(resource)),
  );
  const active = await Promise.all([...others].map((platform) => recentlyActive(session, platform)));
  return instances.map((resource) => {
    const platform = platformOf(resource);
    const ping = pings.get(resource.id);
    const lastDatapoint = datapoints.get(resource.id);
    const writes = lastDatapoint !== undefined && now.getTime() - lastDatapoint.getTime() < SILENT_AFTER;
    return {
      resource,
      platform,
      ...(ping === undefined ? {} : { ping }),
      ...(lastDatapoint === undefined ? {} : { lastDatapoint }),
      agent: agentState({
        writes,
        foreign: active.some((ids) => ids.has(resource.id)),
        marked: resource.tags[AGENT_TAG],
        wanted: parameters[platform].hash,
      }),
    };
  });
}

/** The platform of an instance, as the agent tells them apart. */
export function platformOf({ facts }: Resource): AgentPlatform {
  return facts["platform"] === "windows" ? "windows" : "linux";
}

interface Signs {
  readonly writes: boolean;
  readonly foreign: boolean;
  readonly marked: string | undefined;
  readonly wanted: string;
}

function agentState({ writes, foreign, marked, wanted }: Signs): AgentStatus["agent"] {
  if (marked === undefined) return writes || foreign ? "foreign" : "missing";
  if (!writes) return "silent";
  return marked === wanted ? "current" : "drifted";
}
