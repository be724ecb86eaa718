import { z } from "zod";
import { formatDuration } from "../../model/duration.ts";
import type { StepKindName, StepLimits, WaitGoal } from "../../model/runbook.ts";
import { duration, filled, oneOrMore, strict, wrong } from "../schema-parts.ts";
import { endpointFields, someTime } from "./check-schema.ts";

const GOALS = ["running", "statusChecks", "ssm"] as const satisfies readonly WaitGoal[];

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

/** How long kinds of steps may take, and how often they are tried, where the runbook doesn't say. Seconds. */
export const STEP_LIMITS: Readonly<Record<StepKindName, StepLimits>> = {
  restartService: { timeoutSeconds: 300, attempts: 1, retrySeconds: 10 },
  runCommand: { timeoutSeconds: 300, attempts: 1, retrySeconds: 10 },
  reboot: { timeoutSeconds: 900, attempts: 1, retrySeconds: 10 },
  stopStart: { timeoutSeconds: 1200, attempts: 1, retrySeconds: 10 },
  startInstance: { timeoutSeconds: 600, attempts: 1, retrySeconds: 10 },
  waitFor: { timeoutSeconds: 900, attempts: 1, retrySeconds: 10 },
  check: { timeoutSeconds: 60, attempts: 6, retrySeconds: 10 },
  notify: { timeoutSeconds: 60, attempts: 1, retrySeconds: 10 },
};

/** `timeout`, and for steps that may be tried again how often, with the kind's own defaults. */
function timeoutOf(kind: StepKindName) {
  const { timeoutSeconds } = STEP_LIMITS[kind];
  return someTime
    .optional()
    .describe(
      `For each try, from its beginning to its end. Default ${formatDuration(timeoutSeconds).replace(" min", "m").replace(" s", "s")}.`,
    );
}

function limitsOf(kind: StepKindName) {
  const { attempts, retrySeconds } = STEP_LIMITS[kind];
  return {
    timeout: timeoutOf(kind),
    attempts: z.int().min(1).max(100).optional().describe(`Tries in all. Default ${attempts}.`),
    retry: duration.optional().describe(`Between tries. Default ${retrySeconds}s.`),
  };
}

/** One command, or several. */
export const command = oneOrMore(filled);
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
const checkLimits = limitsOf("check");
const optionalChecks = z.object(checkFields).partial().shape;

/** One of `checks:`. */
export const runbookCheckSchema = z.union(
  [z.literal("alarm", { error: wrong(CHECK_FORM) }), strict(optionalChecks).refine(...oneOf("check"))],
  { error: CHECK_FORM },
);

/** Options of the kinds of steps, by kind. */
export const stepFields = {
  restartService: z
    .union(
      [filled, strict({ service: filled.describe("As in the short form."), ...limitsOf("restartService") })],
      {
        error: "must be a service, or a mapping",
      },
    )
    .describe('A service of systemd or Windows, or "compose:DIRECTORY" for the containers of a project.'),
  runCommand: z
    .union([command, strict({ ...commandFields, ...limitsOf("runCommand") })], {
      error: "must be a command, a list of them, or a mapping with commands",
    })
    .describe("Commands on the instance, or a mapping with options."),
  reboot: strict({ timeout: timeoutOf("reboot") }).describe("Reboots it and proves that it did."),
  stopStart: strict({ timeout: timeoutOf("stopStart") }).describe(
    "Stops and starts it, on another host; needs allowStopStart: true.",
  ),
  startInstance: strict(limitsOf("startInstance")).describe("Starts it where it is stopped."),
  waitFor: z
    .union(
      [
        z.enum(GOALS),
        strict({ until: z.enum(GOALS).describe("What to wait for."), timeout: timeoutOf("waitFor") }),
      ],
      {
        error: `must be one of ${GOALS.join(", ")}, or a mapping with until`,
      },
    )
    .describe("running, statusChecks (both pass), or ssm (Systems Manager answers a command)."),
  check: z
    .union(
      [
        z.literal("alarm", { error: wrong(CHECK_FORM) }),
        strict({ ...optionalChecks, ...checkLimits }).refine(...oneOf("check", Object.keys(checkLimits))),
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

/** Names of rungs, and of runbooks: they are keys, whose order counts. */
export const rungName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
  error: 'is no name: begin with a letter, and use letters, digits, "_" and "-", 64 characters at most',
});

/** One of `ladder:`. */
export const rungSchema = z.record(rungName, z.array(stepSchema).min(1)).refine(...oneOf("rung"));
