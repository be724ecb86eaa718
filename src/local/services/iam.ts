import type { LocalService } from "../service.ts";
import { accountDetails } from "./iam/account-details.ts";
import { instanceProfiles } from "./iam/instance-profiles.ts";
import { rolePolicies } from "./iam/role-policies.ts";
import { roles } from "./iam/roles.ts";

/**
 * IAM: roles, their policies, instance profiles. Global: one set an account. Policies decide what simulated machines may do; callers
 * of the local cloud may do everything, unless a fault denies it.
 */
export const iam: LocalService = {
  sdk: "@aws-sdk/client-iam",
  signingName: "iam",
  version: "2010-05-08",
  xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
  defaultProtocol: "awsQuery",
  handlers: { ...roles, ...rolePolicies, ...instanceProfiles, ...accountDetails },
};
