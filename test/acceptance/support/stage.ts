import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { SNSClient } from "@aws-sdk/client-sns";
import { runLocal } from "../../../src/app/run-local.ts";
import type { Io, Output } from "../../../src/cli/io.ts";
import { run as runInProcess } from "../../../src/cli/run.ts";
import { DEFAULT_ACCOUNTS } from "../../../src/local/accounts.ts";
import type { FaultSettings } from "../../../src/local/fault-settings.ts";
import type { LocalCloud } from "../../../src/local/server.ts";
import { type Finished, run, type StartOptions, start } from "./child-process.ts";

/** The program as it is shipped. */
export const PROGRAM = resolve(import.meta.dirname, "../../../dist/main.js");

/** Quotas of an account that had them raised, so that no test waits for three calls a second. */
const RAISED = { rate: 100, burst: 100 };
const QUOTAS: NonNullable<FaultSettings["quotas"]> = {
  "cloudwatch:PutMetricAlarm": RAISED,
  "cloudwatch:PutCompositeAlarm": RAISED,
  "cloudwatch:DescribeAlarms": RAISED,
};

/** How a command is run. */
export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What is typed; with it the command believes that it has a terminal to ask on. In-process only. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
  /** Told what is written to standard output, as it is. In-process only. */
  readonly onOutput?: (text: string) => void;
}

/** A person's own clients, for what happens behind Watchkeeper's back. */
export interface Person {
  readonly cloudwatch: CloudWatchClient;
  readonly ec2: EC2Client;
  readonly sns: SNSClient;
}

/** A local cloud behind a port, and a folder with a configuration in which commands run. */
export interface Stage {
  readonly local: LocalCloud;
  readonly endpoint: string;
  readonly folder: string;
  /** What `watchkeeper local` prints: the only environment that commands see. */
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a file into the folder. */
  write(name: string, text: string): void;
  /** Runs the shipped program as a process of its own. */
  watchkeeper(...args: readonly string[]): Promise<Finished>;
  /** The same with other variables. */
  watchkeeperWith(environment: Readonly<Record<string, string>>, args: readonly string[]): Promise<Finished>;
  /** Starts it and answers at once. */
  begin(args: readonly string[], options?: StartOptions): ReturnType<typeof start>;
  /** Runs the same command line in this process, over the same socket: quicker where the process isn't what is tested. */
  quick(args: readonly string[], options?: CommandOptions): Promise<Finished>;
  /** `quick`, for commands that answer JSON. Rejects when the exit code isn't the expected one. */
  json(args: readonly string[], expected?: number): Promise<Record<string, unknown>>;
  /** Replaces all faults but the raised quotas, over HTTP. */
  faults(settings: FaultSettings): Promise<void>;
  /** Moves the clock, over HTTP. */
  advance(duration: string): Promise<void>;
  person(region: string, account?: number): Person;
  close(): Promise<void>;
}

/** Starts one from a scenario's text. */
export async function openStage(scenario: string, configuration: string): Promise<Stage> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build makes it`);
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-stage-"));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write("scenario.yaml", scenario);
  write("watchkeeper.yaml", configuration);
  const failures: string[] = [];
  const { local, endpoint, variables, close } = await runLocal({
    scenario: "scenario.yaml",
    cwd: folder,
    port: 0,
    log: (message) => failures.push(message),
  });
  const environment = { ...variables, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  const control = async (method: string, path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${endpoint}/_local/${path}`, { method, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const faults = (settings: FaultSettings): Promise<void> =>
    control("PUT", "faults", { ...settings, quotas: { ...QUOTAS, ...settings.quotas } });
  await faults({});
  const quick = (args: readonly string[], options: CommandOptions = {}): Promise<Finished> =>
    inThisProcess(args, folder, { HOME: folder, ...environment, ...options.environment }, options);
  return {
    local,
    endpoint,
    folder,
    environment,
    write,
    watchkeeper: (...args) =>
      run(process.execPath, [PROGRAM, ...args], { environment, cwd: folder, timeoutMs: 60_000 }),
    watchkeeperWith: (more, args) =>
      run(process.execPath, [PROGRAM, ...args], { environment: { ...environment, ...more }, cwd: folder }),
    begin: (args, options = {}) =>
      start(process.execPath, [PROGRAM, ...args], {
        cwd: folder,
        ...options,
        environment: { ...environment, ...options.environment },
      }),
    quick,
    async json(args, expected = 0) {
      const { code, stdout, stderr } = await quick([...args, "--json"]);
      if (code !== expected) throw new Error(`${args.join(" ")}: exit code ${code}: ${stderr}${stdout}`);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    faults,
    advance: (duration) => control("POST", "clock", { advance: duration }),
    person: (region, account = 0) => personIn(endpoint, region, local.accounts.all[account]),
    async close() {
      await close();
      rmSync(folder, { recursive: true, force: true });
      if (failures.length > 0)
        throw new Error(`the local cloud failed by its own fault: ${failures.join("\n")}`);
    },
  };
}

function personIn(endpoint: string, region: string, account = DEFAULT_ACCOUNTS[0]): Person {
  if (!account) throw new Error("there is no such account");
  const { accessKeyId, secretAccessKey } = account;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
  return {
    cloudwatch: new CloudWatchClient(options),
    ec2: new EC2Client(options),
    sns: new SNSClient(options),
  };
}

async function inThisProcess(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  { typed, onOutput, signal = new AbortController().signal }: CommandOptions,
): Promise<Finished> {
  const written = { stdout: "", stderr: "" };
  const output = (stream: keyof typeof written): Output => ({
    isTerminal: false,
    columns: 100,
    write: async (text) => {
      written[stream] += text;
      if (stream === "stdout") onOutput?.(text);
    },
  });
  const io: Io = {
    env,
    cwd,
    stdout: output("stdout"),
    stderr: output("stderr"),
    signal,
    interactive: typed !== undefined,
    ask: async (question) => {
      written.stderr += question;
      return typed ?? "";
    },
  };
  const code = await runInProcess(args, io);
  return { code, ...written };
}
