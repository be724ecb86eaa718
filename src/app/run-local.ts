import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { DEFAULT_ACCOUNTS } from "../local/accounts.ts";
import { listen } from "../local/listen.ts";
import { applyScenario, cloudOptions } from "../local/scenario/apply.ts";
import { loadScenario, type Scenario } from "../local/scenario/scenario.ts";
import { createLocalCloud, type LocalCloud } from "../local/server.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { InvalidConfiguration } from "./read-configuration.ts";
import { CLOCK_URL_VARIABLE } from "./system-context.ts";

/** Region that clients are told to use when the scenario names none. */
const DEFAULT_REGION = "us-east-1";

export interface RunLocalOptions {
  /** Scenario file; without one the cloud starts empty. */
  readonly scenario?: string | undefined;
  readonly cwd: string;
  /** 0 or absent: any free port. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Told of handlers that failed by our own fault. */
  readonly log?: (message: string) => void;
}

/** A local cloud that answers on a port, and how clients reach it. */
export interface RunningLocal {
  readonly local: LocalCloud;
  readonly endpoint: string;
  /** Variables that point every AWS client, and Watchkeeper's clock, at it. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the local cloud, filled by a scenario, on loopback. */
export async function runLocal(options: RunLocalOptions): Promise<RunningLocal> {
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario, options.cwd);
  const local = createLocalCloud({
    ...(scenario ? cloudOptions(scenario) : {}),
    ...(options.log ? { log: options.log } : {}),
  });
  if (scenario) applyScenario(local.cloud, scenario);
  const listening = await listen(local, {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.host === undefined ? {} : { host: options.host }),
  });
  const [account] = scenario?.accounts ?? DEFAULT_ACCOUNTS;
  const region = scenario?.groups[0]?.region ?? DEFAULT_REGION;
  return {
    local,
    endpoint: listening.endpoint,
    variables: {
      AWS_ACCESS_KEY_ID: account?.accessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: account?.secretAccessKey ?? "",
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: listening.endpoint,
      [CLOCK_URL_VARIABLE]: `${listening.endpoint}/_local/clock`,
    },
    async close() {
      await listening.close();
      local.close();
    },
  };
}

function readScenario(file: string, cwd: string): Scenario {
  const path = resolve(cwd, file);
  if (!existsSync(path)) {
    throw new WatchkeeperError("no-scenario", `${file} can't be read: there is no such file`, {
      remedy: "examples/scenarios/ has some to begin with",
    });
  }
  const { scenario, diagnostics } = loadScenario(path);
  if (!scenario) throw new InvalidConfiguration(diagnostics);
  return scenario;
}
