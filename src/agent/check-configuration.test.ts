import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAgentConfiguration } from "../local/guest/agent-configuration.ts";
import type { AgentPlatform, AgentProfile } from "../model/agent-policy.ts";
import { agentParameter, LARGEST_PARAMETER, sizeOf } from "./agent-parameter.ts";
import { buildAgentConfiguration } from "./build-configuration.ts";
import { checkAgentConfiguration } from "./check-configuration.ts";

const EXAMPLE = join(resolve(import.meta.dirname, "../.."), "examples/agent-linux.json");
const PROFILE: AgentProfile = {
  name: "default",
  files: {
    linux: [
      { file: "/var/log/messages", logGroup: "messages.log", timeZone: "UTC", retentionDays: 30 },
      {
        file: "/var/log/app/*.log",
        logGroup: "app",
        logStream: "{instance_id}-app",
        timestampFormat: "%Y-%m-%d %H:%M:%S",
        multiLineStart: "{timestamp_format}",
      },
    ],
    windows: [{ file: "C:\\logs\\*.log", logGroup: "/web/iis" }],
  },
  events: [{ event: "System", levels: ["ERROR", "CRITICAL"], logGroup: "windows-system" }],
};

const codes = (value: unknown, platform: AgentPlatform = "linux") =>
  checkAgentConfiguration(value, platform).map(({ code, severity }) =>
    severity === "error" ? code : `${code}?`,
  );
const said = (value: unknown, platform: AgentPlatform = "linux") =>
  checkAgentConfiguration(value, platform).map(({ message }) => message);
const metrics = (more: object) => ({
  metrics: {
    append_dimensions: { InstanceId: "$" + "{aws:InstanceId}" },
    metrics_collected: { mem: { measurement: ["mem_used_percent"] } },
    ...more,
  },
});
const logs = (entry: object) => ({
  logs: { logs_collected: { files: { collect_list: [{ file_path: "/a", log_group_name: "a", ...entry }] } } },
});
const refused = (value: unknown, platform: AgentPlatform) =>
  "problems" in readAgentConfiguration(JSON.stringify(value), "test", platform === "windows");

describe("what is built", () => {
  it.each(["linux", "windows"] as const)("is taken by the agent on %s", (platform) => {
    const configuration = buildAgentConfiguration(PROFILE, platform);
    expect(checkAgentConfiguration(configuration, platform)).toEqual([]);
    const read = readAgentConfiguration(JSON.stringify(configuration), "test", platform === "windows");
    expect(read).toMatchObject({ appended: ["InstanceId"], aggregations: [["InstanceId"]] });
    expect("measurements" in read && read.measurements.map(({ counter }) => counter)).toEqual(
      platform === "linux"
        ? ["used_percent", "used_percent", "used_percent"]
        : ["% Committed Bytes In Use", "% Usage", "% Free Space"],
    );
  });

  it("has each log's own group, stream, time zone and retention", () => {
    expect(buildAgentConfiguration(PROFILE, "linux")).toMatchObject({
      logs: {
        force_flush_interval: 5,
        logs_collected: {
          files: {
            collect_list: [
              {
                file_path: "/var/log/messages",
                log_group_name: "messages.log",
                log_stream_name: "{instance_id}",
                timezone: "UTC",
                retention_in_days: 30,
              },
              {
                log_stream_name: "{instance_id}-app",
                timezone: "Local",
                multi_line_start_pattern: "{timestamp_format}",
              },
            ],
          },
        },
      },
    });
    expect(buildAgentConfiguration(PROFILE, "windows")).toMatchObject({
      logs: { logs_collected: { windows_events: { collect_list: [{ event_name: "System" }] } } },
    });
  });

  it("leaves out what isn't asked for", () => {
    const bare = buildAgentConfiguration({ name: "bare", disks: [] }, "linux");
    expect(bare).not.toHaveProperty("logs");
    expect(bare).not.toHaveProperty("metrics.metrics_collected.disk");
    expect(codes(bare)).toEqual([]);
  });
});

describe("the example of two metrics and two logs", () => {
  it("is sound", () => {
    const value: unknown = JSON.parse(readFileSync(EXAMPLE, "utf8"));
    expect(checkAgentConfiguration(value, "linux")).toEqual([]);
    expect(refused(value, "linux")).toBe(false);
    expect(codes(value, "windows")).toEqual(["wrong-platform", "wrong-platform"]);
  });
});

