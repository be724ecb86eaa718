import { z } from "zod";
import type { ExistingAlarms, MergePolicy } from "../model/alarm-policy.ts";
import { agentSchema } from "./agent-schema.ts";
import { actionsSchema, alarmSchema } from "./alarms/alarm-schema.ts";
import { notificationsSchema } from "./notifications/notifications-schema.ts";
import { remediationSchema } from "./remediation/remediation-schema.ts";
import { alarmKey, filled, name, plainKey, strict, text, whenMissing, wrong } from "./schema-parts.ts";
import { selectorSchema } from "./selector-schema.ts";

/** The version of the configuration's form that this program reads. */
export const CONFIGURATION_VERSION = 1;

const EXISTING = ["warn", "skip", "adopt"] as const satisfies readonly ExistingAlarms[];
const MERGE = ["keep", "config", "keep-silenced"] as const satisfies readonly MergePolicy[];

const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, {
  error: (issue) => {
    const zone = /^([a-z]{2,}(?:-[a-z]+)+-\d+)[a-z]$/.exec(String(issue.input));
    return zone
      ? `must be a region: ${JSON.stringify(issue.input)} is an availability zone, write ${zone[1]}`
      : wrong("must be a region such as eu-central-1")(issue);
  },
});

const regions = z.array(region).min(1);

/** One of `accounts:`. */
export const accountSchema = strict({
  name: filled.optional().describe("What people call it."),
  profile: filled.optional().describe("Profile of the shared AWS configuration to begin with."),
  role: z
    .string()
    .regex(/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/, {
      error: wrong("must be a role's ARN such as arn:aws:iam::111122223333:role/watchkeeper"),
    })
    .optional()
    .describe("Role to assume there."),
  externalId: filled.optional().describe("External id that the role asks for."),
  sessionName: z
    .string()
    .regex(/^[\w+=,.@-]{2,64}$/, { error: wrong("must be 2 to 64 letters, digits or any of + = , . @ - _") })
    .optional()
    .describe("Session name in CloudTrail; default watchkeeper."),
  regions: regions.optional().describe("In place of the configuration's regions."),
});

/** One of `topics:`. */
export const topicSchema = strict({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,256}$/, {
      error: (issue) =>
        String(issue.input).endsWith(".fifo")
          ? "can't be a FIFO topic: watchkeeper makes standard topics; make that one yourself and give its arn"
          : wrong('must be letters, digits, "_" and "-", 256 at most')(issue),
    })
    .optional()
    .describe("Name: the plan makes a topic of this name in every account and region that uses it."),
  arn: z
    .string()
    .regex(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$/, {
      error: wrong("must be a topic's ARN such as arn:aws:sns:eu-central-1:111122223333:oncall"),
    })
    .optional()
    .describe("ARN of a topic that is there already; serves alarms of its own region only."),
}).refine((topic) => (topic.name === undefined) !== (topic.arn === undefined), {
  error: "must say either name or arn",
});

/** One of a policy's `overrides:`. */
const overrideSchema = strict({
  select: selectorSchema.optional().describe("For which of the policy's resources; default all."),
  alarms: z.record(z.string(), alarmSchema).describe("Alarms of the policy, with what differs."),
});

/** One of `policies:`. */
export const policySchema = strict({
  name: name("production").describe("Unique in the file; part of every alarm's identity."),
  select: selectorSchema
    .optional()
    .describe("The resources it is about; leave out for alarms that belong to none."),
  pack: filled.optional().describe("A set of ready alarms: essentials or classic."),
  overrides: z.array(overrideSchema).optional().describe("What differs for some resources; later ones win."),
  alarms: z.record(alarmKey, alarmSchema).optional().describe("Alarms of your own, by key."),
  existing: z
    .enum(EXISTING)
    .optional()
    .describe(
      "Where somebody else's alarm watches the same metric already: warn (default), skip, or adopt it.",
    ),
  merge: z
    .enum(MERGE)
    .optional()
    .describe(
      "What people tuned by hand: keep (default), config takes it back, keep-silenced keeps silence too.",
    ),
  quietStart: z
    .boolean()
    .optional()
    .describe("Create with actions off and switch them on once settled. Default false."),
  includeAutoScalingMembers: z
    .boolean()
    .optional()
    .describe("Alarms for members of Auto Scaling groups, too. Default false."),
});

const accountId = text
  .refine((value) => typeof value !== "boolean" && /^\d{1,12}$/.test(String(value)), {
    error: "must be an account id of 12 digits, in quotes",
  })
  .describe('Account id of 12 digits, in quotes: "111122223333".');

/** A whole watchkeeper.yaml. */
export const configurationSchema = strict({
  version: z
    .literal(CONFIGURATION_VERSION, { error: whenMissing("is missing: begin with version: 1") })
    .describe("Version of this file's form: 1."),
  name: name("web-team").describe(
    "Owns what it creates; part of every alarm's identity. Never change it lightly.",
  ),
  expectAccounts: z.array(accountId).min(1).optional().describe("Refuse to work in any other account."),
  regions: regions.optional().describe("Regions to work in; default: the region of the environment."),
  accounts: z
    .array(accountSchema)
    .min(1)
    .optional()
    .describe("Accounts to work in; default: that of the environment."),
  policies: z
    .array(policySchema, { error: whenMissing("is missing: write policies: [] where you want none") })
    .describe("Which resources get which alarms."),
  severities: z
    .record(plainKey, actionsSchema)
    .optional()
    .describe(
      "Where alarms of a severity send to. critical, warning and info are there, and send nowhere until you say.",
    ),
  topics: z
    .record(plainKey, topicSchema)
    .optional()
    .describe("SNS topics, by the key that severities and actions use."),
  notifications: notificationsSchema
    .optional()
    .describe("Who is told what, when: channels, and routes that lead to them."),
  agent: agentSchema
    .optional()
    .describe("The CloudWatch agent on instances: where it is to run, and what it collects."),
  remediation: remediationSchema
    .optional()
    .describe("Repairs of instances: runbooks, and what keeps them within bounds."),
  limits: strict({
    deletes: strict({
      percent: z
        .number()
        .min(0)
        .max(100)
        .optional()
        .describe("Percent of the watched resources. Default 10."),
      minimum: z.int().min(0).optional().describe("Always allowed. Default 5."),
    })
      .optional()
      .describe("How many resources may lose their alarms in one apply without proof that they are gone."),
    monthlyCost: z.number().min(0).optional().describe("Refuse plans that cost more, US dollars a month."),
  })
    .optional()
    .describe("Bounds on what one apply may do."),
}).meta({ id: "watchkeeper", title: "watchkeeper.yaml", description: "What Watchkeeper keeps watch over." });

/** A pack file. */
export const packSchema = strict({
  pack: name("essentials").describe("The pack's name."),
  description: filled,
  alarms: z.record(alarmKey, alarmSchema),
}).meta({ id: "pack", title: "Alarm pack", description: "A named set of alarms." });
