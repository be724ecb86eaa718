import { z } from "zod";
import { type AgentPolicy, RETENTION_DAYS } from "../model/agent-policy.ts";
import { duration, filled, name, strict, text, whenMissing, wrong } from "./schema-parts.ts";
import { selectorSchema } from "./selector-schema.ts";

const percent = z
  .string()
  .regex(/^(100|[1-9]?\d(\.\d+)?)%$/, { error: wrong("must be a share such as 10%") });
const MERGE = ["keep", "config"] as const satisfies readonly AgentPolicy["merge"][];

const retentionDays = z
  .int()
  .refine((days) => (RETENTION_DAYS as readonly number[]).includes(days), {
    error: wrong(`must be one of ${RETENTION_DAYS.join(", ")}`),
  })
  .optional();

const target = {
  logGroup: filled.describe("Log group; the agent makes it where it is missing."),
  logStream: filled.optional().describe("Log stream. Default {instance_id}."),
  retentionDays: retentionDays.describe("Days that the group keeps lines. Default: the profile's."),
};

const logFile = strict({
  file: filled.describe("Path of the file; * and ** stand for any name and any folder."),
  ...target,
  timeZone: z.enum(["UTC", "Local"]).optional().describe("What times in its lines mean. Default Local."),
  timestampFormat: filled
    .optional()
    .describe("Where a line's time stands: %b %d %H:%M:%S. Default: the time it is read."),
  multiLineStart: filled
    .optional()
    .describe("Regular expression of an entry's first line, or {timestamp_format}."),
});

const event = strict({
  event: filled.describe("System, Application, Security, or another log of Windows."),
  levels: z
    .array(z.enum(["CRITICAL", "ERROR", "WARNING", "INFORMATION", "VERBOSE"]))
    .min(1)
    .describe("Levels that are sent."),
  ...target,
});

const platforms = <Value extends z.ZodType>(value: Value, linux: string, windows: string) =>
  strict({ linux: value.optional().describe(linux), windows: value.optional().describe(windows) });

/** One of `agent.profiles`. */
export const agentProfileSchema = strict({
  interval: duration.optional().describe("Time between measurements, 5m at most. Default 60 (seconds)."),
  disks: z
    .array(text)
    .optional()
    .describe('File systems by mount point or drive: ["/", "/data"]. Default ["*"]; [] for none.'),
  files: platforms(z.array(logFile), "Log files on Linux.", "Log files on Windows.")
    .optional()
    .describe("Log files to send to CloudWatch Logs."),
  events: z.array(event).optional().describe("Logs of Windows events to send."),
  retentionDays: retentionDays.describe(
    "Days that log groups keep lines where a log doesn't say. Default: as the group is.",
  ),
  flush: duration.optional().describe("How long lines are collected before they are sent. Default 5s."),
  configuration: platforms(
    filled,
    "JSON file of the agent's own for Linux, beside this one.",
    "The same for Windows.",
  )
    .optional()
    .describe("Files of your own in place of a generated configuration."),
});

const targetSchema = strict({
  select: selectorSchema.describe("Which instances; the first target that selects one decides."),
  profile: filled.optional().describe("What is collected there. Default: default, which needn't be written."),
  replaceRole: z
    .boolean()
    .optional()
    .describe("Replace an instance profile whose role lacks something by ours. Default false."),
  replaceAgent: z
    .boolean()
    .optional()
    .describe(
      "Replace a configuration of the agent that isn't ours; undo can't bring it back. Default false.",
    ),
});

const waveSize = z.union([z.int().min(1), z.literal("rest"), percent], {
  error: wrong('must be a number of instances, a share such as 10%, or "rest"'),
});

/** `agent:` */
export const agentSchema = strict({
  targets: z
    .array(targetSchema, { error: whenMissing("is missing: say which instances get the agent") })
    .min(1)
    .describe("Which instances get the agent, and with what profile."),
  profiles: z
    .record(name("standard"), agentProfileSchema)
    .optional()
    .describe("What the agent collects, by name."),
  install: z
    .boolean()
    .optional()
    .describe(
      "false: give roles and store configurations, and leave installing to somebody else. Default true.",
    ),
  version: z
    .string()
    .regex(/^latest$|^\d+(\.[0-9a-z]+)+$/, {
      error: wrong("must be latest or a version such as 1.300049.1b929"),
    })
    .optional()
    .describe(
      "Version of the agent's package. Default latest, which is taken when it is installed and not followed later.",
    ),
  merge: z
    .enum(MERGE)
    .optional()
    .describe("A stored configuration that people edited: keep (default), or config takes it back."),
  rollout: strict({
    waves: z
      .array(waveSize)
      .min(1)
      .refine((sizes) => !sizes.slice(0, -1).includes("rest"), {
        error: wrong('must have "rest" at its end only: nothing is left after it'),
      })
      .optional()
      .describe("How many instances at a time, wave by wave. Default [1, 10%, rest]."),
    failures: z
      .union([z.int().min(0), percent], { error: wrong("must be a number or a share such as 10%") })
      .optional()
      .describe("Failures that are borne before no further batch is begun. Default 10%."),
    stopAlarms: z
      .array(filled)
      .min(1)
      .max(100)
      .optional()
      .describe("Alarms of the account and region: while one is in ALARM nothing more is begun."),
    pause: duration.optional().describe("Time between waves, for alarms to notice. Default 0."),
    patience: duration
      .optional()
      .describe("How long to wait for an instance's first datapoint. Default 10m."),
    registration: duration
      .optional()
      .describe("How long to wait until Systems Manager reaches instances that got their role. Default 10m."),
  })
    .optional()
    .describe("How the agent goes through the fleet."),
}).meta({
  id: "agent",
  description: "The CloudWatch agent: which instances get it, and what it collects there.",
});
