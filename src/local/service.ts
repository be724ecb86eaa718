// What a service of the local cloud is: typed handlers and a line of wire facts. Behaviour lives in services/, protocols in wire/.
import type { Partition } from "../model/partition.ts";
import type { Principal } from "./accounts.ts";
import type { Cloud } from "./cloud.ts";

/** What a handler knows about the request it serves. */
export interface RequestContext {
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  readonly principal: Principal;
  readonly requestId: string;
  /** Base URL the client used, for answers that hold URLs (SQS queues). */
  readonly endpoint: string;
  /** Virtual time of the request. */
  readonly now: Date;
  readonly cloud: Cloud;
}

interface CommandShape<I, O> {
  readonly input: I;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: O }>;
}

type OperationHandler<C> = C extends abstract new (
  ...args: never[]
) => infer Instance
  ? Instance extends CommandShape<infer I, infer O>
    ? (input: I, context: RequestContext) => Omit<O, "$metadata"> | Promise<Omit<O, "$metadata">>
    : never
  : never;

/** Handlers for operations of an SDK client module, checked against the SDK's own input and output types. */
export type Handlers<M> = {
  readonly [K in keyof M as K extends `$${string}`
    ? never
    : K extends `${infer Name}Command`
      ? Name
      : never]?: OperationHandler<M[K]>;
};

/** The protocol an answer is written in; by what the client sent, not by the service. */
export type Protocol =
  | "awsJson1_0"
  | "awsJson1_1"
  | "awsQuery"
  | "ec2Query"
  | "restJson1"
  | "restXml"
  | "rpcv2Cbor";

/** One service: wire facts (they never change) and its handlers. */
export interface LocalService {
  /** Package of the SDK client that its schemas come from, for example `@aws-sdk/client-ec2`. */
  readonly sdk: string;
  /** Service name in the signature's scope: `monitoring` for CloudWatch. */
  readonly signingName: string;
  /** Prefix of `X-Amz-Target` and of CBOR paths; absent for query and REST services. */
  readonly target?: string;
  readonly version: string;
  readonly xmlNamespace: string;
  /** The protocol used when a request can't be read far enough to tell. */
  readonly defaultProtocol: Protocol;
  /** Answers also carry `x-amzn-query-error` (services that moved from query to JSON). */
  readonly queryCompatible?: boolean;
  /** How a missing required member is refused: `MissingParameter` as EC2 and SQS do; a validation error otherwise. */
  readonly missingMember?: "MissingParameter";
  readonly handlers: Readonly<
    Record<string, ((input: never, context: RequestContext) => unknown) | undefined>
  >;
  /** An answer without any protocol around it, where an operation's input asks for that. */
  readonly bare?: (
    operation: string,
    input: Readonly<Record<string, unknown>>,
    output: Readonly<Record<string, unknown>>,
  ) => { readonly type: string; readonly body: Uint8Array } | undefined;
}
