import type { AgentProfile, Instance } from "../fleet/instance.ts";
import { covers, endOf } from "../fleet/intervals.ts";
import { ended, generatedValues, samples } from "../metrics/generated-series.ts";
import type { MetricId, SeriesEntry } from "../metrics/metric-store.ts";
import { AGENT_METRICS, type AgentRule } from "./agent-metric-table.ts";
import { isAwake } from "./times.ts";

/** The series that the CloudWatch agents of an instance publish. */
export function* agentEntries(instance: Instance, metricName?: string): Iterable<SeriesEntry> {
  const { platform, metrics } = instance.launch;
  const rules = AGENT_METRICS[platform.windows ? "windows" : "linux"];
  for (const agent of metrics.agents) {
    for (const rule of rules) {
      if (metricName !== undefined && metricName !== rule.name) continue;
      for (const dimensions of dimensionSets(instance, agent, rule))
        yield entry(instance, agent, rule, dimensions);
    }
  }
}

function entry(
  instance: Instance,
  agent: AgentProfile,
  rule: AgentRule,
  dimensions: MetricId["dimensions"],
): SeriesEntry {
  const generator = instance.launch.metrics.generators.get(rule.name) ?? rule.default;
  const path = dimensions["path"] ?? dimensions["instance"] ?? "";
  return {
    id: { namespace: "CWAgent", metricName: rule.name, dimensions },
    series: {
      unit: rule.unit,
      interval: agent.interval,
      start: Math.ceil(Math.max(agent.since, instance.runs[0] ?? 0) / 1000),
      end: () => ended(lastSign(instance, agent)),
      samples: (from, to) =>
        samples(
          from,
          to,
          agent.interval,
          (time) => reports(instance, agent, time * 1000),
          generatedValues(generator, "gauge", rule, `${instance.id}${path}`, agent.interval),
        ),
    },
  };
}

function reports(instance: Instance, agent: AgentProfile, now: number): boolean {
  return (
    now >= agent.since &&
    (agent.until === undefined || now < agent.until) &&
    covers(instance.runs, now) &&
    !covers(instance.agentDeaths, now) &&
    (!instance.guest || isAwake(instance, now))
  );
}

function lastSign(instance: Instance, agent: AgentProfile): number | undefined {
  const dead = instance.agentDeaths.length % 2 === 1 ? instance.agentDeaths.at(-1) : undefined;
  const ends = [endOf(instance.runs), agent.until, dead].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function* dimensionSets(
  instance: Instance,
  agent: AgentProfile,
  rule: AgentRule,
): Iterable<MetricId["dimensions"]> {
  const appended = {
    InstanceId: instance.id,
    ...(agent.dimensions.includes("ImageId") && { ImageId: instance.launch.imageId }),
    ...(agent.dimensions.includes("InstanceType") && { InstanceType: instance.type.name }),
    ...groupDimension(instance, agent),
    ...rule.dimensions,
  };
  if (!rule.perDisk) yield appended;
  else if (instance.launch.platform.windows)
    for (const drive of agent.disks) yield { ...appended, instance: drive };
  else
    for (const [index, path] of agent.disks.entries())
      yield { ...appended, path, device: deviceName(instance, index), fstype: "xfs" };
}

function groupDimension(instance: Instance, agent: AgentProfile): { AutoScalingGroupName?: string } {
  const name = instance.tags.get("aws:autoscaling:groupName");
  return agent.dimensions.includes("AutoScalingGroupName") && name !== undefined
    ? { AutoScalingGroupName: name }
    : {};
}

/** As the kernel names them: NVMe on Nitro, xvd on Xen; only the root disk has a partition. */
export function deviceName(instance: Instance, index: number): string {
  if (instance.type.nitro) return index === 0 ? "nvme0n1p1" : `nvme${index}n1`;
  return index === 0 ? "xvda1" : `xvd${String.fromCharCode(97 + index)}`;
}
