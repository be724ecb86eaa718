import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LintReport } from "../../app/lint-places.ts";
import type { Configuration } from "../../model/configuration.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, daysOfHistory, withAws } from "../options.ts";
import { styleOf } from "../style.ts";
import { writeJson } from "../views/json.ts";

interface LintCommandOptions extends AwsOptions, CommonOptions {
  readonly offline?: boolean;
  readonly existing?: boolean;
  readonly rule?: readonly string[];
  readonly ignore?: readonly string[];
  readonly days?: number;
  readonly strict?: boolean;
  readonly all?: boolean;
}

const DEFAULT_CONFIG = "watchkeeper.yaml";
const MOST_LISTED = 50;

/** `watchkeeper lint`: alarms that can't fire, only make noise, or reach nobody. Reads only. */
export function registerLint({ program, io, finish }: CommandHost): void {
  const command = program
    .command("lint")
    .description("find alarms that can't fire, only make noise, or reach nobody: see docs/lint.md")
    .option("--offline", "judge the configuration by itself, without reaching AWS")
    .option("--existing", "judge all alarms that exist, whoever made them; works without a configuration")
    .option("--rule <rule...>", "only these rules")
    .option("--ignore <rule...>", "not these rules")
    .option("--days <n>", "days of alarm history to look at, 1 to 30 (default: 14)", daysOfHistory)
    .option("--strict", "exit with 1 for warnings too")
    .option("--all", "list every finding of a long report");
  withAws(command).action(async (options: LintCommandOptions) => {
    if (options.offline && options.existing)
      throw new WatchkeeperError(
        "usage",
        "--offline judges a file and --existing an account: give one of them",
        {
          remedy: "without either, lint judges what a plan of the configuration would have",
        },
      );
    const report = await lint(options, io);
    if (options.json) {
      const { lintDocument } = await import("../views/lint-view.ts");
      await writeJson(io.stdout, lintDocument(report));
    } else {
      const { lintLines } = await import("../views/lint-view.ts");
      const most = options.all ? Number.POSITIVE_INFINITY : MOST_LISTED;
      for (const line of lintLines(report, { style: styleOf(io.stdout, io.env), most }))
        await io.stdout.write(`${line}\n`);
    }
    finish(verdictOf(report, options));
  });
}

async function lint(options: LintCommandOptions, io: Io): Promise<LintReport> {
  const app = await import("../../app/lint.ts");
  const chosen = { rules: options.rule, ignore: options.ignore, days: options.days };
  if (options.existing) {
    const configuration = await configurationIfAny(options, io);
    const where = configuration ?? { accounts: [], regions: options.region ?? [], expectAccounts: [] };
    const context = await contextFor(io, options);
    return app.lintExisting(where, configuration, reachFrom(io, options), context, chosen);
  }
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  if (options.offline) return app.lintOffline(configuration, chosen);
  const context = await contextFor(io, options);
  return app.lintDesired(configuration, reachFrom(io, options), context, chosen);
}

/** The configuration; undefined where none was named and there is none of the default name. */
async function configurationIfAny(options: LintCommandOptions, io: Io): Promise<Configuration | undefined> {
  if (options.config === DEFAULT_CONFIG && !existsSync(resolve(io.cwd, options.config))) return undefined;
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  return readConfiguration(options.config, io.cwd).configuration;
}

function verdictOf({ findings, complete }: LintReport, { strict }: LintCommandOptions): ExitCode {
  const bad = findings.some(({ severity }) => severity === "error" || (strict && severity === "warning"));
  return bad || !complete ? 1 : 0;
}
