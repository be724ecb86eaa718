import { parseArn } from "../../model/arn.ts";
import { isOptIn, undeliverableBecause } from "../../model/sns-reach.ts";

/** Names our statement in a queue's policy. Others' statements stay as they are. */
const SID = "WatchkeeperTopics";

/** The longest policy that SQS takes, bytes. Source: SQS developer guide, quotas of policies. */
export const LONGEST_POLICY = 8192;

/** Why a topic can't send to a queue, wherever its policy may allow it; undefined when it can. */
export function unreachableBecause(topicArn: string, queueArn: string): string | undefined {
  return undeliverableBecause(parseArn(topicArn)?.region ?? "", parseArn(queueArn)?.region ?? "");
}

/**
 * Who speaks for SNS: one name in every partition, also in China (SQS refuses `sns.amazonaws.com.cn`), and a region's own name where a
 * message crosses the border of a region that must be opted into.
 */
function principalOf(topicArn: string, queueRegion: string): string {
  const region = parseArn(topicArn)?.region ?? "";
  const optIn = region === queueRegion ? undefined : [region, queueRegion].find(isOptIn);
  return optIn === undefined ? "sns.amazonaws.com" : `sns.${optIn}.amazonaws.com`;
}

interface Statement {
  readonly Sid?: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Topics that our statement lets send, in alphabetical order. A policy that can't be read lets nobody. */
export function sendersIn(policy: string | undefined): readonly string[] {
  const own = statementsIn(policy).find(({ Sid }) => Sid === SID);
  const senders = own?.Condition?.["ArnEquals"]?.["aws:SourceArn"];
  return (Array.isArray(senders) ? senders : senders === undefined ? [] : [senders]).map(String).sort();
}

/** A queue's policy with our statement for just these topics; undefined when nothing is left in it. */
export function policyWith(
  policy: string | undefined,
  queueArn: string,
  senders: readonly string[],
): string | undefined {
  const others = statementsIn(policy).filter(({ Sid }) => Sid !== SID);
  const region = parseArn(queueArn)?.region ?? "";
  const principals = [...new Set(senders.map((topic) => principalOf(topic, region)))].sort();
  const own = {
    Sid: SID,
    Effect: "Allow",
    Principal: { Service: principals },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...senders].sort() } },
  };
  const Statement = [...others, ...(senders.length > 0 ? [own] : [])];
  if (Statement.length === 0) return undefined;
  const whole = policy === undefined ? {} : (JSON.parse(policy) as object);
  return JSON.stringify({ Version: "2012-10-17", ...whole, Statement });
}

function statementsIn(policy: string | undefined): readonly Statement[] {
  if (policy === undefined || policy === "") return [];
  const { Statement } = JSON.parse(policy) as { readonly Statement?: Statement | readonly Statement[] };
  return Statement === undefined ? [] : Array.isArray(Statement) ? Statement : [Statement as Statement];
}
