import type { AgentPlatform } from "../model/agent-policy.ts";
import type { Diagnostic } from "../support/diagnostic.ts";
import type { AgentConfiguration } from "./build-configuration.ts";
import { HEARTBEAT } from "./last-datapoints.ts";

type Members = Readonly<Record<string, unknown>>;

/** How a configuration writes the heartbeat's metric, by platform. */
const WRITTEN: Readonly<
  Record<AgentPlatform, { readonly section: string; readonly names: readonly string[] }>
> = {
  linux: { section: "mem", names: ["mem_used_percent", "used_percent"] },
  windows: { section: "Memory", names: ["% Committed Bytes In Use", "Memory % Committed Bytes In Use"] },
};

/** Seconds between measurements, at most: an agent that is silent for ten minutes counts as dead. */
const LONGEST_INTERVAL = 300;

/**
 * Why a configuration that the agent would take doesn't let us see that it works: the heartbeat must be measured, under its own
 * name in the agent's own namespace, and published with the instance's id as the only dimension.
 */
export function checkHeartbeat(
  configuration: AgentConfiguration,
  platform: AgentPlatform,
): readonly Diagnostic[] {
  const { section, names } = WRITTEN[platform];
  const metrics = (configuration["metrics"] ?? {}) as Members;
  const collected = (metrics["metrics_collected"] ?? {}) as Members;
  const heartbeat = collected[section] as Members | undefined;
  const path = `metrics.metrics_collected.${section}`;
  const entry = ((heartbeat?.["measurement"] ?? []) as readonly unknown[]).find((one) =>
    names.includes(String((one as Members)?.["name"] ?? one)),
  );
  if (entry === undefined)
    return [
      problem(
        `${path}.measurement lacks "${names[0]}", the metric by which an agent is known to work: add "${section}": { "measurement": ["${names[0]}"] }`,
      ),
    ];
  const problems: Diagnostic[] = [];
  const renamed = (entry as Members)["rename"];
  if (typeof renamed === "string" && renamed !== HEARTBEAT[platform])
    problems.push(
      problem(`${path}.measurement renames "${HEARTBEAT[platform]}", which is looked for: leave rename away`),
    );
  if (metrics["namespace"] !== undefined && metrics["namespace"] !== "CWAgent")
    problems.push(
      problem(
        `metrics.namespace is ${JSON.stringify(metrics["namespace"])}, and metrics are looked for in CWAgent: leave it away`,
      ),
    );
  if (!idAlone(metrics, heartbeat ?? {}, platform))
    problems.push(
      problem(
        `metrics never publishes ${HEARTBEAT[platform]} with InstanceId as its only dimension: add "append_dimensions": { "InstanceId": "\${aws:InstanceId}" } and "aggregation_dimensions": [["InstanceId"]]`,
      ),
    );
  const agent = (configuration["agent"] ?? {}) as Members;
  const interval = heartbeat?.["metrics_collection_interval"] ?? agent["metrics_collection_interval"];
  if (typeof interval === "number" && interval > LONGEST_INTERVAL)
    problems.push(
      problem(
        `${path} is measured every ${interval} s: ${LONGEST_INTERVAL} at most, so that a dead agent can be told from a slow one`,
      ),
    );
  if (agent["region"] !== undefined)
    problems.push({
      severity: "warning",
      code: "agent-region",
      message: `agent.region: metrics are written to ${String(agent["region"])}, and looked for where the instance is`,
    });
  return problems;
}

function idAlone(metrics: Members, section: Members, platform: AgentPlatform): boolean {
  const appended = Object.keys((metrics["append_dimensions"] ?? {}) as Members);
  if (!appended.includes("InstanceId")) return false;
  const groups = (metrics["aggregation_dimensions"] ?? []) as readonly (readonly string[])[];
  if (groups.some((group) => group.length === 1 && group[0] === "InstanceId")) return true;
  // On Windows every metric also carries the name of its object.
  const own = Object.keys((section["append_dimensions"] ?? {}) as Members);
  return platform === "linux" && appended.length === 1 && own.length === 0;
}

function problem(message: string): Diagnostic {
  return { severity: "error", code: "no-heartbeat", message };
}
