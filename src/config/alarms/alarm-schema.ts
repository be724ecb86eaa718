import { z } from "zod";
import { BAND_OPERATORS, THRESHOLD_OPERATORS, type TreatMissingData } from "../../model/alarm-spec.ts";
import { duration, filled, oneOrMore, strict, text } from "../schema-parts.ts";
import { selectorSchema } from "../selector-schema.ts";

const TREATMENTS = [
  "breaching",
  "notBreaching",
  "ignore",
  "missing",
] as const satisfies readonly TreatMissingData[];

const dimensionValue = z.union(
  [
    text,
    z.array(text).min(1),
    strict({
      select: selectorSchema.describe("The resources to find: one value for each."),
      value: filled.describe("$resource.id, $resource.name or $resource.tags.KEY of each resource found."),
    }),
  ],
  { error: "must be text, a list of texts, or { select: ..., value: $resource.name }" },
);

const dimensions = z
  .record(z.string().min(1), dimensionValue)
  .describe("Exactly the metric's dimensions. Several values make one alarm for every combination.");

const factValue = z.union([z.string(), z.number(), z.boolean()]);
const factCondition = z.union(
  [
    factValue,
    z.array(z.union([z.string(), z.number()])).min(1),
    strict({
      lessThan: z.number().optional().describe("The fact is a number below this."),
      atLeast: z.number().optional().describe("The fact is this number or more."),
      exists: z.boolean().optional().describe("true: the fact is known. false: it isn't."),
      not: oneOrMore(z.string()).optional().describe("The fact is known and none of these."),
    }).refine((condition) => Object.keys(condition).length > 0, {
      error: "must say lessThan, atLeast, exists or not",
    }),
  ],
  { error: "must be a value, a list of values, or { lessThan, atLeast, exists, not }" },
);

const statistic = filled.describe(
  "A CloudWatch statistic: Average, Sum, Minimum, Maximum, SampleCount, p99 ...",
);
const period = duration.describe("Length of one data point: 60 (seconds), 1m, 5m.");
const count = (what: string) => z.int().min(1).describe(what);

const metricQuery = strict({
  id: z
    .string()
    .regex(/^[a-z][A-Za-z0-9_]{0,254}$/, {
      error: "must begin with a lower-case letter and hold letters, digits and _ only",
    })
    .describe("What expressions call it: a lower-case letter, then letters, digits and _."),
  expression: filled.optional().describe("Metric math over the other ids: (in + out) / 300 * 8."),
  namespace: filled.optional().describe("Namespace of the metric."),
  metricName: filled.optional().describe("Name of the metric."),
  dimensions: dimensions.optional(),
  statistic: statistic.optional(),
  period: period.optional(),
  unit: filled.optional().describe("Only data with this unit."),
  label: z.string().optional().describe("What graphs call it."),
  returnData: z.boolean().optional().describe("true for the one entry that the threshold judges."),
});

const targets = z.union([text, z.array(text)], { error: "must be one action or a list" });

/** Actions by state, of a severity or an alarm. */
export const actionsSchema = strict({
  alarm: targets.optional().describe("When the alarm goes to ALARM."),
  ok: targets.optional().describe("When it goes back to OK."),
  insufficientData: targets.optional().describe("When its data ends."),
}).meta({
  id: "actions",
  description: "Actions by state: topic keys, ARNs, or ec2:recover, ec2:reboot, ec2:stop, ec2:terminate.",
});

const threshold = z.number({
  error: (issue) => {
    if (typeof issue.input !== "string") return undefined;
    const number = issue.input
      .trim()
      .replace(/\s*%$/, "")
      .replace(/[,_ ](?=\d{3}\b)/g, "");
    return number !== "" && Number.isFinite(Number(number))
      ? `must be a plain number: write ${number}`
      : `must be a number, not ${JSON.stringify(issue.input)}: expressions are not supported by this version`;
  },
});

