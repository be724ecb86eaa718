import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../src/local/accounts.ts";
import type { LocalCloud } from "../../src/local/server.ts";
import { REGION } from "./ec2-cloud.ts";

const FIRST = DEFAULT_ACCOUNTS[0] as LocalAccount;

/** What every client of the local cloud is made with: keys of an account, no socket, no retries. */
function options(local: LocalCloud, region: string, { accessKeyId, secretAccessKey }: LocalAccount) {
  return {
    region,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  };
}

export function iamClient(local: LocalCloud, region = REGION, account = FIRST): IAMClient {
  return new IAMClient(options(local, region, account));
}

export function ssmClient(local: LocalCloud, region = REGION, account = FIRST): SSMClient {
  return new SSMClient(options(local, region, account));
}

export function cloudwatchClient(local: LocalCloud, region = REGION, account = FIRST): CloudWatchClient {
  return new CloudWatchClient(options(local, region, account));
}
