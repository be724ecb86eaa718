import type { AlarmIntent } from "../../alarms/alarm-intent.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { applyPrepared } from "./apply.ts";

interface DecideOptions extends AwsOptions, CommonOptions {
  readonly yes?: boolean;
}

/** `watchkeeper adopt NAME...`: somebody's alarms become ours, with their values. */
export function registerAdopt(host: CommandHost): void {
  const command = host.program
    .command("adopt")
    .argument("<name...>", "names of alarms, as the plan shows them")
    .description("take over alarms that exist already; hand-tuned values stay")
    .option("-y, --yes", "adopt without asking");
  withAws(command).action((names: string[], options: DecideOptions) =>
    decide(host, { kind: "adopt", names }, options),
  );
}

/** `watchkeeper reset ALARM [FIELD...]`: hand-tuned fields take the configuration's values. */
export function registerReset(host: CommandHost): void {
  const command = host.program
    .command("reset")
    .argument("<alarm>", "name of an alarm of this configuration")
    .argument("[field...]", "only these fields, for example threshold")
    .description("give an alarm that was tuned by hand back to the configuration")
    .option("-y, --yes", "reset without asking");
  withAws(command).action(async (alarm: string, fields: string[], options: DecideOptions) => {
    const { parseAlarmField } = await import("../../alarms/changes/reset.ts");
    const chosen = fields.length === 0 ? "all" : fields.map(parseAlarmField);
    await decide(host, { kind: "reset", alarm, fields: chosen }, options);
  });
}

async function decide(
  { io, finish }: CommandHost,
  intent: AlarmIntent,
  options: DecideOptions,
): Promise<void> {
  const context = await contextFor(io, options);
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { makePlan } = await import("../../app/plan.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  const prepared = await makePlan(configuration, reachFrom(io, options), context, { intent });
  try {
    finish(await applyPrepared(prepared, configuration, io, context, options));
  } finally {
    prepared.close();
  }
}
