import type { Partition } from "./partition.ts";

/** The parts of an Amazon Resource Name. `region` and `account` are empty for global resources. */
export interface Arn {
  readonly partition: Partition | (string & {});
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** Everything behind the fifth colon, for example `alarm:cpu-high` or `role/ci`. */
  readonly resource: string;
}

/** Splits an ARN, or answers undefined when the text is none. */
export function parseArn(text: string): Arn | undefined {
  const parts = text.split(":");
  if (parts.length < 6 || parts[0] !== "arn") return undefined;
  const [, partition, service, region, account, ...rest] = parts;
  if (!partition || !service) return undefined;
  return { partition, service, region: region ?? "", account: account ?? "", resource: rest.join(":") };
}

/** The text of an ARN. */
export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}
