import { z } from "zod";
import type { AlarmState } from "../../model/alert.ts";
import { alarmSchema } from "../alarms/alarm-schema.ts";
import { duration, filled, oneOrMore, strict, text } from "../schema-parts.ts";

/** Version of files of alarm tests. */
export const ALARM_TESTS_VERSION = 1;

const state = z
  .enum(["OK", "ALARM", "INSUFFICIENT_DATA"] as const satisfies readonly AlarmState[])
  .describe("OK, ALARM or INSUFFICIENT_DATA.");

const factValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

/** A made-up resource, as far as a policy's alarm needs to know it. */
export const resourceSchema = strict({
  type: filled.describe("Resource type: ec2.instance."),
  id: text.describe("What $resource.id gives."),
  name: text.optional().describe("What $resource.name gives; default: the Name tag, else the id."),
  state: filled.optional().describe("Default running, or in-use for a volume."),
  tags: z.record(z.string(), text).optional(),
  facts: z.record(z.string(), factValue).optional().describe("What `when` asks for: burstable: true."),
});

/** An alarm of a policy. */
export const policyAlarmSchema = strict({
  policy: filled.describe("Policy of the configuration."),
  alarm: filled.optional().describe("Key of the alarm in that policy; default: its name in this test."),
  resource: filled.optional().describe("One of this file's resources; not needed where there is one."),
  dimensions: z
    .record(z.string(), text)
    .optional()
    .describe("Which of several: path: / for an alarm of every path."),
});

/** An alarm written out, in the words of a configuration. */
export const inlineAlarmSchema = alarmSchema;

const values = z.union([text, z.array(text).min(1)], { error: "must be points such as 20x10 95x6 _x3" });

/** Points of one metric. */
export const seriesSchema = strict({
  values: values.describe("Points: 5, 5x10, _x3, 0..100x20, 0+5x12."),
  metric: filled.optional().describe("Metric name, or id of an entry of metrics; default: the series' key."),
  namespace: filled.optional(),
  dimensions: z.record(z.string(), text).optional(),
  statistic: filled.optional().describe("Only for alarms that read this statistic."),
  period: duration.optional().describe("Distance of the points; default: the test's."),
  samples: values.optional().describe("Samples behind each point, for percentiles of few samples."),
});

const reason = {
  reason: z.string().optional().describe("StateReason, word for word."),
  reasonContains: z.string().optional().describe("A part of StateReason."),
};

const alarm = filled.optional().describe("Which alarm; not needed where the test has one.");
const at = duration.describe("Time since the first point: 15m.");

/** What should happen. */
export const expectSchema = strict({
  at: z
    .record(z.string(), z.union([z.record(z.string(), state), state]))
    .optional()
    .describe("States by time: 15m: ALARM, or 15m: { cpu-high: ALARM, frozen: OK }."),
  transitions: z
    .array(strict({ at, alarm, from: state.optional(), to: state, ...reason }))
    .optional()
    .describe("Every change of the alarms it names, in order; an empty list: nothing changes."),
  reasons: z
    .array(
      strict({ at, alarm, ...reason }).refine(
        (each) => each.reason !== undefined || each.reasonContains !== undefined,
        { error: "must give reason or reasonContains" },
      ),
    )
    .optional()
    .describe("StateReason at a time, whenever it came about."),
  actions: z
    .array(
      strict({
        at,
        alarm,
        state: state.optional(),
        to: oneOrMore(filled).optional().describe("Ends of the actions' ARNs: a topic's name."),
      }),
    )
    .optional()
    .describe("Every time that actions run, of the alarms it names, in order; an empty list: none run."),
}).refine((expect) => Object.values(expect).some((part) => part !== undefined), {
  error: "must say at, transitions, reasons or actions: a test that expects nothing can't fail",
});

/** One test. Alarms and series are judged one by one. */
export const testSchema = strict({
  name: filled.describe("What it shows, for people."),
  start: filled.optional().describe("Moment of the first point, ISO 8601; default: the file's."),
  period: duration.optional().describe("Distance of points; default: the file's."),
  before: state
    .optional()
    .describe("State before the first point; default INSUFFICIENT_DATA, as after creation."),
  delay: duration.optional().describe("How long after the end of its period a point can be read; default 0."),
  alarms: z.record(z.string(), z.unknown()).describe("Alarms by name: of a policy, or written out."),
  series: z.record(z.string(), z.union([text, z.array(text).min(1), seriesSchema])).optional(),
  states: z
    .record(z.string(), z.union([z.record(z.string(), state), state]))
    .optional()
    .describe(
      "States of alarms that composites name but the test doesn't hold: deploying: { 0: OK, 10m: ALARM }.",
    ),
  bands: z
    .record(
      z.string(),
      strict({ lower: z.number(), upper: z.number() }).refine(({ lower, upper }) => lower <= upper, {
        error: "must have a lower bound that isn't above the upper one",
      }),
    )
    .optional()
    .describe("Anomaly bands by alarm; without one, the engine's own model learns from the points."),
  expect: expectSchema,
});

/** A whole file of alarm tests. */
export const alarmTestsSchema = strict({
  version: z.literal(ALARM_TESTS_VERSION, { error: "must be 1: version: 1 is the first line of the file" }),
  config: filled.optional().describe("Configuration whose policies are tested, relative to this file."),
  start: filled
    .optional()
    .describe("Moment of the first point, ISO 8601. Default 2026-01-05T00:00:00Z, a Monday."),
  period: duration.optional().describe("Distance of points. Default 1m."),
  resources: z.record(z.string(), resourceSchema).optional().describe("Made-up resources by name."),
  tests: z.array(testSchema).min(1),
});
