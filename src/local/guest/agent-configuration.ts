// The CloudWatch agent's configuration file as the agent reads it: what it would refuse, and what it measures.
import {
  type AgentConfiguration,
  APPENDED_DIMENSIONS,
  type AppendedDimension,
  type Measurement,
} from "../fleet/agent-configuration.ts";
import { isKnownPlugin, measures, PLUGINS_WITH_METRICS } from "./agent-plugins.ts";

type Members = Readonly<Record<string, unknown>>;
type Complain = (path: string, error: string) => void;

const TOP = ["agent", "metrics", "logs", "traces", "csm"];
const METRICS = [
  "namespace",
  "metrics_collected",
  "append_dimensions",
  "aggregation_dimensions",
  "metrics_destinations",
  "force_flush_interval",
  "endpoint_override",
  "credentials",
  "service.name",
  "deployment.environment",
];

/**
 * Reads a configuration as the agent of a Linux or Windows machine does: either what it says, or what is wrong with it, in
 * the agent's words. Source: `translator/config/schema.json` of the agent, the parts that concern metrics and logs.
 */
export function readAgentConfiguration(
  text: string,
  source: string,
  windows: boolean,
): AgentConfiguration | { readonly problems: readonly string[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [`unable to parse json, error: ${error instanceof Error ? error.message : error}`] };
  }
  const problems: string[] = [];
  const complain: Complain = (path, error) => problems.push(`Under path : ${path} | Error : ${error}`);
  const root = members(value, "/", complain);
  onlyKeys(root, "/", TOP, complain);
  if (Object.keys(root).length === 0) complain("/", "Must have at least 1 properties");
  const agent = members(root["agent"] ?? {}, "/agent", complain);
  const interval = seconds(
    agent["metrics_collection_interval"],
    "/agent/metrics_collection_interval",
    complain,
  );
  const metrics = root["metrics"] === undefined ? undefined : members(root["metrics"], "/metrics", complain);
  const measurements = metrics ? measurementsOf(metrics, interval ?? 60, windows, complain) : [];
  const appended = metrics && appendedOf(metrics["append_dimensions"], complain);
  const aggregations = metrics ? aggregationsOf(metrics["aggregation_dimensions"], complain) : [];
  if (root["logs"] !== undefined) checkLogs(root["logs"], complain);
  if (problems.length > 0) return { problems };
  const namespace = metrics?.["namespace"];
  return {
    text,
    source,
    namespace: typeof namespace === "string" ? namespace : "CWAgent",
    appended,
    aggregations,
    measurements,
  };
}

function measurementsOf(
  metrics: Members,
  interval: number,
  windows: boolean,
  complain: Complain,
): Measurement[] {
  onlyKeys(metrics, "/metrics", METRICS, complain);
  if (metrics["metrics_collected"] === undefined) complain("/metrics", "metrics_collected is required");
  const collected = members(metrics["metrics_collected"] ?? {}, "/metrics/metrics_collected", complain);
  if (Object.keys(collected).length === 0 && metrics["metrics_collected"] !== undefined)
    complain("/metrics/metrics_collected", "Must have at least 1 properties");
  return Object.entries(collected).flatMap(([plugin, value]) => {
    const path = `/metrics/metrics_collected/${plugin}`;
    if (!windows && !isKnownPlugin(plugin)) {
      complain("/metrics/metrics_collected", `Additional property ${plugin} is not allowed`);
      return [];
    }
    if (!windows && !PLUGINS_WITH_METRICS.has(plugin)) return [];
    return sectionOf(plugin, members(value, path, complain), path, interval, windows, complain);
  });
}

