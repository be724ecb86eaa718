import { formatDiagnostic } from "../../support/diagnostic.ts";
import type { CommandHost } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { printable } from "../style.ts";
import { writeJson } from "../views/json.ts";

interface ValidateOptions extends CommonOptions {
  readonly config: string;
  readonly schema?: boolean;
}

/** `watchkeeper validate`: checks a configuration without reaching AWS, or prints the JSON Schema for editors. */
export function registerValidate({ program, io }: CommandHost): void {
  const command = program
    .command("validate")
    .description("check a configuration, offline")
    .option("-c, --config <file>", "configuration to check", "watchkeeper.yaml")
    .option("--schema", "print the JSON Schema of configurations, for editors");
  withCommon(command).action(async (options: ValidateOptions) => {
    if (options.schema) {
      const { configurationJsonSchema } = await import("../../config/json-schema.ts");
      const { CHANNEL_KINDS } = await import("../../notify/channels/registry.ts");
      await io.stdout.write(`${JSON.stringify(configurationJsonSchema(CHANNEL_KINDS), null, 2)}\n`);
      return;
    }
    const { readConfiguration } = await import("../../app/read-configuration.ts");
    const { configuration, warnings } = readConfiguration(options.config, io.cwd);
    const alarms = configuration.policies.reduce((sum, policy) => sum + policy.alarms.length, 0);
    if (options.json) {
      await writeJson(io.stdout, {
        version: 1,
        name: configuration.name,
        policies: configuration.policies.length,
        alarms,
        diagnostics: warnings,
      });
      return;
    }
    for (const warning of warnings) await io.stderr.write(`${printable(formatDiagnostic(warning))}\n`);
    const policies =
      configuration.policies.length === 1 ? "1 policy" : `${configuration.policies.length} policies`;
    await io.stdout.write(
      `${options.config} is fine: ${configuration.name}, ${policies}, ${alarms} ${alarms === 1 ? "alarm definition" : "alarm definitions"}\n`,
    );
  });
}
