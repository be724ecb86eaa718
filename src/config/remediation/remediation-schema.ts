import { z } from "zod";
import type { AutoScalingRule } from "../../model/runbook.ts";
import { timeIntervalSchema } from "../notifications/notifications-schema.ts";
import { filled, name, oneOrMore, strict, text, whenMissing } from "../schema-parts.ts";
import { tagConditions } from "../selector-schema.ts";
import { atMostDays, someTime } from "./check-schema.ts";
import { command, runbookCheckSchema, rungName, rungSchema } from "./runbook-step-schema.ts";

const CHECK_STATES = ["ok", "impaired"] as const;
const AUTO_SCALING = ["refuse", "markUnhealthy"] as const satisfies readonly AutoScalingRule[];

/** `when:` */
export const symptomsSchema = strict({
  instanceCheck: z.enum(CHECK_STATES).optional().describe("EC2's check of the instance."),
  systemCheck: z.enum(CHECK_STATES).optional().describe("EC2's check of the host below it."),
  ssm: z.enum(["online", "silent"]).optional().describe("What Systems Manager hears of it."),
});

/** `guards:` of the whole section and of a runbook. */
export const guardsSchema = strict({
  optIn: tagConditions
    .optional()
    .describe('Tags that an instance must have. Default "watchkeeper:remediate": yes.'),
  cooldown: atMostDays(30)
    .optional()
    .describe("Between the end of a repair of an instance and the next. Default 30m."),
  attemptsPerDay: z
    .int()
    .min(1)
    .max(24)
    .optional()
    .describe("Repairs of an instance in 24 hours. Default 2."),
  fleet: strict({
    count: z.int().min(1).optional().describe("Default 3."),
    percent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe("Of the instances that opted in, where that is more. Default 10."),
  })
    .optional()
    .describe("Repairs begun in one account and region within an hour."),
  oneOfGroup: z
    .boolean()
    .optional()
    .describe("Never two of one Auto Scaling or target group at a time. Default true."),
  hours: oneOrMore(z.union([filled, timeIntervalSchema], { error: "must be a name or a time interval" }))
    .optional()
    .describe(
      "When repairs may begin: names of notifications' time_intervals, or intervals. Default always.",
    ),
  deployments: strict({
    codeDeploy: z
      .boolean()
      .optional()
      .describe("Ask CodeDeploy, too; false where nobody uses it. Default true."),
    tags: tagConditions.optional().describe("An instance with one of these tags is being deployed to."),
  })
    .optional()
    .describe("How to tell that an instance is being deployed to, beside what its Auto Scaling group says."),
  scheduledEvent: atMostDays(30)
    .optional()
    .describe("Refuse where an event scheduled by AWS begins within this time. Default 1h."),
  fresh: atMostDays(30)
    .optional()
    .describe("Alarms that changed longer ago than this are looked at again first. Default 10m."),
  autoScaling: z
    .enum(AUTO_SCALING)
    .optional()
    .describe("Members of Auto Scaling groups: refuse (default), or markUnhealthy in place of the steps."),
}).meta({ id: "guards", description: "Bounds on repairs; all of them are on unless you say otherwise." });

const runbookName = rungName;

/** What a runbook says, shipped or one's own. */
const runbookFields = {
  description: filled.optional().describe("What it is for, one sentence."),
  trigger: oneOrMore(filled)
    .optional()
    .describe(
      'Alarms that begin it, by their labels as routes know them: alarm_key="cpu-stuck", tag:Team="web". Several on one line must all hold; of several lines any. Without: begun by hand alone.',
    ),
  when: symptomsSchema.optional().describe("What the instance must look like for this to be the cure."),
  with: z.record(rungName, text).optional().describe("Settings that its texts use as $with.NAME."),
  evidence: strict({
    commands: command
      .optional()
      .describe("One line each. Default: load, disks, kernel messages, containers."),
    timeout: someTime.optional().describe("For all of them. Default 1m."),
  })
    .optional()
    .describe("What is kept of the instance's state before it is touched."),
  ladder: z
    .array(rungSchema)
    .min(1)
    .optional()
    .describe(
      "Rungs from the gentlest to the strongest, each a name with its steps. After a rung the checks decide whether the next is needed.",
    ),
  checks: z
    .array(runbookCheckSchema)
    .min(1)
    .optional()
    .describe(
      "What must be well for it to count as fixed: http, tcp, tls, dns, command, or alarm: that the alarm recovers. Default alarm.",
    ),
  settle: someTime
    .optional()
    .describe(
      "How long the checks may take to pass after a rung. Default 5m, and 20m where the alarm decides.",
    ),
};

/** One of `runbooks:`. */
export const runbookSchema = strict({
  use: filled
    .optional()
    .describe(
      "A runbook that comes with Watchkeeper: frozen-instance or busy-instance. What is written beside it takes the place of its own.",
    ),
  ...runbookFields,
  guards: guardsSchema.optional().describe("In place of those of the section."),
  page: oneOrMore(filled)
    .optional()
    .describe("Channels that are told when nothing helped, beside those of the alarm's route."),
  allowStopStart: z
    .boolean()
    .optional()
    .describe(
      "Let stopStart be a step: public addresses that aren't elastic change, and instance store is lost. Default false.",
    ),
});

/** `remediation:` */
export const remediationSchema = strict({
  dryRun: z.boolean().optional().describe("Tell what would be done, and do nothing. Default false."),
  guards: guardsSchema.optional().describe("For all runbooks; each may differ."),
  runbooks: z
    .record(runbookName, runbookSchema, { error: whenMissing("is missing: write at least one runbook") })
    .describe("What is done about which alarms, by name. Of several the first whose symptoms hold."),
}).meta({
  id: "remediation",
  description: "Repairing instances: what is done about which alarms, and when not.",
});

/** A runbook file of the package. */
export const shippedRunbookSchema = strict({
  runbook: name("frozen-instance").describe("The runbook's name."),
  ...runbookFields,
  description: filled,
}).meta({ id: "runbook", title: "Runbook", description: "What is done about an alarm." });
