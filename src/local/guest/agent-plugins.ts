// What the plugins of the CloudWatch agent on Linux measure, and the dimensions each gives its metrics.
import { type Generator, rhythm, spread, steady } from "../metrics/generators.ts";
import { AGENT_METRICS } from "./agent-metric-table.ts";

interface PluginFacts {
  readonly measurements: Readonly<Record<string, readonly [unit: string, generator: Generator]>>;
}

const GIB = 1024 ** 3;
const percent = (low: number, high: number) => ["Percent", rhythm(low, high)] as const;
const bytes = (low: number, high: number) => ["Bytes", rhythm(low, high)] as const;
const count = (low: number, high: number) => ["Count", rhythm(low, high)] as const;

/** Source: CloudWatch user guide, "Metrics collected by the CloudWatch agent on Linux and macOS instances". */
const PLUGINS: Readonly<Record<string, PluginFacts>> = {
  cpu: {
    measurements: {
      usage_active: percent(4, 14), usage_idle: percent(86, 96), usage_user: percent(3, 10),
      usage_system: percent(1, 4), usage_iowait: percent(0, 1), usage_nice: percent(0, 0.1), usage_steal: percent(0, 0.2),
    },
  },
  mem: {
    measurements: {
      used_percent: percent(35, 55), available_percent: percent(45, 65), used: bytes(1.4 * GIB, 2.2 * GIB),
      available: bytes(1.8 * GIB, 2.6 * GIB), free: bytes(0.5 * GIB, GIB), total: ["Bytes", steady(4 * GIB)],
      cached: bytes(0.8 * GIB, 1.4 * GIB), buffered: bytes(0.05 * GIB, 0.1 * GIB), active: bytes(GIB, 2 * GIB), inactive: bytes(0.5 * GIB, GIB),
    },
  },
  swap: { measurements: { used_percent: ["Percent", steady(0)], used: ["Bytes", steady(0)], free: ["Bytes", steady(0)] } },
  disk: {
    measurements: {
      used_percent: ["Percent", spread(steady(42), 0.3)], inodes_used: count(80_000, 90_000), inodes_free: count(4_000_000, 4_100_000),
      inodes_total: ["Count", steady(4_194_304)], used: bytes(3 * GIB, 4 * GIB), free: bytes(4 * GIB, 5 * GIB), total: ["Bytes", steady(8 * GIB)],
    },
  },
  diskio: {
    measurements: {
      reads: count(10, 100), writes: count(60, 400), read_bytes: bytes(1e5, 3e6), write_bytes: bytes(6e5, 7e6),
      read_time: ["Milliseconds", rhythm(5, 60)], write_time: ["Milliseconds", rhythm(30, 300)], io_time: ["Milliseconds", rhythm(30, 300)],
      iops_in_progress: count(0, 1),
    },
  },
  net: {
    measurements: {
      bytes_sent: bytes(2e5, 4e6), bytes_recv: bytes(1e5, 2e6), packets_sent: count(200, 4_000), packets_recv: count(200, 4_000),
      drop_in: count(0, 0), drop_out: count(0, 0), err_in: count(0, 0), err_out: count(0, 0),
    },
  },
  netstat: { measurements: { tcp_established: count(10, 60), tcp_listen: count(6, 9), tcp_time_wait: count(0, 30), udp_socket: count(4, 8) } },
  processes: {
    measurements: {
      total: count(110, 140), running: count(0, 3), sleeping: count(60, 80), blocked: count(0, 1), zombies: count(0, 0), idle: count(40, 50), dead: count(0, 0),
    },
  },
}; // biome-ignore format: a table

/** Plugins that the agent knows and that publish nothing here: what they would measure doesn't exist. */
const OTHER_PLUGINS = new Set([
  "procstat",
  "statsd",
  "collectd",
  "ethtool",
  "nvidia_gpu",
  "prometheus",
  "otlp",
  "jmx",
  "application_signals",
  "ebs",
]);

/** Plugins whose metrics are simulated. */
export const PLUGINS_WITH_METRICS: ReadonlySet<string> = new Set(Object.keys(PLUGINS));

export function isKnownPlugin(name: string): boolean {
  return PLUGINS_WITH_METRICS.has(name) || OTHER_PLUGINS.has(name);
}

export function measures(plugin: string, counter: string): boolean {
  return PLUGINS[plugin]?.measurements[counter] !== undefined;
}

/** Unit and values of what a plugin measures; on Windows of whatever counter the configuration names. */
export function counterFacts(
  plugin: string,
  counter: string,
  windows: boolean,
): { readonly unit: string; readonly generator: Generator } {
  const name = windows ? `${plugin} ${counter}` : `${plugin}_${counter}`;
  const known = AGENT_METRICS[windows ? "windows" : "linux"].find((rule) => rule.name === name);
  if (known) return { unit: known.unit, generator: known.default };
  const [unit, generator] =
    PLUGINS[plugin]?.measurements[counter] ?? (counter.includes("%") ? percent(5, 20) : count(10, 100));
  return { unit, generator };
}
