import {
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from "@aws-sdk/client-ec2";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../src/local/accounts.ts";
import { VirtualClock } from "../../src/local/clock.ts";
import { provideProfile } from "../../src/local/scenario/guests.ts";
import { createLocalCloud, type LocalCloud } from "../../src/local/server.ts";

export const START = new Date("2026-11-20T10:00:00Z");
export const ACCOUNT = "111122223333";
export const REGION = "eu-central-1";
export const IMAGE = "ami-0123456789abcdef0";

/** A local cloud whose clock stands still until it is moved. */
export function stillCloud(accounts: readonly LocalAccount[] = DEFAULT_ACCOUNTS): LocalCloud {
  return createLocalCloud({ accounts, clock: new VirtualClock({ start: START, host: () => 0 }) });
}

/** An SDK client of an account's region, without a socket. */
export function ec2Client(
  local: LocalCloud,
  region = REGION,
  account = DEFAULT_ACCOUNTS[0] as LocalAccount,
): EC2Client {
  const { accessKeyId, secretAccessKey } = account;
  return new EC2Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  });
}

/** Launches instances: one t3.micro, where nothing else is said. */
export async function runInstances(
  ec2: EC2Client,
  change: Partial<RunInstancesCommandInput> = {},
): Promise<readonly Instance[]> {
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      ...change,
    }),
  );
  return Instances;
}

/** A profile with a role of the same name and AWS's policies of these names, there for long. */
export function seedProfile(
  local: LocalCloud,
  name: string,
  policies: readonly string[] = ["AmazonSSMManagedInstanceCore"],
  account = ACCOUNT,
): void {
  const spec = { role: name, name, policies, inline: {}, tags: {} };
  provideProfile(local.cloud, account, spec, (text) => text);
}

/** Code and message of what a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => new Error("it was not refused"),
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
