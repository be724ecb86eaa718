import type { AwsSession } from "../aws/session.ts";
import type { AgentPlatform } from "../model/agent-policy.ts";

/** The metric by which an agent is known to be alive: what our configurations measure on every instance of a platform. */
export const HEARTBEAT: Readonly<Record<AgentPlatform, string>> = {
  linux: "mem_used_percent",
  windows: "Memory % Committed Bytes In Use",
};

/** GetMetricData's limit of queries a call. */
const QUERIES_A_CALL = 500;

/** When each instance's agent last wrote its heartbeat since a time; instances without any are absent. */
export async function lastDatapoints(
  session: AwsSession,
  instances: readonly { readonly id: string; readonly platform: AgentPlatform }[],
  since: Date,
  now: Date,
): Promise<ReadonlyMap<string, Date>> {
  const last = new Map<string, Date>();
  for (let from = 0; from < instances.length; from += QUERIES_A_CALL) {
    const asked = instances.slice(from, from + QUERIES_A_CALL);
    const pages = session.pages("cloudwatch", "GetMetricData", {
      StartTime: since,
      EndTime: now,
      ScanBy: "TimestampDescending",
      MetricDataQueries: asked.map(({ id, platform }, index) => ({
        Id: `i${index}`,
        MetricStat: {
          Metric: {
            Namespace: "CWAgent",
            MetricName: HEARTBEAT[platform],
            Dimensions: [{ Name: "InstanceId", Value: id }],
          },
          Period: 60,
          Stat: "SampleCount",
        },
      })),
    });
    for await (const { MetricDataResults = [] } of pages)
      for (const { Id = "", Timestamps = [] } of MetricDataResults) {
        const id = asked[Number(Id.slice(1))]?.id;
        for (const time of Timestamps)
          if (id !== undefined && time > (last.get(id) ?? new Date(0))) last.set(id, time);
      }
  }
  return last;
}

/** Instances whose agent wrote its heartbeat within three hours, whatever dimensions its configuration gives it. */
export async function recentlyActive(
  session: AwsSession,
  platform: AgentPlatform,
): Promise<ReadonlySet<string>> {
  const active = new Set<string>();
  const input = { Namespace: "CWAgent", MetricName: HEARTBEAT[platform], RecentlyActive: "PT3H" as const };
  for await (const { Metrics = [] } of session.pages("cloudwatch", "ListMetrics", input))
    for (const { Dimensions = [] } of Metrics) {
      const id = Dimensions.find(({ Name }) => Name === "InstanceId")?.Value;
      if (id !== undefined) active.add(id);
    }
  return active;
}
