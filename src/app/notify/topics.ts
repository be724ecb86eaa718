import { parseArn } from "../../model/arn.ts";
import type { Configuration } from "../../model/configuration.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import type { AwsAccess } from "./aws-access.ts";

/** Tells the topics that a configuration listens to from all others. */
export type IsConfigured = (topicArn: string) => boolean;

/** Checks what `--topic` names. Fails with `usage`. */
export function checkTopics(topics: readonly string[]): void {
  for (const topic of topics)
    if (parseArn(topic)?.service !== "sns")
      throw new WatchkeeperError("usage", `--topic ${topic} is no ARN of a topic`, {
        remedy: "write arn:aws:sns:REGION:ACCOUNT:NAME; topics of the configuration are taken anyhow",
      });
}

/**
 * Topics of the configuration, and others named by ARN. One that the configuration knows by name only counts in the configuration's
 * own accounts: anybody can make a topic of that name elsewhere. Which these are is asked of AWS where the configuration doesn't say.
 */
export async function configuredTopics(
  configuration: Configuration,
  more: readonly string[],
  aws: AwsAccess,
): Promise<IsConfigured> {
  checkTopics(more);
  const arns = new Set(more);
  const names = new Set<string>();
  for (const topic of Object.values(configuration.topics)) {
    if ("arn" in topic) arns.add(topic.arn);
    else names.add(topic.name);
  }
  const accounts = names.size === 0 ? new Set<string>() : await accountsOf(configuration, aws);
  return (topicArn) => {
    const arn = parseArn(topicArn);
    return (
      arns.has(topicArn) || (arn?.service === "sns" && names.has(arn.resource) && accounts.has(arn.account))
    );
  };
}

async function accountsOf(configuration: Configuration, aws: AwsAccess): Promise<ReadonlySet<string>> {
  if (configuration.expectAccounts.length > 0) return new Set(configuration.expectAccounts);
  const roles = configuration.accounts.map(({ roleArn }) => parseArn(roleArn ?? "")?.account);
  const known = roles.filter((account) => account !== undefined);
  if (known.length > 0 && known.length === roles.length) return new Set(known);
  const { places } = await aws.open();
  return new Set(places.map(({ session }) => session.account));
}
