import { Command } from "commander";
import type { CommandHost } from "./command.ts";
import { registerAdopt, registerReset } from "./commands/adopt.ts";
import { registerAgent } from "./commands/agent.ts";
import { registerApply } from "./commands/apply.ts";
import { registerBacktest } from "./commands/backtest.ts";
import { registerDemo } from "./commands/demo.ts";
import { registerDestroy } from "./commands/destroy.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerInit } from "./commands/init.ts";
import { registerInventory } from "./commands/inventory.ts";
import { registerLint } from "./commands/lint.ts";
import { registerLocal } from "./commands/local.ts";
import { registerNotify } from "./commands/notify.ts";
import { registerPacks } from "./commands/packs.ts";
import { registerPlan } from "./commands/plan.ts";
import { registerRemediate } from "./commands/remediate.ts";
import { registerSilence } from "./commands/silence.ts";
import { registerTest } from "./commands/test.ts";
import { registerValidate } from "./commands/validate.ts";

declare const WATCHKEEPER_VERSION: string | undefined;

/** Every command, in the order that help lists them. Each file imports its use case only when it runs, so that help is quick. */
const COMMANDS: readonly ((host: CommandHost) => void)[] = [
  registerInit,
  registerValidate,
  registerInventory,
  registerPlan,
  registerApply,
  registerAgent,
  registerBacktest,
  registerExplain,
  registerTest,
  registerLint,
  registerAdopt,
  registerReset,
  registerDestroy,
  registerNotify,
  registerSilence,
  registerRemediate,
  registerPacks,
  registerLocal,
  registerDemo,
];

/** What helps with a command line that can't be read. */
export const USAGE_REMEDY =
  "watchkeeper --help lists the commands, --help after a command what it takes; -c FILE names a configuration";

/** The whole command line. It writes through `io` and throws `CommanderError` instead of exiting. */
export function buildProgram(around: Omit<CommandHost, "program">): Command {
  const { io } = around;
  const program = new Command("watchkeeper")
    .description(
      "Keeps watch over AWS fleets: the CloudWatch alarms that tagged resources should have, planned and applied.",
    )
    .version(typeof WATCHKEEPER_VERSION === "string" ? WATCHKEEPER_VERSION : "0.0.0-source", "-V, --version")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.stdout.columns, 110),
      getErrHelpWidth: () => Math.min(io.stderr.columns, 110),
    })
    .showSuggestionAfterError(true)
    .showHelpAfterError(`  ${USAGE_REMEDY}`)
    .exitOverride();
  for (const register of COMMANDS) register({ ...around, program });
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Settings don't reach commands made by hand: copy them, at every depth. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
}
