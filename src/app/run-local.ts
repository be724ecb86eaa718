import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DEFAULT_ACCOUNTS } from "../local/accounts.ts";
import { VirtualClock } from "../local/clock.ts";
import { listen } from "../local/listen.ts";
import { applyScenario, parseScenario, type Scenario } from "../local/scenario.ts";
import { createLocalCloud, type LocalCloud } from "../local/server.ts";
import { messageOf, WatchkeeperError } from "../support/errors.ts";
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
    ...(scenario?.accounts ? { accounts: scenario.accounts } : {}),
    ...(scenario?.seed === undefined ? {} : { seed: scenario.seed }),
    ...(scenario?.start === undefined ? {} : { clock: new VirtualClock({ start: scenario.start }) }),
    ...(scenario?.faults ? { faults: scenario.faults } : {}),
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
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new WatchkeeperError("no-scenario", `${file} can't be read: ${messageOf(error)}`, {
      remedy: "examples/scenarios/ has some to begin with",
      cause: error,
    });
  }
  const { scenario, diagnostics } = parseScenario(text, file);
  if (!scenario) throw new InvalidConfiguration(diagnostics);
  return scenario;
}
