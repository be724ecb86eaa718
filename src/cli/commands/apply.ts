import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { PreparedPlan } from "../../app/plan.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { AgentTeller } from "../agent-teller.ts";
import { applyAndTell, confirm, settlingTeller } from "../apply-flow.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, wholeNumber, withAws } from "../options.ts";
import { showPlan } from "../plan-output.ts";
import type { ApplyWords } from "../views/apply-view.ts";

interface ApplyOptions extends AwsOptions, CommonOptions {
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly requireComplete?: boolean;
  readonly detailedExitcode?: boolean;
  readonly allowDeletes?: number;
  readonly agent?: boolean;
  readonly readTags?: boolean;
}

/** `watchkeeper apply [PLAN]`: shows the plan, asks, and applies it; or applies a saved one. */
export function registerApply({ program, io, finish }: CommandHost): void {
  const command = program
    .command("apply")
    .argument("[plan]", "a plan saved by `watchkeeper plan --out`, applied as it is")
    .description("show the plan, ask, and apply it; run again after an interruption, it converges")
    .option("-y, --yes", "apply without asking")
    .option("--all", "list every change of a long plan")
    .option("--no-agent", "leave the CloudWatch agent out")
    .option("--detailed-exitcode", "exit with 2 when all is done that can be, and something still waits")
    .option("--require-complete", "apply nothing unless every account and region was read whole")
    .option(
      "--read-tags",
      "read the tags of all alarms without our mark, one call each: finds ours that lost it",
    )
    .option("--allow-deletes <n>", "let up to this many resources lose their alarms", wholeNumber);
  withAws(command).action(async (file: string | undefined, options: ApplyOptions) => {
    const context = await contextFor(io, options);
    const { readConfiguration } = await import("../../app/read-configuration.ts");
    const { configuration } = readConfiguration(options.config, io.cwd);
    const teller = new AgentTeller();
    const prepared = await prepare(configuration, file, io, context, options, teller);
    try {
      finish(await applyPrepared(prepared, configuration, io, context, { ...options, teller }));
    } finally {
      prepared.close();
    }
  });
}

async function prepare(
  configuration: Configuration,
  file: string | undefined,
  io: Io,
  context: Context,
  options: ApplyOptions,
  teller: AgentTeller,
): Promise<PreparedPlan> {
  const reach = reachFrom(io, options);
  if (file === undefined) {
    const { makePlan } = await import("../../app/plan.ts");
    return makePlan(configuration, reach, context, {
      allowDeletes: options.allowDeletes,
      onSettling: settlingTeller(io),
      agent: options.agent,
      readTags: options.readTags,
      onAgent: teller.listen,
    });
  }
  return prepareSaved(file, configuration, io, context, options, teller);
}

/** A saved plan, read. */
export async function prepareSaved(
  file: string,
  configuration: Configuration,
  io: Io,
  context: Context,
  options: AwsOptions,
  teller: AgentTeller,
): Promise<PreparedPlan> {
  const { loadPlan } = await import("../../app/load-plan.ts");
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), "utf8");
  } catch (error) {
    throw new WatchkeeperError("no-plan-file", `${file} can't be read: ${(error as Error).message}`, {
      remedy: "`watchkeeper plan --out FILE` saves a plan",
      cause: error,
    });
  }
  return loadPlan(text, configuration, reachFrom(io, options), context, {
    onSettling: settlingTeller(io),
    onAgent: teller.listen,
  });
}

/** Shows, asks and applies. Shared by everything that changes alarms through a plan. */
export async function applyPrepared(
  prepared: PreparedPlan,
  configuration: Configuration,
  io: Io,
  context: Context,
  options: ApplyOptions &
    ApplyWords & {
      readonly answer?: string;
      readonly question?: string;
      readonly teller?: AgentTeller;
    },
): Promise<ExitCode> {
  const { refusalOf } = await import("../../app/plan.ts");
  const { isPending } = await import("../../plan/combine.ts");
  const { plan, regions } = prepared;
  if (!options.json) await showPlan(prepared, io, options);
  const refusal = refusalOf(prepared);
  if (refusal) throw new WatchkeeperError(refusal.code, `nothing was applied: ${refusal.message}`);
  if (options.requireComplete && !plan.complete) {
    throw new WatchkeeperError(
      "incomplete",
      "nothing was applied: not every account and region could be read whole",
    );
  }
  const pending = plan.changes.filter(isPending).length;
  const troubled = !plan.complete || plan.notes.some((note) => note.severity === "error");
  const rest: ExitCode = troubled ? 1 : 0;
  if (pending === 0) {
    if (options.json)
      return (await applyAndTell(0, async () => undefined, io, context, { json: true })) || rest;
    return rest;
  }
  const where = regions.map(({ account, region }) => `${account} ${region}`).join(", ");
  const what = pending === 1 ? "this change" : `these ${pending} changes`;
  if (options.yes && !options.json) await io.stdout.write(`Applying ${what} to ${where}.\n`);
  const question = options.question ?? `Apply ${what} to ${where}? [y/N] `;
  const agreed = await confirm(io, question, options);
  if (!agreed) {
    await io.stderr.write("Nothing was changed.\n");
    return 1;
  }
  const code = await applyAndTell(pending, (report) => prepared.apply(report), io, context, {
    ...(options.json ? { json: true } : {}),
    detailedExitcode: options.detailedExitcode,
    planned: { configuration: configuration.name },
    teller: options.teller,
    done: options.done ?? doneOf(plan),
    again: options.again,
  });
  return rest || code;
}

/** Alarms on an agent's metrics can only be made once these exist. */
const AGENT_DONE = "Agents write metrics now: run watchkeeper plan again for the alarms on memory and disks.";

/** What a plan that couldn't see everything has left is unknown: to promise an empty second plan would be wrong. */
const INCOMPLETE_DONE = "Not everything could be read: run watchkeeper plan again when that is mended.";

function doneOf({ changes, complete }: PreparedPlan["plan"]): string | undefined {
  if (!complete) return INCOMPLETE_DONE;
  return changes.some(bringsAgent) ? AGENT_DONE : undefined;
}

function bringsAgent({ scope, after }: PreparedPlan["plan"]["changes"][number]): boolean {
  return scope.type === "agent.install" && (after as { readonly do?: string } | undefined)?.do === "install";
}
