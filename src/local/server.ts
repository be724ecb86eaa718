import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Accounts, LocalAccount } from "./accounts.ts";
import type { VirtualClock } from "./clock.ts";
import { Cloud } from "./cloud.ts";
import { type FaultSettings, type Faults, serverError, throttleError, type Verdict } from "./faults.ts";
import { type InProcessHandler, inProcessHandler } from "./in-process.ts";
import { AwsError, type LocalService, type Protocol, type RequestContext } from "./service.ts";
import { SERVICES } from "./services/registry.ts";
import { readInput, writeOutput } from "./wire/codec.ts";
import { commonError, signatureError } from "./wire/common-errors.ts";
import { writeError } from "./wire/error-writer.ts";
import type { WireRequest, WireResponse } from "./wire/message.ts";
import { checkRequired } from "./wire/required.ts";
import { type Call, Router } from "./wire/router.ts";
import { SchemaStore, type ServiceModel } from "./wire/schema-store.ts";
import type { Operation } from "./wire/shape.ts";
import { type Authorization, parseAuthorization, verify } from "./wire/sigv4.ts";

export interface LocalCloudOptions {
  /** Default: `DEFAULT_ACCOUNTS`. */
  readonly accounts?: readonly LocalAccount[];
  /** Default: virtual time starts as the host's. */
  readonly clock?: VirtualClock;
  /** Seed of all randomness; default 1. */
  readonly seed?: number;
  /** Default: none. */
  readonly faults?: FaultSettings;
  /** The host's clock in ms: signatures, sessions and throttling go by it. */
  readonly hostNow?: () => number;
  /** Waits for injected latency. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Told of handlers that threw something other than an AWS error. */
  readonly log?: (message: string) => void;
  /** Largest request body, decompressed; bytes, default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Where the schema snapshots are; found by itself when not given. */
  readonly schemaFolder?: string;
  /** Services to offer; default all. */
  readonly services?: Readonly<Record<string, LocalService>>;
}

/** A running local cloud, without a socket; `listen` gives it one. */
export interface LocalCloud {
  readonly cloud: Cloud;
  readonly accounts: Accounts;
  readonly faults: Faults;
  readonly maxBodyBytes: number;
  /** How often each operation was called since the start or the last reset, by `service:Operation`. Refused calls count, unsigned ones don't. */
  readonly requests: ReadonlyMap<string, number>;
  resetRequests(): void;
  /** Answers one AWS request. Never rejects. */
  handle(request: WireRequest): Promise<WireResponse>;
  /** For an SDK v3 client's `requestHandler`: no socket needed. */
  requestHandler(): InProcessHandler;
  /** Stops the clock. */
  close(): void;
}

const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024;
const unzip = promisify(gunzip);

/** Makes a local cloud: accounts, services, clock and faults behind AWS's protocols. */
export function createLocalCloud(options: LocalCloudOptions = {}): LocalCloud {
  const cloud = new Cloud(options);
  cloud.faults.set(options.faults ?? {});
  cloud.clock.start();
  const requests = new Map<string, number>();
  const gateway = new Gateway(cloud, requests, options);
  return {
    cloud,
    accounts: cloud.accounts,
    faults: cloud.faults,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    requests,
    resetRequests: () => requests.clear(),
    handle: (request) => gateway.handle(request),
    requestHandler: () => inProcessHandler((request) => gateway.handle(request)),
    close: () => cloud.clock.stop(),
  };
}

type Handler = (input: Record<string, unknown>, context: RequestContext) => unknown;

/** How far a request was understood: enough to answer it, whatever happens next. */
interface Progress {
  protocol: Protocol;
  serviceName: string | undefined;
}

class Gateway {
  readonly #cloud: Cloud;
  readonly #requests: Map<string, number>;
  readonly #store: SchemaStore;
  readonly #router: Router;
  readonly #hostNow: () => number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #log: (message: string) => void;
  readonly #maxBodyBytes: number;