/** Everything one alarm may say. Nothing is required here: overrides say only what differs. */
export const alarmSchema = strict({
  enabled: z.boolean().optional().describe("false: this alarm isn't wanted. Default true."),
  name: filled.optional().describe("Template of the alarm's name; default KEY-$resource.id."),
  description: z.string().optional().describe("Text of the alarm in CloudWatch; default: its intent."),
  severity: filled
    .optional()
    .describe("critical, warning, info or a word of yours under severities. Default warning."),
  intent: z.string().optional().describe("What it tells you when it fires, one sentence."),
  justification: z.string().optional().describe("Why this threshold."),
  runbook: z.string().optional().describe("What to do when it fires: a link or a sentence."),
  notes: oneOrMore(z.string()).optional().describe("Known weaknesses."),
  appliesTo: z
    .union([z.array(z.string()), z.string()], { error: "must be a resource type or a list" })
    .optional()
    .describe("Resource types; default: those the policy selects, where a dimension speaks of $resource."),
  when: z
    .record(z.string(), factCondition)
    .optional()
    .describe(
      "Facts a resource must have: burstable: true, volumeType: [gp2, st1], maxCredits: { lessThan: 500 }.",
    ),
  requireSeen: z.boolean().optional().describe("Create it only once the metric has had data (last 3 hours)."),
  series: strict({
    each: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("Dimensions whose every value gets an alarm."),
    exclude: z
      .record(z.string(), oneOrMore(text))
      .optional()
      .describe("Series to leave out, by dimension: fstype: [tmpfs, overlay]."),
  })
    .optional()
    .describe("Take the remaining dimensions from the series that exist; of several the live one."),
  namespace: filled.optional().describe("Namespace of the metric: AWS/EC2."),
  metricName: filled.optional().describe("Name of the metric: CPUUtilization."),
  dimensions: dimensions.optional(),
  statistic: statistic.optional(),
  period: period.optional(),
  unit: filled.optional().describe("Only data with this unit; leave out unless the metric has several."),
  band: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe("Anomaly band of this many standard deviations in place of a threshold."),
  metrics: z.array(metricQuery).min(1).optional().describe("Metric math in place of a single metric."),
  alarmRule: filled
    .optional()
    .describe(
      "Composite alarm: ALARM($cpu-high) AND ALARM($status-instance); $KEY is an alarm of this policy.",
    ),
  actionsSuppressor: filled
    .optional()
    .describe("Composite: $KEY, name or ARN of the alarm that holds its actions back."),
  actionsSuppressorWaitPeriod: duration
    .optional()
    .describe("How long to wait for the suppressor. Default 60."),
  actionsSuppressorExtensionPeriod: duration.optional().describe("How long to hold on after it. Default 60."),
  evaluationPeriods: count("Number of data points judged together (N).").optional(),
  datapointsToAlarm: count("Number of those that must breach (M of N). Default: all.").optional(),
  threshold: threshold.optional().describe("The number that is compared with, in the metric's own unit."),
  comparisonOperator: z
    .enum([...THRESHOLD_OPERATORS, ...BAND_OPERATORS])
    .optional()
    .describe("How a data point breaches. Default for a band: LessThanLowerOrGreaterThanUpperThreshold."),
  treatMissingData: z
    .enum(TREATMENTS)
    .optional()
    .describe("What a missing data point counts as. Default missing."),
  evaluateLowSampleCountPercentile: z
    .enum(["evaluate", "ignore"])
    .optional()
    .describe("For percentiles: whether to judge periods with few samples. Default evaluate."),
  actions: actionsSchema.optional().describe("In place of the severity's actions."),
  lint: strict({ ignore: oneOrMore(filled).describe("Names of rules.") })
    .optional()
    .describe("Rules of `watchkeeper lint` that don't speak of this alarm."),
}).meta({ id: "alarm", description: "One alarm in CloudWatch's own words." });

export type AlarmInput = z.infer<typeof alarmSchema>;
export type ActionsInput = z.infer<typeof actionsSchema>;
export type DimensionInput = z.infer<typeof dimensionValue>;
