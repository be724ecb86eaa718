import { doesIdentityRequireRefresh, isIdentityExpired, memoizeIdentityProvider } from "@smithy/core";
import type { AccountConfig } from "../model/configuration.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../support/errors.ts";
import type { AccountLink } from "./account-link.ts";
import { credentialsError } from "./errors.ts";
import type { AwsKeys, Credentials } from "./service-client.ts";

/** Variables of the environment, handed in: only the composition root reads the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The keys that the environment holds as such, if it does. */
export function keysOf(environment: Environment): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}

/**
 * Credentials of a profile, or, without one, whatever the SDK's own chain finds: environment, shared files, SSO, web
 * identity, container and instance roles. That chain is the SDK's and reads the process's environment and the shared
 * configuration files by itself; it only runs when no keys were handed in.
 */
export function foundCredentials(profile: string | undefined): Credentials {
  return shared(async () => {
    try {
      const { fromIni, fromNodeProviderChain } = await import("@aws-sdk/credential-providers");
      return await (profile === undefined ? fromNodeProviderChain() : fromIni({ profile }))();
    } catch (error) {
      throw credentialsError(error, profile);
    }
  });
}

/** Session keys of an account's role, got through another link and renewed five minutes before they expire. */
export function roleCredentials(base: AccountLink, region: string, account: AccountConfig): Credentials {
  const { roleArn = "", externalId, sessionName = "watchkeeper" } = account;
  return shared(async () => {
    try {
      const { Credentials: keys } = await base.send(region, "sts", "AssumeRole", {
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      });
      if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) {
        throw new WatchkeeperError("AssumeRoleFailed", `sts:AssumeRole gave no keys for ${roleArn}`, {
          source: "aws",
        });
      }
      return {
        accessKeyId: keys.AccessKeyId,
        secretAccessKey: keys.SecretAccessKey,
        sessionToken: keys.SessionToken,
        ...(keys.Expiration ? { expiration: keys.Expiration } : {}),
      };
    } catch (error) {
      if (
        !isWatchkeeperError(error) ||
        !["AccessDenied", "Throttling", "Network", "Timeout"].includes(error.code)
      )
        throw error;
      throw new WatchkeeperError("AssumeRoleFailed", `cannot assume ${roleArn}: ${messageOf(error)}`, {
        source: "aws",
        cause: error,
        remedy:
          error.code === "AccessDenied"
            ? `check the role's trust policy${externalId === undefined ? "" : " and the external id"}, and that sts:AssumeRole is allowed`
            : error.remedy,
      });
    }
  });
}

/** One answer for all clients: without this every client of every region would ask for itself. */
function shared(provider: () => Promise<AwsKeys>): Credentials {
  const memoized = memoizeIdentityProvider(provider, isIdentityExpired, doesIdentityRequireRefresh);
  return Object.assign(memoized as () => Promise<AwsKeys>, { memoized: true });
}
