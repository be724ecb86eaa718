import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { applyPrepared } from "./apply.ts";

interface DestroyOptions extends AwsOptions, CommonOptions {
  readonly account?: readonly string[];
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly readTags?: boolean;
}

/** `watchkeeper destroy`: deletes what this configuration made, by mark or tag, after its name was typed. */
export function registerDestroy({ program, io, finish }: CommandHost): void {
  const command = program
    .command("destroy")
    .description(
      "delete every alarm, topic, subscription and queue that this configuration made, and nothing else",
    )
    .option("-y, --yes", "delete without asking for the configuration's name")
    .option("--all", "list every change of a long plan")
    .option(
      "--read-tags",
      "read the tags of all alarms without our mark, one call each: finds ours that lost it",
    )
    .option("--account <account...>", "only in these of the configuration's accounts: name, id or profile");
  withAws(command, "only in these regions, also ones that the configuration no longer names").action(
    async (options: DestroyOptions) => {
      const context = await contextFor(io, options);
      const { readConfiguration } = await import("../../app/read-configuration.ts");
      const { makePlan } = await import("../../app/plan.ts");
      const { configuration } = readConfiguration(options.config, io.cwd);
      const reach = { ...reachFrom(io, options), accounts: options.account, formerRegions: true };
      const prepared = await makePlan(configuration, reach, context, {
        intent: { kind: "destroy" },
        readTags: options.readTags,
      });
      try {
        const { name } = configuration;
        finish(
          await applyPrepared(prepared, configuration, io, context, {
            ...options,
            answer: name,
            question: `This deletes everything listed above. Type the configuration's name (${name}) to go on: `,
            done: "Everything listed above is gone.",
            again: "destroy",
          }),
        );
      } finally {
        prepared.close();
      }
    },
  );
}
