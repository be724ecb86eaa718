import type { AwsSession } from "../../aws/session.ts";

/** ARNs of all topics in the session's account and region. Rejects when a page fails. */
export async function readTopics(session: AwsSession): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { Topics = [] } of session.pages("sns", "ListTopics", {}))
    for (const { TopicArn } of Topics) if (TopicArn !== undefined) found.add(TopicArn);
  return found;
}

/** KMS keys of those of these topics that are encrypted: one call a topic, so name only topics that alarms use. */
export async function readTopicKeys(
  session: AwsSession,
  topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const TopicArn of topics) {
    const { Attributes } = await session.send("sns", "GetTopicAttributes", { TopicArn });
    const key = Attributes?.["KmsMasterKeyId"];
    if (key) keys.set(TopicArn, key);
  }
  return keys;
}
