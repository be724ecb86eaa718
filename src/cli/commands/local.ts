import type { CommandHost } from "../command.ts";
import { type CommonOptions, wholeNumber, withCommon } from "../options.ts";
import { writeJson } from "../views/json.ts";

interface LocalOptions extends CommonOptions {
  readonly port?: number;
  readonly host: string;
  readonly scenario?: string;
}

/** `watchkeeper local`: the AWS-compatible local cloud, until it is stopped. */
export function registerLocal({ program, io }: CommandHost): void {
  const command = program
    .command("local")
    .description("run an AWS-compatible cloud on this machine, with a virtual clock, scenarios and faults")
    .option("--port <port>", "port to listen on; default: any free one", wholeNumber)
    .option(
      "--host <host>",
      "address to listen on; anything but loopback lets others in, with public keys",
      "127.0.0.1",
    )
    .option("--scenario <file>", "fill it from a scenario, for example examples/scenarios/fleet.yaml");
  withCommon(command).action(async (options: LocalOptions) => {
    const { runLocal } = await import("../../app/run-local.ts");
    const running = await runLocal({
      scenario: options.scenario,
      cwd: io.cwd,
      port: options.port,
      host: options.host,
      log: (message) => void io.stderr.write(`${message}\n`),
    });
    if (options.json)
      await writeJson(io.stdout, { version: 1, endpoint: running.endpoint, variables: running.variables });
    else {
      const exports = Object.entries(running.variables).map(([name, value]) => `export ${name}=${value}\n`);
      await io.stdout.write(
        `ready ${running.endpoint}\n${exports.join("")}unset AWS_SESSION_TOKEN AWS_PROFILE\n`,
      );
    }
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      else io.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await running.close();
  });
}
