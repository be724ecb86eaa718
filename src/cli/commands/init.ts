import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { WatchkeeperError } from "../../support/errors.ts";
import type { CommandHost } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { writeJson } from "../views/json.ts";

interface InitOptions extends CommonOptions {
  readonly config: string;
  readonly name?: string;
  readonly region?: string;
}

/** `watchkeeper init`: a commented configuration that works, never over an existing file. */
export function registerInit({ program, io }: CommandHost): void {
  const command = program
    .command("init")
    .description("write a commented watchkeeper.yaml to begin with")
    .option("-c, --config <file>", "file to write", "watchkeeper.yaml")
    .option("--name <name>", "the configuration's name; default: the folder's")
    .option("--region <region>", "region to watch; default: AWS_REGION, else us-east-1");
  withCommon(command).action(async (options: InitOptions) => {
    const { configurationTemplate } = await import("../../config/template.ts");
    const name = options.name ?? nameFrom(basename(io.cwd));
    const region = options.region ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
    const path = resolve(io.cwd, options.config);
    const text = configurationTemplate({ name, region });
    const { configurationProblems } = await import("../../app/read-configuration.ts");
    const [problem] = configurationProblems(text, options.config);
    if (problem)
      throw new WatchkeeperError("bad-value", `nothing was written: ${problem.message}`, {
        remedy: "--name and --region give others",
      });
    try {
      const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        throw new WatchkeeperError("file-exists", `${options.config} exists already and is left as it is`, {
          remedy: "--config names another file",
        });
      }
      throw new WatchkeeperError(
        "write-failed",
        `${options.config} can't be written: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    if (options.json) await writeJson(io.stdout, { version: 1, file: options.config });
    else
      await io.stdout.write(`${options.config} written. Next: watchkeeper validate, then watchkeeper plan\n`);
  });
}

/** A valid configuration name from a folder's. */
function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, 64);
  return name === "" ? "my-team" : name;
}
