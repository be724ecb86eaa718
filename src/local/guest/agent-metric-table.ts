import { type Generator, rhythm, spread, steady } from "../metrics/generators.ts";

/** A metric of the CloudWatch agent. */
export interface AgentRule {
  readonly name: string;
  readonly unit: string;
  readonly default: Generator;
  /** One series for each disk, or one for the machine. */
  readonly perDisk: boolean;
  /** Dimensions it always has besides InstanceId. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the agent measures by the host's kind. Source: CloudWatch user guide, "Metrics collected by the CloudWatch agent". */
export const AGENT_METRICS: Readonly<Record<"linux" | "windows", readonly AgentRule[]>> = {
  linux: [
    { name: "mem_used_percent", unit: "Percent", default: rhythm(35, 55), perDisk: false, dimensions: {} },
    { name: "swap_used_percent", unit: "Percent", default: steady(0), perDisk: false, dimensions: {} },
    { name: "disk_used_percent", unit: "Percent", default: spread(steady(42), 0.3), perDisk: true, dimensions: {} },
  ],
  windows: [
    {
      name: "Memory % Committed Bytes In Use", unit: "Percent", default: rhythm(35, 55), perDisk: false,
      dimensions: { objectname: "Memory" },
    },
    {
      name: "Paging File % Usage", unit: "Percent", default: steady(1), perDisk: false,
      dimensions: { objectname: "Paging File", instance: "\\??\\C:\\pagefile.sys" },
    },
    {
      name: "LogicalDisk % Free Space", unit: "Percent", default: spread(steady(55), 0.3), perDisk: true,
      dimensions: { objectname: "LogicalDisk" },
    },
  ],
}; // biome-ignore format: a table
