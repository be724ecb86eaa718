import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
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

export function autoScalingClient(local: LocalCloud, region = REGION, account = FIRST): AutoScalingClient {
  return new AutoScalingClient(options(local, region, account));
}

export function elbv2Client(
  local: LocalCloud,
  region = REGION,
  account = FIRST,
): ElasticLoadBalancingV2Client {
  return new ElasticLoadBalancingV2Client(options(local, region, account));
}

export function codeDeployClient(local: LocalCloud, region = REGION, account = FIRST): CodeDeployClient {
  return new CodeDeployClient(options(local, region, account));
}
