import type { PacedSession } from "../aws/account-link.ts";
import { type AccountConnection, type Connection, connect } from "../aws/connect.ts";
import { parseArn } from "../model/arn.ts";
import type { AccountConfig, Configuration } from "../model/configuration.ts";
import { partitionOf } from "../model/partition.ts";
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
  /** `regions` may name others than the configuration does: those that were taken out of it. */
  readonly formerRegions?: boolean | undefined;
  /** Only these of the configuration's accounts, by name, id or profile. */
  readonly accounts?: readonly string[] | undefined;
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
  /** One place for each account that was reached, also where none of its regions is meant. */
  readonly reached: readonly Place[];
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
 * Connects to the configuration's accounts. Refuses accounts that `expectAccounts` doesn't name, two entries that lead to one
 * account, and regions and accounts to narrow down to that aren't there. Throws the first account's error when none could be reached.
 */
export async function openConnection(
  configuration: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  reach: Reach,
  context: Context,
): Promise<OpenConnection> {
  expectKnownRegions(configuration, reach);
  const connection = await connect({
    accounts: configuration.accounts,
    context,
    environment: reach.env,
    version: packageVersion(),
    endpoint: reach.endpoint,
    profile: reach.profile,
    region: reach.regions?.[0] ?? configuration.regions[0],
    ...(reach.requestHandler ? { requestHandler: reach.requestHandler } : {}),
  });
  const reached = connection.accounts.filter((account) => "session" in account);
  const unreachable = connection.accounts.filter((account) => "error" in account);
  const [first] = unreachable;
  if (reached.length === 0 && first) throw first.error;
  expectOnly(configuration.expectAccounts, reached);
  const isMeant = accountsMeant(connection.accounts, reach.accounts);
  const places = reached.filter(isMeant).flatMap(({ session, config }) =>
    regionsIn(session, config, configuration, reach).map((region) => ({
      session: session.inRegion(region),
      config,
    })),
  );
  const missed = unreachable.filter(isMeant);
  if (places.length + missed.length === 0) {
    const { regions = [] } = reach;
    throw new WatchkeeperError("unknown-region", `no account that is meant has region ${regions.join(" ")}`);
  }
  return { places, reached, unreachable: missed, connection };
}

type Reached = Extract<AccountConnection, { readonly session: unknown }>;

/** Every region that a configuration names, for one of its accounts or for all. */
export function regionsNamed({ accounts, regions }: Pick<Configuration, "accounts" | "regions">): string[] {
  return [...new Set([...regions, ...accounts.flatMap((account) => account.regions ?? [])])];
}

function expectKnownRegions(
  configuration: Pick<Configuration, "accounts" | "regions">,
  { regions: only = [], formerRegions = false }: Reach,
): void {
  const known = regionsNamed(configuration);
  const unknown = only.filter((region) => !known.includes(region));
  if (known.length === 0 || unknown.length === 0 || formerRegions) return;
  throw new WatchkeeperError(
    "unknown-region",
    `--region ${unknown.join(" ")} is not among the configuration's regions: ${known.join(", ")}`,
    {
      remedy: `add it to regions:; or, to remove what was made there before, watchkeeper destroy --region ${unknown.join(" ")}`,
    },
  );
}

/** The regions to work in of one account. */
function regionsIn(
  session: PacedSession,
  config: AccountConfig,
  configuration: Pick<Configuration, "accounts" | "regions">,
  { regions: only = [], formerRegions = false, accounts = [] }: Reach,
): readonly string[] {
  const own = config.regions ?? configuration.regions;
  if (only.length === 0) return own.length > 0 ? own : [session.region];
  if (own.length === 0) return only;
  const known = regionsNamed(configuration);
  // A region that is only another account's is meant here when this account was asked for by name.
  const isFormer = (region: string): boolean =>
    formerRegions &&
    partitionOf(region) === session.partition &&
    (accounts.length > 0 || !known.includes(region));
  return only.filter((region) => own.includes(region) || isFormer(region));
}

/** Whether an account is one of those asked for. Fails with `unknown-account` when one of these isn't there. */
function accountsMeant(
  accounts: readonly AccountConnection[],
  only: readonly string[] = [],
): (account: AccountConnection) => boolean {
  const idsOf = (account: AccountConnection): readonly string[] => {
    const { name, profile, roleArn } = account.config;
    const id = "session" in account ? account.session.account : parseArn(roleArn ?? "")?.account;
    return [name, id, profile].filter((each) => each !== undefined);
  };
  const unknown = only.find((each) => !accounts.some((account) => idsOf(account).includes(each)));
  if (unknown !== undefined) {
    const known = accounts.map((account) => idsOf(account)[0] ?? "default").join(", ");
    throw new WatchkeeperError(
      "unknown-account",
      `--account ${unknown} is not among the accounts: ${known}`,
      {
        remedy:
          "name one of these; one that was taken out of accounts: must be there until what was made in it is gone",
      },
    );
  }
  return (account) => only.length === 0 || idsOf(account).some((id) => only.includes(id));
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
