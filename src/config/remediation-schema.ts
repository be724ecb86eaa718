import { z } from "zod";
import type { AutoScalingRule, StepKindName, WaitGoal } from "../model/runbook.ts";
import { endpointFields, someTime } from "./check-schema.ts";
import { timeIntervalSchema } from "./notifications-schema.ts";
import { duration, filled, name, oneOrMore, strict, text, whenMissing } from "./schema-parts.ts";
import { tagConditions } from "./selector-schema.ts";

const GOALS = ["running", "statusChecks", "ssm"] as const satisfies readonly WaitGoal[];
const CHECK_STATES = ["ok", "impaired"] as const;
const AUTO_SCALING = ["refuse", "markUnhealthy"] as const satisfies readonly AutoScalingRule[];

/** Exactly one of a mapping's keys must be there, those in `beside` aside. Unknown keys are told first, and alone. */
function oneOf(what: string, beside: readonly string[] = []) {
  const test = (value: object): boolean =>
    Object.keys(value).filter((key) => !beside.includes(key)).length === 1;
  const params = {
    error: `must be one ${what}, with one key: put each into a list item of its own`,
    when: ({ issues }: { readonly issues: readonly unknown[] }): boolean => issues.length === 0,
  };
  return [test, params] as const;
}

const timeout = someTime.optional().describe("For each try, from its beginning to its end.");
const limits = {
  timeout,
  attempts: z.int().min(1).max(100).optional().describe("Tries in all. Default 1."),
  retry: duration.optional().describe("Between tries. Default 10s."),
};

const command = oneOrMore(filled);
const commandFields = {
  commands: command.describe("Lines for the shell; PowerShell on Windows."),
  workingDirectory: filled.optional().describe("Folder to run them in."),
};

const checkFields = {
  ...endpointFields,
  command: z
    .union([command, strict(commandFields)], { error: "must be a command, a list of them, or a mapping" })
    .describe("A command on the instance that ends with 0, or a mapping with options."),
};
const CHECK_FORM = `must be "alarm", or a mapping with one of ${Object.keys(checkFields).join(", ")}`;
const optionalChecks = z.object(checkFields).partial().shape;

/** One of `checks:`. */
export const runbookCheckSchema = z.union(
  [z.literal("alarm"), strict(optionalChecks).refine(...oneOf("check"))],
  { error: CHECK_FORM },
);

/** Options of the kinds of steps, by kind. */
export const stepFields = {
  restartService: z
    .union([filled, strict({ service: filled, ...limits })], { error: "must be a service, or a mapping" })
    .describe('A service of systemd or Windows, or "compose:DIRECTORY" for the containers of a project.'),
  runCommand: z
    .union([command, strict({ ...commandFields, ...limits })], {
      error: "must be a command, a list of them, or a mapping with commands",
    })
    .describe("Commands on the instance, or a mapping with options."),
  reboot: strict({ timeout }).describe("Reboots it and proves that it did."),
  stopStart: strict({ timeout }).describe(
    "Stops and starts it, on another host; needs allowStopStart: true.",
  ),
  startInstance: strict(limits).describe("Starts it where it is stopped."),
  waitFor: z
    .union([z.enum(GOALS), strict({ until: z.enum(GOALS), timeout })], {
      error: `must be one of ${GOALS.join(", ")}, or a mapping with until`,
    })
    .describe("running, statusChecks (both pass), or ssm (Systems Manager answers a command)."),
  check: z
    .union(
      [
        z.literal("alarm"),
        strict({ ...optionalChecks, ...limits }).refine(...oneOf("check", Object.keys(limits))),
      ],
      { error: CHECK_FORM },
    )
    .describe("A check that must pass before the next step."),
  notify: filled.describe("A message in the alarm's thread."),
} satisfies Readonly<Record<StepKindName, z.ZodType>>;

/** Steps that need no options: `- reboot`. */
const BARE_STEPS = ["reboot", "stopStart", "startInstance"] as const satisfies readonly StepKindName[];

/** One step of a rung. */
export const stepSchema = z.union(
  [z.enum(BARE_STEPS), strict(z.object(stepFields).partial().shape).refine(...oneOf("step"))],
  { error: `must be a mapping with one of ${Object.keys(stepFields).join(", ")}` },
);

const rungName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
  error: 'is no name: begin with a letter, and use letters, digits, "_" and "-", 64 characters at most',
});

/** One of `ladder:`. */
export const rungSchema = z.record(rungName, z.array(stepSchema).min(1)).refine(...oneOf("rung"));

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
  cooldown: duration
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
    codeDeploy: z.boolean().optional().describe("Ask CodeDeploy, too. Default false."),
    tags: tagConditions.optional().describe("An instance with one of these tags is being deployed to."),
  })
    .optional()
    .describe("How to tell that an instance is being deployed to, beside what its Auto Scaling group says."),
  scheduledEvent: duration
    .optional()
    .describe("Refuse where an event scheduled by AWS begins within this time. Default 1h."),
  fresh: duration
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