  constructor(cloud: Cloud, requests: Map<string, number>, options: LocalCloudOptions) {
    const services = options.services ?? SERVICES;
    this.#cloud = cloud;
    this.#requests = requests;
    this.#store = new SchemaStore(services, options.schemaFolder);
    this.#router = new Router(services, this.#store);
    this.#hostNow = options.hostNow ?? Date.now;
    this.#sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#log = options.log ?? (() => undefined);
    this.#maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  }

  async handle(request: WireRequest): Promise<WireResponse> {
    const requestId = randomUUID();
    const progress: Progress = { protocol: "awsQuery", serviceName: undefined };
    try {
      return await this.#answer(request, requestId, progress);
    } catch (error) {
      const failure = error instanceof AwsError ? error : this.#unexpected(error, progress);
      return writeError(this.#modelOrNone(progress.serviceName), progress.protocol, failure, requestId);
    }
  }

  async #answer(request: WireRequest, requestId: string, progress: Progress): Promise<WireResponse> {
    const authorization = parseAuthorization(request);
    const scope = authorization && !("malformed" in authorization) ? authorization : undefined;
    Object.assign(progress, this.#router.envelope(request, scope?.service));
    if (!scope) this.#lookAhead(request, progress);
    const credential = verify(request, authorization, {
      accounts: this.#cloud.accounts,
      protocol: progress.protocol,
      hostNow: this.#hostNow(),
    });
    const { region } = authorization as Authorization;
    const plain = await this.#decompress(request);
    const call = this.#router.find(plain, scope?.service);
    Object.assign(progress, { protocol: call.protocol, serviceName: call.serviceName });
    if (call.service.signingName !== scope?.service) {
      const text = `Credential should be scoped to correct service: '${call.service.signingName}'. `;
      throw signatureError(call.protocol, text);
    }
    const model = this.#store.model(call.serviceName);
    const operation = operationOf(model, call);
    const { principal, partition } = credential;
    const name = `${call.serviceName}:${call.operation}`;
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
    const input = readInput(call, operation, plain);
    const verdict = this.#cloud.faults.judge({
      service: call.serviceName,
      operation: call.operation,
      account: principal.accountId,
      region,
      input,
    });
    if (verdict.waitMs > 0) await this.#sleep(verdict.waitMs);
    if (verdict.effect === "timeoutBefore") return DROPPED;
    refuseIfFaulty(verdict, call, principal.arn);
    if (operation.input) checkRequired(operation.input, input, call.service, call.protocol);
    const { clock } = this.#cloud;
    clock.runDue();
    const context: RequestContext = {
      account: principal.accountId,
      region,
      partition,
      principal,
      requestId,
      endpoint: `http://${request.headers["host"] ?? "127.0.0.1"}`,
      now: clock.now(),
      cloud: this.#cloud,
    };
    const handler = call.service.handlers[call.operation] as Handler;
    const output = ((await handler(input, context)) ?? {}) as Record<string, unknown>;
    if (verdict.effect === "timeoutAfterEffect") return DROPPED;
    return writeOutput(model, operation, call.protocol, output, requestId);
  }

  /** Without a signature's scope only the call itself tells the envelope; what is wrong with it doesn't matter yet. */
  #lookAhead(request: WireRequest, progress: Progress): void {
    try {
      const { protocol, serviceName } = this.#router.find(request, undefined);
      Object.assign(progress, { protocol, serviceName });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }

  async #decompress(request: WireRequest): Promise<WireRequest> {
    if (request.headers["content-encoding"]?.trim().toLowerCase() !== "gzip") return request;
    try {
      return { ...request, body: await unzip(request.body, { maxOutputLength: this.#maxBodyBytes }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw bodyTooLarge(this.#maxBodyBytes);
      throw new AwsError("SerializationException", "The request body is not valid gzip", 400);
    }
  }

  #modelOrNone(serviceName: string | undefined): ServiceModel | undefined {
    if (serviceName === undefined) return undefined;
    try {
      return this.#store.model(serviceName);
    } catch (error) {
      this.#log(String(error));
      return undefined;
    }
  }

  #unexpected(error: unknown, { serviceName }: Progress): AwsError {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log(`${serviceName ?? "request"} failed unexpectedly: ${text}`);
    return serverError(500);
  }
}

const DROPPED: WireResponse = { status: 0, headers: {}, body: "", dropped: true };

/** The error for a body beyond the limit. */
export function bodyTooLarge(limit: number): AwsError {
  return new AwsError("RequestEntityTooLarge", `Request entity is larger than ${limit} bytes`, 413);
}

/** The operation a call names. Throws NotImplemented for those AWS has and the local cloud lacks. */
function operationOf(model: ServiceModel, { operation: name, protocol, form }: Call): Operation {
  const operation = model.operations.get(name);
  if (operation) return operation;
  if (model.unimplemented.has(name)) {
    throw new AwsError("NotImplemented", `${name} is not implemented by the local cloud`, 501);
  }
  switch (protocol) {
    case "ec2Query":
      throw new AwsError("InvalidAction", `The action ${name} is not valid for this web service.`, 400);
    case "awsQuery": {
      const version = form?.get("Version") ?? model.service.version;
      throw new AwsError("InvalidAction", `Could not find operation ${name} for version ${version}`, 400);
    }
    default:
      throw new AwsError("UnknownOperationException", `Unknown operation ${name}`, 400);
  }
}

function refuseIfFaulty({ effect }: Verdict, call: Call, arn: string): void {
  switch (effect) {
    case "throttle":
      throw throttleError(call.serviceName);
    case "error500":
      throw serverError(500);
    case "error503":
      throw serverError(503);
    case "expiredToken":
      throw commonError("expiredToken", call.protocol);
    case "accessDenied": {
      const action = `${call.serviceName.replace("-", "")}:${call.operation}`;
      const reason = `User: ${arn} is not authorized to perform: ${action} with an explicit deny in a service control policy`;
      throw commonError("accessDenied", call.protocol, reason);
    }
    default:
  }
}
