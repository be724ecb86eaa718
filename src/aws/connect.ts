// AWS: the only folder that constructs SDK clients. `connect` makes sessions; features see `AwsSession` alone.
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AccountConfig } from "../model/configuration.ts";
import { partitionOf } from "../model/partition.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../support/errors.ts";
import { AccountLink, type PacedSession } from "./account-link.ts";
import { CallCounter } from "./call-counter.ts";
import { type Environment, foundCredentials, keysOf, roleCredentials } from "./credentials.ts";
import type { AwsKeys, ClientSettings, HttpHandler } from "./service-client.ts";

/** Milliseconds to connect, and for a whole request. */
const CONNECTION_TIMEOUT = 5_000;
const REQUEST_TIMEOUT = 30_000;
const MAX_SOCKETS = 64;

/** How to reach AWS. */
export interface ConnectOptions {
  /** Accounts to work in; none means the one whose credentials are found. */
  readonly accounts: readonly AccountConfig[];
  readonly context: Context;
  /** Variables of the environment: keys, `AWS_PROFILE`, region and `AWS_ENDPOINT_URL` are looked up here. */
  readonly environment: Environment;
  /** Our own version, told to AWS in the user agent. */
  readonly version: string;
  /** One URL for all services: the local cloud. */
  readonly endpoint?: string | undefined;
  /** Profile for the accounts that name none. */
  readonly profile?: string | undefined;
  /** Region to ask who we are in; the sessions begin there. An account that has regions without this one uses its first. */
  readonly region?: string | undefined;
  /** In place of the network: the local cloud in this process. */
  readonly requestHandler?: HttpHandler;
}

/** One configured account: reached, or why not. One that can't be reached doesn't hold up the others. */
export type AccountConnection =
  | { readonly config: AccountConfig; readonly session: PacedSession }
  | { readonly config: AccountConfig; readonly error: WatchkeeperError };

/** Sessions of all accounts, which share sockets and counts. */
export interface Connection {
  /** In the order of the configuration. */
  readonly accounts: readonly AccountConnection[];
  readonly calls: CallCounter;
  /** Closes idle sockets. */
  close(): void;
}

/**
 * Connects to every account: loads its credentials, assumes its role, and asks once who it is. When the keys are given and
 * the endpoint is loopback (or in this process), the shared AWS configuration files are not touched.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const endpoint = options.endpoint ?? options.environment["AWS_ENDPOINT_URL"];
  if (endpoint && !URL.canParse(endpoint))
    throw new WatchkeeperError("BadEndpoint", `the endpoint "${endpoint}" is no URL`, {
      remedy: "for example http://127.0.0.1:4566, given by --endpoint or AWS_ENDPOINT_URL",
    });
  const calls = new CallCounter();
  const requestHandler = options.requestHandler ?? networkHandler(options.context);
  const accounts = options.accounts.length > 0 ? options.accounts : [{}];
  const links = new Map<string, AccountLink>();
  const connected = await Promise.all(
    accounts.map(async (config): Promise<AccountConnection> => {
      try {
        const region = await regionFor(options, config);
        const link = linkTo(options, config, region, { calls, requestHandler, links });
        const account = await link.identify(region);
        return { config, session: link.session(account, config.name ?? account, region) };
      } catch (error) {
        if (isWatchkeeperError(error)) {
          if (error.code === "Aborted") throw error;
          return { config, error };
        }
        return {
          config,
          error: new WatchkeeperError("ConnectFailed", messageOf(error), {
            source: "internal",
            cause: error,
          }),
        };
      }
    }),
  );
  return { accounts: connected, calls, close: () => requestHandler.destroy?.() };
}

interface Shared {
  readonly calls: CallCounter;
  readonly requestHandler: HttpHandler;
  /** Links of base credentials, by profile, so that several roles share one. */
  readonly links: Map<string, AccountLink>;
}

function linkTo(options: ConnectOptions, config: AccountConfig, region: string, shared: Shared): AccountLink {
  const { context, environment, version } = options;
  const { calls, requestHandler, links } = shared;
  const endpoint = options.endpoint ?? environment["AWS_ENDPOINT_URL"];
  const profile = config.profile ?? options.profile;
  const keys = keysFor(options, config);
  const settings = {
    endpoint,
    profile: keys ? undefined : (profile ?? environment["AWS_PROFILE"]),
    requestHandler,
    version,
    isolated: isIsolated(options, config),
  } satisfies Omit<ClientSettings, "region" | "credentials">;

  const baseKey = profile ?? "";
  const baseName = profile === undefined ? "the default credentials" : `profile "${profile}"`;
  const base =
    links.get(baseKey) ??
    new AccountLink({
      label: config.roleArn === undefined ? (config.name ?? baseName) : baseName,
      settings: { ...settings, credentials: keys ?? foundCredentials(settings.profile) },
      context,
      calls,
    });
  links.set(baseKey, base);
  if (config.roleArn === undefined) return base;
  return new AccountLink({
    label: config.name ?? config.roleArn,
    settings: { ...settings, credentials: roleCredentials(base, region, config) },
    context,
    calls,
  });
}

/** The region to begin in. */
async function regionFor(options: ConnectOptions, config: AccountConfig): Promise<string> {
  const { environment } = options;
  const wanted = options.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  const [first] = config.regions ?? [];
  if (first !== undefined && (wanted === undefined || partitionOf(wanted) !== partitionOf(first)))
    return first;
  const profile = config.profile ?? options.profile ?? environment["AWS_PROFILE"];
  const region = wanted ?? (isIsolated(options, config) ? undefined : await profileRegion(profile));
  if (region !== undefined) return region;
  throw new WatchkeeperError("NoRegion", "no AWS region is given", {
    remedy: "name regions: in the configuration, use --region, or set AWS_REGION",
  });
}

/** The region that a profile of the shared configuration files names. */
async function profileRegion(profile: string | undefined): Promise<string | undefined> {
  const { Client } = await import("./clients/sts.ts");
  const client = new Client(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    // The SDK says with an error that there is none; the caller says what can be done.
    return undefined;
  }
}

/** Keys that were handed in, for an account that isn't reached by a profile. */
function keysFor(options: ConnectOptions, config: AccountConfig): AwsKeys | undefined {
  return (config.profile ?? options.profile) === undefined ? keysOf(options.environment) : undefined;
}

/** Whether the shared configuration files have no say: nothing is missing, and nothing leaves this machine. */
function isIsolated(options: ConnectOptions, config: AccountConfig): boolean {
  return keysFor(options, config) !== undefined && isLocal(options);
}

/** Whether requests stay on this machine. */
function isLocal({ endpoint, environment, requestHandler }: ConnectOptions): boolean {
  if (requestHandler !== undefined) return true;
  const url = endpoint ?? environment["AWS_ENDPOINT_URL"];
  if (url === undefined || !URL.canParse(url)) return false;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

function networkHandler(context: Context): HttpHandler {
  const { log } = context;
  const debug = (message: unknown): void => log.debug(String(message));
  return new NodeHttpHandler({
    connectionTimeout: CONNECTION_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    logger: { trace: debug, debug, info: debug, warn: debug, error: debug },
  });
}