describe("what the agent would refuse", () => {
  it.each([
    ["a list", [], "the configuration must be a mapping, not []"],
    ["nothing", {}, "the configuration must not be empty"],
    ["a misspelt section", { metric: {} }, /^metric is not known here; known are agent, metrics, logs/],
    ["no metrics", { metrics: {} }, "metrics.metrics_collected is missing"],
    ["an interval of 0", { agent: { metrics_collection_interval: 0 } }, "agent.metrics_collection_interval must be 1 to 172800, not 0"],
    ["no measurement", metrics({ metrics_collected: { mem: {} } }), "metrics.metrics_collected.mem.measurement is missing"],
    ["a flat aggregation", metrics({ aggregation_dimensions: ["InstanceId"] }), 'metrics.aggregation_dimensions[0] must be a list, not "InstanceId"'],
    ["an odd retention", logs({ retention_in_days: 31 }), /retention_in_days must be one of -1, 1, 3, .*, not 31$/],
    ["another time zone", logs({ timezone: "CET" }), /timezone must be one of Local, LOCAL, UTC, not "CET"$/],
    ["the same file twice", { logs: { logs_collected: { files: { collect_list: [{ file_path: "/a" }, { file_path: "/a" }] } } } }, /collect_list has an entry twice$/],
  ])("%s", (_, value, message) => {
    const [first, ...others] = said(value);
    if (typeof message === "string") expect(first).toBe(message);
    else expect(first).toMatch(message);
    expect(others).toEqual([]);
  }); // biome-ignore format: a table

  it("dimensions it doesn't have, or puts in only elsewhere", () => {
    expect(codes(metrics({ append_dimensions: { Host: "x", InstanceId: "web-1" } }))).toEqual([
      "unknown-dimension",
      "unknown-dimension",
    ]);
    const mem = { measurement: ["used_percent"], append_dimensions: { Id: "$" + "{aws:InstanceId}" } };
    expect(codes(metrics({ metrics_collected: { mem } }))).toEqual(["placeholder-here"]);
  });

  it("sections of another platform", () => {
    const windows = buildAgentConfiguration(PROFILE, "windows");
    expect(codes(windows)).toEqual(["wrong-platform", "wrong-platform", "wrong-platform", "wrong-platform"]);
  });

  it("names that CloudWatch Logs doesn't take", () => {
    expect(codes(logs({ log_group_name: "my logs" }))).toEqual(["log-group-name"]);
    expect(codes(logs({ log_stream_name: "a:b" }))).toEqual(["log-stream-name"]);
  });

  it("what changes under an alarm's feet is warned of", () => {
    expect(codes(metrics({ append_dimensions: {} }))).toEqual(["no-instance-id?"]);
    const both = { InstanceId: "$" + "{aws:InstanceId}", ImageId: "$" + "{aws:ImageId}" };
    expect(codes(metrics({ append_dimensions: both }))).toEqual(["changing-dimensions?"]);
    expect(codes(metrics({ append_dimensions: both, aggregation_dimensions: [["InstanceId"]] }))).toEqual([]);
  });

  it("is refused here, whatever is wrong with it", () => {
    const sound = buildAgentConfiguration(PROFILE, "linux");
    const spots = pathsOf(sound);
    const junk = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.integer(),
      fc.string(),
      fc.constant([]),
      fc.constant({}),
    );
    fc.assert(
      fc.property(fc.constantFrom(...spots), junk, (path, value) => {
        const broken = replaced(sound, path, value);
        if (refused(broken, "linux"))
          expect(checkAgentConfiguration(broken, "linux").some(({ severity }) => severity === "error")).toBe(
            true,
          );
      }),
      { numRuns: 400 },
    );
  });
});

describe("the parameter", () => {
  const owner = { configuration: "web-team", profile: "default", platform: "linux" } as const;
  const withLogs = (count: number) =>
    buildAgentConfiguration(
      {
        name: "x",
        files: {
          linux: Array.from({ length: count }, (_, n) => ({ file: `/var/log/a/${n}.log`, logGroup: "a" })),
        },
      },
      "linux",
    );

  it("has the name that the managed policy lets agents read", () => {
    const parameter = agentParameter(owner, buildAgentConfiguration(PROFILE, "linux"));
    expect(parameter.name).toBe("AmazonCloudWatch-web-team-default-linux");
    expect(parameter.tier).toBe("Standard");
    expect(agentParameter(owner, JSON.parse(parameter.value)).hash).toBe(parameter.hash);
  });

  it("is advanced only where it must be, and refused where that isn't enough", () => {
    const tiers = [10, 50, 100].map((count) => agentParameter(owner, withLogs(count)));
    expect(tiers.map(({ tier }) => tier)).toEqual(["Standard", "Advanced", "Advanced"]);
    expect(tiers.map(({ value }) => sizeOf(value) > LARGEST_PARAMETER)).toEqual([false, false, true]);
    expect([10, 50, 100].map((count) => codes(withLogs(count)))).toEqual([
      [],
      [],
      ["agent-configuration-size"],
    ]);
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, by) : item));
  const members = value as Readonly<Record<string, unknown>>;
  return { ...members, [key]: replaced(members[key], rest, by) };
}
