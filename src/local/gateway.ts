import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AwsError } from "./aws-error.ts";
import type { Cloud } from "./cloud.ts";
import { serverError, throttleError, type Verdict } from "./faults.ts";
import type { LocalService, Protocol, RequestContext } from "./service.ts";
import { readInput, writeOutput } from "./wire/codec.ts";
import { commonError, signatureError } from "./wire/common-errors.ts";
import { writeError } from "./wire/error-writer.ts";
import type { WireRequest, WireResponse } from "./wire/message.ts";
import { checkRequired } from "./wire/required.ts";
import { type Call, Router } from "./wire/router.ts";
import { SchemaStore, type ServiceModel } from "./wire/schema-store.ts";
import type { Operation } from "./wire/shape.ts";
import { type Authorization, parseAuthorization, verify } from "./wire/sigv4.ts";

const unzip = promisify(gunzip);

export interface GatewayOptions {
  readonly services: Readonly<Record<string, LocalService>>;
  readonly schemaFolder: string | undefined;
  readonly hostNow: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (message: string) => void;
  readonly maxBodyBytes: number;
}

type Handler = (input: Record<string, unknown>, context: RequestContext) => unknown;

/** How far a request was understood: enough to answer it, whatever happens next. */
interface Progress {
  protocol: Protocol;
  serviceName: string | undefined;
}

/** Who signed a request, and for where. */
type Caller = Pick<RequestContext, "principal" | "partition" | "region">;

interface Identified {
  readonly call: Call;
  readonly caller: Caller;
  /** The request's body, decompressed. */
  readonly body: Uint8Array;
}

/** Takes a request from the wire to its handler and back: signature, operation, faults, input, answer. */
export class Gateway {
  readonly #cloud: Cloud;
  readonly #requests: Map<string, number>;
  readonly #options: GatewayOptions;
  readonly #store: SchemaStore;
  readonly #router: Router;

  /** Calls are counted in `requests`, by `service:Operation`. */
  constructor(cloud: Cloud, requests: Map<string, number>, options: GatewayOptions) {
    this.#cloud = cloud;
    this.#requests = requests;
    this.#options = options;
    this.#store = new SchemaStore(options.services, options.schemaFolder);
    this.#router = new Router(options.services, this.#store);
  }

  /** Answers a request, whatever it is. */
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
    const { call, caller, body } = await this.#identify(request, progress);
    const model = this.#store.model(call.serviceName);
    const operation = operationOf(model, call);
    const name = `${call.serviceName}:${call.operation}`;
    this.#requests.set(name, (this.#requests.get(name) ?? 0) + 1);
    const input = readInput(call, operation, { ...request, body });
    const verdict = this.#cloud.faults.judge({
      service: call.serviceName,
      operation: call.operation,
      account: caller.principal.accountId,
      region: caller.region,
      input,
    });
    if (verdict.waitMs > 0) await this.#options.sleep(verdict.waitMs);
    if (verdict.effect === "timeoutBefore") return DROPPED;
    refuseIfFaulty(verdict, call, caller.principal.arn);
    if (operation.input) checkRequired(operation.input, input, call.service, call.protocol);
    try {
      const output = await this.#run(call, input, caller, request, requestId);
      if (verdict.effect !== "timeoutAfterEffect") {
        const bare = call.service.bare?.(call.operation, input, output);
        if (bare) return bareAnswer(bare, requestId);
        return writeOutput(model, operation, call.protocol, output, requestId);
      }
    } catch (error) {
      if (verdict.effect !== "timeoutAfterEffect") throw error;
    }
    return DROPPED;
  }

  /** Who asks for what. Fills in `progress` as it learns how to answer. */
  async #identify(request: WireRequest, progress: Progress): Promise<Identified> {
    const authorization = parseAuthorization(request);
    const scope = authorization && !("malformed" in authorization) ? authorization : undefined;
    Object.assign(progress, this.#router.envelope(request, scope?.service));
    if (request.body.length > this.#options.maxBodyBytes) throw bodyTooLarge(this.#options.maxBodyBytes);
    if (!scope) this.#lookAhead(request, progress);
    const { principal, partition } = verify(request, authorization, {
      accounts: this.#cloud.accounts,
      protocol: progress.protocol,
      hostNow: this.#options.hostNow(),
    });
    const { region, service } = authorization as Authorization;
    const body = await this.#decompress(request);
    const call = this.#router.find({ ...request, body }, service);
    Object.assign(progress, { protocol: call.protocol, serviceName: call.serviceName });
    if (call.service.signingName !== service) {
      const text = `Credential should be scoped to correct service: '${call.service.signingName}'. `;
      throw signatureError(call.protocol, text);
    }
    return { call, caller: { principal, partition, region }, body };
  }

  async #run(
    { service, operation }: Call,
    input: Record<string, unknown>,
    caller: Caller,
    request: WireRequest,
    requestId: string,
  ): Promise<Record<string, unknown>> {
    const { clock } = this.#cloud;
    // What is due by now has happened before the request is served, whether its timer came to run or not.
    clock.runDue();
    const handler = service.handlers[operation] as Handler;
    try {
      const output = await handler(input, {
        ...caller,
        account: caller.principal.accountId,
        requestId,
        endpoint: `http://${request.headers["host"] ?? "127.0.0.1"}`,
        now: clock.now(),
        cloud: this.#cloud,
      });
      return (output ?? {}) as Record<string, unknown>;
    } finally {
      this.#cloud.touch();
    }
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

  async #decompress({ headers, body }: WireRequest): Promise<Uint8Array> {
    if (headers["content-encoding"]?.trim().toLowerCase() !== "gzip") return body;
    try {
      return await unzip(body, { maxOutputLength: this.#options.maxBodyBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw bodyTooLarge(this.#options.maxBodyBytes);
      throw new AwsError("SerializationException", "The request body is not valid gzip", 400);
    }
  }

  #modelOrNone(serviceName: string | undefined): ServiceModel | undefined {
    if (serviceName === undefined) return undefined;
    try {
      return this.#store.model(serviceName);
    } catch (error) {
      this.#options.log(String(error));
      return undefined;
    }
  }

  #unexpected(error: unknown, { serviceName }: Progress): AwsError {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log(`${serviceName ?? "request"} failed unexpectedly: ${text}`);
    return serverError(500);
  }
}

const DROPPED: WireResponse = { status: 0, headers: {}, body: "", dropped: true };

function bareAnswer(
  { type, body }: { readonly type: string; readonly body: Uint8Array },
  requestId: string,
): WireResponse {
  return { status: 200, headers: { "x-amzn-requestid": requestId, "content-type": type }, body };
}

function bodyTooLarge(limit: number): AwsError {
  return new AwsError("RequestEntityTooLarge", `Request entity is larger than ${limit} bytes`, 413);
}

/** The operation a call names. Throws NotImplemented for those AWS has and the local cloud lacks. */
function operationOf(model: ServiceModel, { operation: name, protocol, form }: Call): Operation {
  const operation = model.operations.get(name);
  if (operation && Object.hasOwn(model.service.handlers, name)) return operation;
  if (operation || model.unimplemented.has(name)) {
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
