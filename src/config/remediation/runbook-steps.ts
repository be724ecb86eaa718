import type { z } from "zod";
import { parseDuration } from "../../model/duration.ts";
import type { RunbookCheck, Rung, Step, StepAction, StepKindName, StepLimits } from "../../model/runbook.ts";
import { compact, type Reading } from "../reading.ts";
import { asList } from "../schema-parts.ts";
import type { Path } from "../yaml-source.ts";
import { type EndpointInput, endpointCheckFrom } from "./endpoint-checks.ts";
import { runbookCheckSchema, STEP_LIMITS, stepSchema } from "./runbook-step-schema.ts";
import { checkTexts } from "./runbook-texts.ts";

/** The rungs written at a path, as far as their steps are sound. */
export function ladderAt(path: Path, reading: Reading): readonly Rung[] {
  const rungs: Rung[] = [];
  for (let index = 0; index < reading.length(path); index += 1) {
    const [name] = reading.keys([...path, index]);
    if (name === undefined) continue;
    const place = [...path, index, name];
    if (rungs.some((rung) => rung.name === name))
      reading.error(
        "duplicate-rung",
        `two rungs are named ${JSON.stringify(name)}: rename one`,
        place,
        "key",
      );
    const steps = Array.from({ length: reading.length(place) }, (_, at) => stepAt([...place, at], reading));
    rungs.push({ name, steps: steps.filter((step) => step !== undefined) });
  }
  return rungs;
}

/** The checks written at a path, as far as they are sound. */
export function checksAt(path: Path, reading: Reading): readonly RunbookCheck[] {
  return Array.from({ length: reading.length(path) }, (_, index) => {
    const place = [...path, index];
    const input = reading.pick(runbookCheckSchema, place);
    return input === undefined ? undefined : checkFrom(input, place, reading);
  }).filter((check) => check !== undefined);
}

function stepAt(path: Path, reading: Reading): Step | undefined {
  const input = reading.pick(stepSchema, path);
  if (input === undefined) return undefined;
  checkTexts(path, reading);
  const action = actionFrom(input, path, reading);
  if (!action) return undefined;
  const options = typeof input === "string" ? undefined : input[action.do];
  return { action, ...limitsOf(action.do, options), position: reading.source.position(path) };
}

type StepInput = Exclude<z.infer<typeof stepSchema>, string>;

function actionFrom(input: z.infer<typeof stepSchema>, path: Path, reading: Reading): StepAction | undefined {
  if (typeof input === "string") return { do: input };
  const { restartService, runCommand, waitFor, check, notify }: StepInput = input;
  if (restartService !== undefined)
    return {
      do: "restartService",
      service: typeof restartService === "string" ? restartService : restartService.service,
    };
  if (runCommand !== undefined) return { do: "runCommand", ...commandFrom(runCommand) };
  if (waitFor !== undefined)
    return { do: "waitFor", until: typeof waitFor === "string" ? waitFor : waitFor.until };
  if (notify !== undefined) return { do: "notify", text: notify };
  if (check !== undefined) {
    const spec = checkFrom(check, [...path, "check"], reading);
    return spec && { do: "check", check: spec };
  }
  if (input.reboot !== undefined) return { do: "reboot" };
  return { do: input.stopStart === undefined ? "startInstance" : "stopStart" };
}

type CommandInput = Exclude<NonNullable<StepInput["runCommand"]>, undefined>;

function commandFrom(input: CommandInput): {
  readonly commands: readonly string[];
  readonly workingDirectory?: string;
} {
  if (typeof input === "string" || Array.isArray(input)) return { commands: asList(input) };
  const { commands, workingDirectory } = input;
  return { commands: asList(commands), ...compact({ workingDirectory }) };
}

function checkFrom(
  input: "alarm" | (EndpointInput & { readonly command?: CommandInput | undefined }),
  path: Path,
  reading: Reading,
): RunbookCheck | undefined {
  if (input === "alarm") return { kind: "alarm" };
  checkTexts(path, reading);
  return input.command === undefined
    ? endpointCheckFrom(input, path, reading)
    : { kind: "command", ...commandFrom(input.command) };
}

function limitsOf(kind: StepKindName, options: unknown): StepLimits {
  const { timeout, attempts, retry } = (typeof options === "object" ? options : {}) as {
    readonly timeout?: string | number;
    readonly attempts?: number;
    readonly retry?: string | number;
  };
  return {
    ...STEP_LIMITS[kind],
    ...compact({
      timeoutSeconds: timeout === undefined ? undefined : parseDuration(timeout),
      attempts,
      retrySeconds: retry === undefined ? undefined : parseDuration(retry),
    }),
  };
}
