import type { AgentPlatform, AgentProfile, LogFile, WindowsEventLog } from "../model/agent-policy.ts";

/** Any JSON object; whether the agent takes it is for `checkAgentConfiguration` to say. */
export type AgentConfiguration = Readonly<Record<string, unknown>>;

/** File systems that are always full, or aren't disks. */
const NOT_DISKS = ["tmpfs", "devtmpfs", "overlay", "squashfs", "sysfs"];
/** The agent's own placeholder. */
const INSTANCE_ID = "$" + "{aws:InstanceId}";
const OWN_STREAM = "{instance_id}";

/**
 * The agent's configuration for a profile. Every metric carries the instance's id and nothing that changes with it: image, type or
 * Auto Scaling group would make a new metric, which no alarm looks at, whenever they change; so would the names of devices, which
 * differ from boot to boot. Disks are published by file system and, added up, by instance.
 */
export function buildAgentConfiguration(profile: AgentProfile, platform: AgentPlatform): AgentConfiguration {
  const { interval = 60, disks = ["*"] } = profile;
  const logs = logsOf(profile, platform);
  return {
    agent: { metrics_collection_interval: interval },
    metrics: {
      append_dimensions: { InstanceId: INSTANCE_ID },
      aggregation_dimensions: [["InstanceId"]],
      metrics_collected: MEASURED[platform](disks),
    },
    ...(logs === undefined ? {} : { logs }),
  };
}

const MEASURED: Readonly<Record<AgentPlatform, (disks: readonly string[]) => AgentConfiguration>> = {
  linux: (resources) => ({
    mem: { measurement: ["mem_used_percent"] },
    swap: { measurement: ["swap_used_percent"] },
    ...(resources.length === 0
      ? {}
      : {
          disk: {
            measurement: ["disk_used_percent"],
            resources,
            drop_device: true,
            ignore_file_system_types: NOT_DISKS,
          },
        }),
  }),
  windows: (resources) => ({
    Memory: { measurement: ["% Committed Bytes In Use"] },
    "Paging File": { measurement: ["% Usage"], resources: ["*"] },
    ...(resources.length === 0 ? {} : { LogicalDisk: { measurement: ["% Free Space"], resources } }),
  }),
};

function logsOf(profile: AgentProfile, platform: AgentPlatform): AgentConfiguration | undefined {
  const files = profile.files?.[platform] ?? [];
  const events = platform === "windows" ? (profile.events ?? []) : [];
  if (files.length === 0 && events.length === 0) return undefined;
  return {
    logs_collected: {
      ...(files.length === 0 ? {} : { files: { collect_list: files.map(fileOf) } }),
      ...(events.length === 0 ? {} : { windows_events: { collect_list: events.map(eventOf) } }),
    },
    force_flush_interval: profile.flushSeconds ?? 5,
  };
}

function fileOf(log: LogFile): AgentConfiguration {
  return {
    file_path: log.file,
    ...targetOf(log),
    timezone: log.timeZone ?? "Local",
    ...(log.timestampFormat === undefined ? {} : { timestamp_format: log.timestampFormat }),
    ...(log.multiLineStart === undefined ? {} : { multi_line_start_pattern: log.multiLineStart }),
  };
}

function eventOf(log: WindowsEventLog): AgentConfiguration {
  return { event_name: log.event, event_levels: log.levels, ...targetOf(log) };
}

function targetOf({
  logGroup,
  logStream = OWN_STREAM,
  retentionDays,
}: LogFile | WindowsEventLog): AgentConfiguration {
  return {
    log_group_name: logGroup,
    log_stream_name: logStream,
    ...(retentionDays === undefined ? {} : { retention_in_days: retentionDays }),
  };
}
