import { parseArn } from "../../../model/arn.ts";
import { partitionOf } from "../../../model/partition.ts";
import { matchesAny } from "../../../support/glob.ts";
import { regionsOf } from "../../regions.ts";

/** One or several, as policies write them. */
type Some<T> = T | readonly T[];

interface Statement {
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, Some<string>>>;
  readonly Action?: Some<string>;
  readonly Resource?: Some<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Some<string>>>>>;
}

/**
 * Whether a queue's policy lets a topic send there. What AWS does without asking anybody: what isn't allowed is lost. A queue that has no
 * policy at all takes everything here, so that trying things out needs none. Conditions are read as far as they speak of the topic and
 * its account; others count as not met.
 */
export function mayReach(topicArn: string, queueArn: string, policy: string | undefined): boolean {
  if (policy === undefined || policy === "") return true;
  const { Statement = [] } = JSON.parse(policy) as { readonly Statement?: Some<Statement> };
  const concerned = some(Statement).filter((statement) => isAbout(statement, topicArn, queueArn));
  return (
    concerned.some(({ Effect }) => Effect === "Allow") && !concerned.some(({ Effect }) => Effect === "Deny")
  );
}

function isAbout(
  { Principal, Action = [], Resource = "*", Condition = {} }: Statement,
  topicArn: string,
  queueArn: string,
): boolean {
  const services = typeof Principal === "object" ? some(Principal["Service"] ?? []) : [];
  const everybody =
    Principal === "*" || (typeof Principal === "object" && some(Principal["AWS"] ?? []).includes("*"));
  const facts: Readonly<Record<string, string>> = {
    "aws:sourcearn": topicArn,
    "aws:sourceaccount": parseArn(topicArn)?.account ?? "",
  };
  return (
    (everybody || services.includes(nameOfSns(topicArn, queueArn))) &&
    some(Action).some((action) => /^(\*|sqs:(\*|sendmessage))$/i.test(action)) &&
    matchesAny(some(Resource), queueArn) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => {
        const fact = facts[key.toLowerCase()];
        if (fact === undefined) return false;
        if (/^(Arn(Equals|Like)|StringLike)$/.test(operator)) return matchesAny(some(values), fact);
        return operator === "StringEquals" && some(values).includes(fact);
      }),
    )
  );
}

/**
 * What SNS is called when it sends from one region to another: where one of them must be opted into, by that one's name. Source: SNS
 * developer guide, sns-cross-region-delivery.
 */
function nameOfSns(topicArn: string, queueArn: string): string {
  const [from = "", to = ""] = [topicArn, queueArn].map((arn) => parseArn(arn)?.region);
  const optIn = regionsOf(partitionOf(from)).filter((region) => region.optIn);
  const named = from === to ? undefined : optIn.find(({ name }) => name === from || name === to);
  return named === undefined ? "sns.amazonaws.com" : `sns.${named.name}.amazonaws.com`;
}

function some<T>(value: Some<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
