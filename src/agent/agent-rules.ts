import { RETENTION_DAYS } from "../model/agent-policy.ts";
import type { JsonRule } from "./json-rule.ts";

/**
 * What the agent takes, as far as metrics of the system and logs are concerned.
 * Source: `translator/config/schema.json` of the CloudWatch Agent. Sections that we neither write nor read are taken as they are.
 */
const text = (most: number, least = 1): JsonRule => ({ is: "text", least, most });
const ANYTHING: JsonRule = { is: "anything" };
const SECONDS: JsonRule = { is: "integer", least: 1, most: 172_800 };
const CREDENTIALS: JsonRule = { is: "object", members: { role_arn: text(2048, 20) } };
const DIMENSIONS: JsonRule = { is: "object", members: {}, others: text(1024) };

const MEASUREMENT: JsonRule = {
  is: "array",
  unique: true,
  least: 1,
  items: {
    is: "either",
    rules: [
      text(255),
      {
        is: "object",
        members: { name: text(255), rename: text(255), unit: text(256) },
        required: ["name"],
      },
    ],
  },
};

/** A plugin on Linux, or a performance object on Windows. */
const SECTION: JsonRule = {
  is: "object",
  members: {
    measurement: MEASUREMENT,
    metrics_collection_interval: SECONDS,
    append_dimensions: DIMENSIONS,
    resources: { is: "array", items: text(4096), most: 256 },
    ignore_file_system_types: { is: "array", items: text(4096), most: 256 },
    drop_device: { is: "boolean" },
    totalcpu: { is: "boolean" },
  },
  required: ["measurement"],
  others: "any",
};

/** Sections that aren't lists of measurements. */
const OTHER_SECTIONS = [
  "collectd",
  "statsd",
  "procstat",
  "ethtool",
  "efa",
  "nvidia_gpu",
  "nvidia_smi",
  "jmx",
  "otlp",
  "prometheus",
];

/** Plugins that the agent has on Linux. */
export const LINUX_SECTIONS: ReadonlySet<string> = new Set([
  "cpu",
  "disk",
  "diskio",
  "mem",
  "swap",
  "net",
  "netstat",
  "processes",
  ...OTHER_SECTIONS,
]);

/** Sections that mean the same on Windows; every other name is a performance object there. */
export const WINDOWS_PLUGINS: ReadonlySet<string> = new Set([
  "statsd",
  "procstat",
  "nvidia_gpu",
  "nvidia_smi",
  "jmx",
  "otlp",
  "prometheus",
]);

const FILTERS: JsonRule = {
  is: "array",
  items: {
    is: "object",
    members: { type: { is: "text", oneOf: ["include", "exclude"] }, expression: { is: "text" } },
  },
};
const LOG_TARGET: Readonly<Record<string, JsonRule>> = {
  log_group_name: text(512),
  log_stream_name: text(512),
  log_group_class: text(512),
  retention_in_days: { is: "integer", oneOf: [-1, ...RETENTION_DAYS] },
  filters: FILTERS,
};
const SERVICE: Readonly<Record<string, JsonRule>> = {
  "service.name": text(255),
  "deployment.environment": text(259),
};

const FILES: JsonRule = {
  is: "object",
  required: ["collect_list"],
  members: {
    collect_list: {
      is: "array", least: 1, most: 16_384, unique: true,
      items: {
        is: "object",
        required: ["file_path"],
        members: {
          ...LOG_TARGET, ...SERVICE,
          file_path: text(4096),
          timezone: { is: "text", oneOf: ["Local", "LOCAL", "UTC"] },
          timestamp_format: text(4096), multi_line_start_pattern: text(4096), encoding: text(4096), blacklist: text(4096),
          trim_timestamp: { is: "boolean" }, auto_removal: { is: "boolean" }, publish_multi_logs: { is: "boolean" },
          backpressure_mode: { is: "text", oneOf: ["fd_release"] },
        },
      },
    },
  },
}; // biome-ignore format: a table

const EVENTS: JsonRule = {
  is: "object",
  required: ["collect_list"],
  members: {
    collect_list: {
      is: "array", least: 1, most: 16_384, unique: true,
      items: {
        is: "object",
        required: ["event_name"],
        anyOf: ["event_levels", "event_ids", "filters"],
        members: {
          ...LOG_TARGET,
          event_name: text(255),
          event_levels: { is: "array", items: { is: "text", oneOf: ["CRITICAL", "ERROR", "WARNING", "INFORMATION", "VERBOSE"] } },
          event_ids: { is: "array", least: 1, unique: true, items: { is: "integer", least: 0, most: 65_535 } },
          event_format: { is: "text", oneOf: ["text", "xml"] },
        },
      },
    },
  },
}; // biome-ignore format: a table

/** The whole file. */
export const AGENT_RULES: JsonRule = {
  is: "object",
  least: 1,
  members: {
    agent: {
      is: "object",
      others: "any",
      members: {
        metrics_collection_interval: SECONDS,
        logfile: text(4096, 0),
        region: text(64),
        debug: { is: "boolean" },
        aws_sdk_log_level: { is: "text" },
        credentials: CREDENTIALS,
        omit_hostname: { is: "boolean" },
        ...SERVICE,
      },
    },
    metrics: {
      is: "object",
      required: ["metrics_collected"],
      members: {
        namespace: text(255),
        aggregation_dimensions: {
          is: "array", least: 1, most: 1024, unique: true,
          items: { is: "array", items: text(1024), most: 30, unique: true },
        },
        append_dimensions: DIMENSIONS,
        metrics_destinations: ANYTHING,
        metrics_collected: {
          is: "object", least: 1, others: SECTION,
          members: Object.fromEntries(OTHER_SECTIONS.map((name) => [name, ANYTHING])),
        },
        force_flush_interval: SECONDS,
        credentials: CREDENTIALS,
        endpoint_override: text(2048, 4),
        "service.name": text(4096), "deployment.environment": text(4096),
      },
    },
    logs: {
      is: "object",
      anyOf: ["logs_collected", "metrics_collected"],
      members: {
        logs_collected: { is: "object", least: 1, members: { files: FILES, windows_events: EVENTS, application_signals: ANYTHING } },
        metrics_collected: ANYTHING,
        log_stream_name: text(512),
        force_flush_interval: SECONDS,
        credentials: CREDENTIALS,
        endpoint_override: text(2048, 4),
        concurrency: { is: "integer", least: 1 },
        ...SERVICE,
      },
    },
    traces: ANYTHING,
    opentelemetry: ANYTHING,
    csm: ANYTHING,
  },
}; // biome-ignore format: a table
