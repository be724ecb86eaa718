import { type Command, InvalidArgumentError, Option } from "commander";

/** Options that commands reaching AWS share, as commander hands them over. */
export interface AwsOptions {
  readonly config: string;
  readonly endpoint?: string;
  readonly profile?: string;
  readonly region?: readonly string[];
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Adds `--json` and `--debug`. */
export function withCommon(command: Command): Command {
  return command
    .option("--json", "answer in JSON (see docs/json.md)")
    .addOption(new Option("--debug", "tell every AWS call and show stack traces").default(false));
}

/** Adds the options of commands that read a configuration and reach AWS. `regions` says what naming some of them means. */
export function withAws(command: Command, regions = "only these of the configuration's regions"): Command {
  return withCommon(command)
    .option("-c, --config <file>", "configuration to read", "watchkeeper.yaml")
    .option("--endpoint <url>", "send every AWS call there, for example to `watchkeeper local`")
    .option("--profile <name>", "profile of the AWS configuration to use")
    .option("--region <region...>", regions);
}

/** Reads a whole number of at least 0. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("Give a whole number, 0 or more.");
  return number;
}

/** Reads days of alarm history, a whole number: CloudWatch keeps 30. */
export function daysOfHistory(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 30)
    throw new InvalidArgumentError("Give a whole number from 1 to 30: CloudWatch keeps no more.");
  return days;
}
