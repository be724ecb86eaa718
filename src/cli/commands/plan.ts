import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import { type AwsOptions, type CommonOptions, wholeNumber, withAws } from "../options.ts";
import { showPlan, verdictOf } from "../plan-output.ts";

interface PlanOptions extends AwsOptions, CommonOptions {
  readonly out?: string;
  readonly all?: boolean;
  readonly detailedExitcode?: boolean;
  readonly requireComplete?: boolean;
  readonly allowDeletes?: number;
  readonly agent?: boolean;
  readonly readTags?: boolean;
}

/** `watchkeeper plan`: what would change. Reads only. */
export function registerPlan({ program, io, finish }: CommandHost): void {
  const command = program
    .command("plan")
    .description("show what would change, what it costs and how long it takes; changes nothing")
    .option("--out <file>", "save the plan, for `watchkeeper apply FILE` within 24 hours")
    .option("--all", "list every change of a long plan")
    .option("--detailed-exitcode", "exit with 2 when there are changes")
    .option("--no-agent", "leave the CloudWatch agent out")
    .option("--require-complete", "exit with 1 at once unless every account and region was read whole")
    .option(
      "--read-tags",
      "read the tags of all alarms without our mark, one call each: finds ours that lost it",
    )
    .option("--allow-deletes <n>", "let up to this many resources lose their alarms", wholeNumber);
  withAws(command).action(async (options: PlanOptions) => {
    const context = await contextFor(io, options);
    const { readConfiguration } = await import("../../app/read-configuration.ts");
    const { makePlan } = await import("../../app/plan.ts");
    const { configuration } = readConfiguration(options.config, io.cwd);
    const prepared = await makePlan(configuration, reachFrom(io, options), context, {
      allowDeletes: options.allowDeletes,
      agent: options.agent,
      readTags: options.readTags,
    });
    prepared.close();
    if (options.out !== undefined) await savePlan(options.out, prepared.plan, io.cwd);
    await showPlan(prepared, io, options);
    finish(verdictOf(prepared, options));
  });
}

/** Writes a plan to a file. */
export async function savePlan(
  file: string,
  plan: Parameters<typeof import("../../plan/plan-file.ts").formatPlanFile>[0],
  cwd: string,
) {
  const { formatPlanFile } = await import("../../plan/plan-file.ts");
  const { packageVersion } = await import("../../app/package-files.ts");
  try {
    await writeFile(resolve(cwd, file), formatPlanFile(plan, packageVersion()), { mode: 0o600 });
  } catch (error) {
    throw new WatchkeeperError(
      "write-failed",
      `the plan can't be written to ${file}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
