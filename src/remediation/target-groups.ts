import type { AwsSession } from "../aws/session.ts";

/** Names of target groups by what is registered in them: instance ids, and private addresses. */
export type TargetGroups = ReadonlyMap<string, readonly string[]>;

/** How long what was read is good for, ms: who is behind which load balancer seldom changes. */
const GOOD_FOR = 5 * 60_000;

/** Reads who is in which target group of a VPC: a call for every page of groups, and one for every group. Throws AWS's errors. */
export async function readTargetGroups(session: AwsSession, vpc: string | undefined): Promise<TargetGroups> {
  const groups: { arn: string; name: string }[] = [];
  for await (const { TargetGroups = [] } of session.pages("elbv2", "DescribeTargetGroups", {}))
    for (const { TargetGroupArn = "", TargetGroupName = "", TargetType, VpcId } of TargetGroups)
      if (TargetType !== "lambda" && TargetType !== "alb" && (vpc === undefined || VpcId === vpc))
        groups.push({ arn: TargetGroupArn, name: TargetGroupName });
  const members = new Map<string, string[]>();
  await Promise.all(
    groups.map(async ({ arn, name }) => {
      const { TargetHealthDescriptions = [] } = await session.send("elbv2", "DescribeTargetHealth", {
        TargetGroupArn: arn,
      });
      // One instance may be registered at several ports.
      for (const id of new Set(TargetHealthDescriptions.flatMap(({ Target }) => Target?.Id ?? [])))
        members.set(id, [...(members.get(id) ?? []), name]);
    }),
  );
  return members;
}

/** What was read of target groups, kept for some minutes: while many alarms go off, each of them asks. */
export class TargetGroupCache {
  readonly #read = new Map<string, { readonly at: number; readonly groups: Promise<TargetGroups> }>();

  /** Who is in which target group of a VPC; `now` in ms. */
  get(session: AwsSession, vpc: string | undefined, now: number): Promise<TargetGroups> {
    const key = `${session.account}/${session.region}/${vpc ?? ""}`;
    const kept = this.#read.get(key);
    if (kept && now - kept.at < GOOD_FOR && now >= kept.at) return kept.groups;
    const groups = readTargetGroups(session, vpc);
    this.#read.set(key, { at: now, groups });
    // What failed is read again by whoever asks next.
    groups.catch(() => this.#read.delete(key));
    return groups;
  }
}
