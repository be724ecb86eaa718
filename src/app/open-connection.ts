import type { PacedSession } from "../aws/account-link.ts";
import { type AccountConnection, type Connection, connect } from "../aws/connect.ts";
import type { AccountConfig, Configuration } from "../model/configuration.ts";
import type { Scope } from "../model/scope.ts";
import type { Context } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { packageVersion } from "./package-files.ts";

/** What the command line says about reaching AWS. */
export interface Reach {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly endpoint?: string | undefined;
  readonly profile?: string | undefined;
  /** Only these of the configuration's regions. */
  readonly regions?: readonly string[] | undefined;
  /** In place of the network: a local cloud in this process. */
  readonly requestHandler?: Parameters<typeof connect>[0]["requestHandler"];
}

/** One account and region to work in. */
export interface Place {
  readonly session: PacedSession;
  readonly config: AccountConfig;
}

/** Every account and region that a configuration names, reached; and the accounts that could not be. */
export interface OpenConnection {
  readonly places: readonly Place[];
  readonly unreachable: readonly { readonly config: AccountConfig; readonly error: WatchkeeperError }[];
  readonly connection: Connection;
}

/** An account that could not be reached, as a scope of which nothing was seen. It goes by its name in the configuration. */
export function unreachableScope(
  { config, error }: OpenConnection["unreachable"][number],
  type: string,
): Scope & { readonly error: NonNullable<Scope["error"]> } {
  const { code, message } = error;
  const { name, roleArn, profile } = config;
  const account = name ?? roleArn ?? profile ?? "default";
  return { account, region: "*", type, complete: false, error: { code, message } };
}

/**
 * Connects to the configuration's accounts. Refuses accounts that `expectAccounts` doesn't name, and two entries that lead
 * to one account. Throws the first account's error when none could be reached.
 */
export async function openConnection(
  configuration: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  reach: Reach,
  context: Context,
): Promise<OpenConnection> {
  const wanted = regionsWanted(configuration.regions, reach.regions);
  const connection = await connect({
    accounts: configuration.accounts,
    context,
    environment: reach.env,
    version: packageVersion(),
    endpoint: reach.endpoint,
    profile: reach.profile,
    region: wanted[0],
    ...(reach.requestHandler ? { requestHandler: reach.requestHandler } : {}),
  });
  const reached = connection.accounts.filter((account) => "session" in account);
  const unreachable = connection.accounts.filter((account) => "error" in account);
  const [first] = unreachable;
  if (reached.length === 0 && first) throw first.error;
  expectOnly(configuration.expectAccounts, reached);
  return {
    places: reached.flatMap((account) => placesOf(account, wanted, reach.regions)),
    unreachable,
    connection,
  };
}

type Reached = Extract<AccountConnection, { readonly session: unknown }>;

function placesOf(
  { session, config }: Reached,
  wanted: readonly string[],
  only: readonly string[] | undefined,
): Place[] {
  const own = config.regions ? regionsWanted(config.regions, only) : wanted;
  const regions = own.length > 0 ? own : [session.region];
  return regions.map((region) => ({ session: session.inRegion(region), config }));
}

function regionsWanted(
  configured: readonly string[],
  only: readonly string[] | undefined,
): readonly string[] {
  if (only === undefined || only.length === 0) return configured;
  if (configured.length === 0) return only;
  const unknown = only.filter((region) => !configured.includes(region));
  if (unknown.length > 0) {
    throw new WatchkeeperError(
      "unknown-region",
      `--region ${unknown.join(" ")} is not among the configuration's regions: ${configured.join(", ")}`,
    );
  }
  return only;
}

function expectOnly(expected: readonly string[], reached: readonly Reached[]): void {
  const seen = new Set<string>();
  for (const { session } of reached) {
    if (expected.length > 0 && !expected.includes(session.account)) {
      throw new WatchkeeperError(
        "unexpected-account",
        `these credentials are for account ${session.account}, and expectAccounts allows ${expected.join(", ")} only`,
        { remedy: "use another profile, or add the account to expectAccounts" },
      );
    }
    if (seen.has(session.account)) {
      throw new WatchkeeperError(
        "account-twice",
        `two entries of accounts: lead to account ${session.account}`,
        {
          remedy: "give each account once, with all of its regions",
        },
      );
    }
    seen.add(session.account);
  }
}
