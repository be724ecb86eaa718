import type { AwsSession } from "../../aws/session.ts";
import { formatArn } from "../../model/arn.ts";
import { messageOf } from "../../support/errors.ts";
import type { AlarmIdentity } from "../spec/identity.ts";
import { identityInTags, madeBy } from "../spec/tags.ts";

/** Whose an alarm is by its tags. `unknown`: they couldn't be read, and why. */
type TagOwner =
  | { readonly owner: "us"; readonly identity: AlarmIdentity | undefined }
  | { readonly owner: "others" }
  | { readonly owner: "unknown"; readonly why: string };

/** Reads the tags of these alarms, one call each: only for the few whose mark doesn't say enough. */
export async function readOwners(
  session: AwsSession,
  configuration: string,
  names: readonly string[],
): Promise<TagOwner[]> {
  return Promise.all(
    names.map(async (name): Promise<TagOwner> => {
      try {
        const { Tags = [] } = await session.send("cloudwatch", "ListTagsForResource", {
          ResourceARN: alarmArn(session, name),
        });
        return madeBy(configuration, Tags)
          ? { owner: "us", identity: identityInTags(Tags) }
          : { owner: "others" };
      } catch (error) {
        return { owner: "unknown", why: messageOf(error) };
      }
    }),
  );
}

/** ARN of an alarm in the session's account and region. */
export function alarmArn({ partition, region, account }: AwsSession, name: string): string {
  return formatArn({ partition, service: "cloudwatch", region, account, resource: `alarm:${name}` });
}
