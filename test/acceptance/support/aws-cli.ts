import { type Finished, probe, run } from "./child-process.ts";

/** What the machine's AWS CLI says it is (`aws-cli/2.9.19 ...`); undefined where there is none. */
export function awsCliVersion(): string | undefined {
  const { code, stdout, stderr } = probe("aws", ["--version"]);
  return code === 0 ? /aws-cli\/\S+/.exec(stdout + stderr)?.[0] : undefined;
}

/** A way to call the AWS CLI as one user in one place. */
export interface AwsCli {
  /** What a command answers: parsed JSON, or undefined when it prints nothing. Rejects when the command fails. */
  (...args: readonly string[]): Promise<unknown>;
  /** Runs a command that is expected to fail; answers what it complains. */
  refused(...args: readonly string[]): Promise<string>;
  /** The same with other variables. */
  with(environment: Readonly<Record<string, string>>): AwsCli;
}

/** The AWS CLI at an endpoint, in a region, with keys, all given by variables and options alone. */
export function awsCli(endpoint: string, environment: Readonly<Record<string, string>>): AwsCli {
  // The option works in every version; the variable AWS_ENDPOINT_URL is newer than some distributions' CLI.
  const finish = (args: readonly string[]): Promise<Finished> =>
    run("aws", ["--endpoint-url", endpoint, "--output", "json", ...args], { environment });
  const call = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await finish(args);
    if (code !== 0) throw new Error(`aws ${args.join(" ")}: exit code ${code}: ${stderr}`);
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  };
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await finish(args);
    if (code === 0) throw new Error(`aws ${args.join(" ")} was not refused: ${stdout}`);
    return stderr.trim();
  };
  return Object.assign(call, {
    refused,
    with: (more: Readonly<Record<string, string>>) => awsCli(endpoint, { ...environment, ...more }),
  });
}