function sectionOf(
  plugin: string,
  section: Members,
  path: string,
  globalInterval: number,
  windows: boolean,
  complain: Complain,
): Measurement[] {
  const list = section["measurement"];
  if (!Array.isArray(list) || list.length === 0) {
    complain(path, "measurement is required");
    return [];
  }
  const own = seconds(
    section["metrics_collection_interval"],
    `${path}/metrics_collection_interval`,
    complain,
  );
  const appended = members(section["append_dimensions"] ?? {}, `${path}/append_dimensions`, complain);
  const dimensions = Object.fromEntries(Object.entries(appended).map(([name, text]) => [name, String(text)]));
  return list.flatMap((entry) => {
    const form =
      typeof entry === "string" ? { name: entry } : members(entry, `${path}/measurement`, complain);
    const name = (form as Members)["name"];
    if (typeof name !== "string" || name === "") {
      complain(`${path}/measurement`, "name is required");
      return [];
    }
    const counter = windows
      ? name.replace(new RegExp(`^${escaped(plugin)} `), "")
      : name.replace(`${plugin}_`, "");
    // What a plugin can't measure is left out with a warning in the agent's log, not refused.
    if (!windows && !measures(plugin, counter)) return [];
    return {
      plugin,
      counter,
      rename: textOf((form as Members)["rename"]),
      unit: textOf((form as Members)["unit"]),
      interval: own ?? globalInterval,
      resources: Array.isArray(section["resources"]) ? section["resources"].map(String) : undefined,
      dropDevice: section["drop_device"] === true,
      totalCpu: section["totalcpu"] !== false,
      ignoredFileSystems: Array.isArray(section["ignore_file_system_types"])
        ? section["ignore_file_system_types"].map(String)
        : [],
      dimensions,
    };
  });
}

function appendedOf(value: unknown, complain: Complain): AppendedDimension[] | undefined {
  if (value === undefined) return undefined;
  const path = "/metrics/append_dimensions";
  const given = members(value, path, complain);
  onlyKeys(given, path, APPENDED_DIMENSIONS, complain);
  for (const name of APPENDED_DIMENSIONS) {
    const wanted = `\${aws:${name}}`;
    if (given[name] !== undefined && given[name] !== wanted)
      complain(`${path}/${name}`, `${path.slice(1)}.${name} must be one of the following: "${wanted}"`);
  }
  return APPENDED_DIMENSIONS.filter((name) => given[name] !== undefined);
}

function aggregationsOf(value: unknown, complain: Complain): string[][] {
  if (value === undefined) return [];
  const path = "/metrics/aggregation_dimensions";
  if (!Array.isArray(value)) {
    complain(path, `Invalid type. Expected: array, given: ${typeName(value)}`);
    return [];
  }
  return value.flatMap((set, index) => {
    if (Array.isArray(set) && set.every((name) => typeof name === "string")) return [set as string[]];
    complain(`${path}/${index}`, `Invalid type. Expected: array, given: ${typeName(set)}`);
    return [];
  });
}

function checkLogs(value: unknown, complain: Complain): void {
  const logs = members(value, "/logs", complain);
  if (logs["logs_collected"] === undefined && logs["metrics_collected"] === undefined) {
    complain("/logs", "Must validate at least one schema (anyOf)");
    return;
  }
  const collected = members(logs["logs_collected"] ?? {}, "/logs/logs_collected", complain);
  const path = "/logs/logs_collected/files/collect_list";
  const files = members(collected["files"] ?? {}, "/logs/logs_collected/files", complain);
  const list = files["collect_list"];
  if (collected["files"] !== undefined && !Array.isArray(list))
    complain("/logs/logs_collected/files", "collect_list is required");
  for (const [index, entry] of (Array.isArray(list) ? list : []).entries())
    if (textOf(members(entry, `${path}/${index}`, complain)["file_path"]) === undefined)
      complain(`${path}/${index}`, "file_path is required");
}

function members(value: unknown, path: string, complain: Complain): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  complain(path, `Invalid type. Expected: object, given: ${typeName(value)}`);
  return {};
}

function onlyKeys(value: Members, path: string, keys: readonly string[], complain: Complain): void {
  for (const key of Object.keys(value))
    if (!keys.includes(key)) complain(path, `Additional property ${key} is not allowed`);
}

function seconds(value: unknown, path: string, complain: Complain): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  complain(
    path,
    typeof value === "number"
      ? "Must be greater than or equal to 1"
      : `Invalid type. Expected: integer, given: ${typeName(value)}`,
  );
  return undefined;
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
