import type { Partition } from "../model/partition.ts";

/** The services we call, each with just the commands we use. Imported on first use. */
export interface ServiceModules {
  readonly autoscaling: typeof import("./clients/autoscaling.ts");
  readonly cloudwatch: typeof import("./clients/cloudwatch.ts");
  readonly codedeploy: typeof import("./clients/codedeploy.ts");
  readonly ec2: typeof import("./clients/ec2.ts");
  readonly elbv2: typeof import("./clients/elbv2.ts");
  readonly iam: typeof import("./clients/iam.ts");
  readonly sns: typeof import("./clients/sns.ts");
  readonly sesv2: typeof import("./clients/sesv2.ts");
  readonly sqs: typeof import("./clients/sqs.ts");
  readonly ssm: typeof import("./clients/ssm.ts");
  readonly secretsmanager: typeof import("./clients/secretsmanager.ts");
  readonly kms: typeof import("./clients/kms.ts");
  readonly sts: typeof import("./clients/sts.ts");
  readonly route53: typeof import("./clients/route53.ts");
  readonly "service-quotas": typeof import("./clients/service-quotas.ts");
}

export type ServiceName = keyof ServiceModules;

/** Names of the operations a service module exports commands for. */
export type OperationName<S extends ServiceName> = string &
  (keyof ServiceModules[S] extends infer K ? (K extends `${infer Name}Command` ? Name : never) : never);

type CommandInstance<S extends ServiceName, O extends OperationName<S>> = ServiceModules[S][`${O}Command` &
  keyof ServiceModules[S]] extends abstract new (
  ...args: never[]
) => infer Instance
  ? Instance
  : never;

/** The SDK's input type of an operation. */
export type InputOf<S extends ServiceName, O extends OperationName<S>> =
  CommandInstance<S, O> extends { readonly input: infer Input } ? Input : never;

/** The SDK's output type of an operation, without its metadata. */
export type OutputOf<S extends ServiceName, O extends OperationName<S>> =
  CommandInstance<S, O> extends {
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }>;
  }
    ? Omit<Output, "$metadata">
    : never;

/** A published or measured quota: sustained calls a second, and how many at once. */
export interface Quota {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/**
 * One account in one region: the only way features reach AWS.
 * Every call is paced at the quota of its operation (halved on throttling), retried here and nowhere else, and counted.
 * Failures are `WatchkeeperError`s with source `aws`, the service's error code as `code` (`AccessDenied`, `Throttling`,
 * `ExpiredToken` are normalised over protocols) and `retryable`.
 */
export interface AwsSession {
  readonly account: string;
  readonly accountName: string;
  readonly region: string;
  readonly partition: Partition;

  send<S extends ServiceName, O extends OperationName<S> & string>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>>;

  /** All pages of a listing, in order. A failing page rejects: what came before is then an incomplete listing. */
  pages<S extends ServiceName, O extends OperationName<S> & string>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): AsyncIterable<OutputOf<S, O>>;

  /** The quota that calls of this operation are paced at now. */
  quota<S extends ServiceName>(service: S, operation: OperationName<S>): Quota;

  /** The same account in another region, sharing credentials. */
  inRegion(region: string): AwsSession;
}

/** Members of a response that the SDK's model doesn't know, by alarm name: see `describeAlarms`. */
export type UnknownFields = ReadonlyMap<string, readonly string[]>;
