import { AwsError } from "../aws-error.ts";
import type { LocalService, Protocol } from "../service.ts";
import { textOf, type WireRequest } from "./message.ts";
import { parseForm } from "./query-reader.ts";
import { matchRoute } from "./routes.ts";
import type { SchemaStore } from "./schema-store.ts";

/** What a request asks for, by its own account; nothing is verified yet. */
export interface Call {
  readonly serviceName: string;
  readonly service: LocalService;
  readonly protocol: Protocol;
  readonly operation: string;
  /** Parameters of a query request. */
  readonly form?: ReadonlyMap<string, string>;
  /** Labels in a REST path. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The service that a request is for, or undefined, and the protocol it wants to be answered in. */
export interface Envelope {
  readonly serviceName: string | undefined;
  readonly protocol: Protocol;
}

const CBOR_PATH = /\/service\/([^/]+)\/operation\/([^/]+)$/;

/** Finds service, protocol and operation of a request by what the client sent: one service may be spoken to in several protocols. */
export class Router {
  readonly #services: Readonly<Record<string, LocalService>>;
  readonly #store: SchemaStore;

  constructor(services: Readonly<Record<string, LocalService>>, store: SchemaStore) {
    this.#services = services;
    this.#store = store;
  }

  /** How to answer a request that can't be read further. `signingName`: from its signature's scope, if any. */
  envelope(request: WireRequest, signingName: string | undefined): Envelope {
    const byScope = this.#bySigningName(signingName)[0];
    if (request.headers["smithy-protocol"] === "rpc-v2-cbor") {
      return { serviceName: byScope, protocol: "rpcv2Cbor" };
    }
    if (request.headers["x-amz-target"] !== undefined)
      return { serviceName: byScope, protocol: jsonVersion(request) };
    const protocol = byScope === undefined ? undefined : this.#services[byScope]?.defaultProtocol;
    if (isForm(request)) {
      return { serviceName: byScope, protocol: protocol === "ec2Query" ? "ec2Query" : "awsQuery" };
    }
    if (byScope === undefined && request.headers["content-type"]?.startsWith("application/json") === true)
      return { serviceName: byScope, protocol: "restJson1" };
    return { serviceName: byScope, protocol: protocol ?? "awsQuery" };
  }

  /** Throws NotImplemented, InvalidAction, MissingAction, UnknownOperationException or MalformedQueryString. */
  find(request: WireRequest, signingName: string | undefined): Call {
    if (signingName !== undefined && this.#bySigningName(signingName).length === 0)
      throw new AwsError("NotImplemented", `No service ${signingName} in the local cloud.`, 501);
    if (request.headers["smithy-protocol"] === "rpc-v2-cbor") {
      const [, target, operation = ""] = CBOR_PATH.exec(request.path) ?? [];
      return this.#byTarget(target, operation, "rpcv2Cbor");
    }
    const target = request.headers["x-amz-target"];
    if (target !== undefined) {
      const dot = target.lastIndexOf(".");
      return this.#byTarget(target.slice(0, dot), target.slice(dot + 1), jsonVersion(request));
    }
    if (isForm(request)) return this.#byForm(parseForm(textOf(request.body)), signingName);
    const scoped = this.#bySigningName(signingName);
    if (scoped.some((name) => this.#services[name]?.defaultProtocol.startsWith("rest"))) {
      return this.#byRoute(request, scoped);
    }
    return this.#byForm(parseForm(request.query), signingName);
  }

  #bySigningName(signingName: string | undefined): readonly string[] {
    return Object.keys(this.#services).filter((name) => this.#services[name]?.signingName === signingName);
  }

  #byTarget(target: string | undefined, operation: string, protocol: Protocol): Call {
    for (const [serviceName, service] of Object.entries(this.#services)) {
      if (target !== undefined && service.target === target)
        return { serviceName, service, protocol, operation };
    }
    throw new AwsError("UnknownOperationException", `Unknown service target '${target ?? ""}'`, 400);
  }

  #byForm(form: ReadonlyMap<string, string>, signingName: string | undefined): Call {
    const operation = form.get("Action");
    if (operation === undefined) {
      throw new AwsError("MissingAction", "The request is missing an action or a required parameter.", 400);
    }
    const version = form.get("Version");
    const entries = Object.entries(this.#services);
    const scoped = entries.filter(([, service]) => service.signingName === signingName);
    const candidates = scoped.length > 0 ? scoped : entries;
    const [serviceName, service] =
      candidates.find((entry) => entry[1].version === version) ?? scoped[0] ?? [];
    if (serviceName === undefined || service === undefined) {
      throw new AwsError(
        "InvalidAction",
        `Could not find operation ${operation} for version ${version ?? "?"}`,
        400,
      );
    }
    const protocol = service.defaultProtocol === "ec2Query" ? "ec2Query" : "awsQuery";
    return { serviceName, service, protocol, operation, form };
  }

  #byRoute(request: WireRequest, serviceNames: readonly string[]): Call {
    const query = new URLSearchParams(request.query);
    for (const serviceName of serviceNames) {
      const model = this.#store.model(serviceName);
      let match: ReturnType<typeof matchRoute>;
      try {
        match = matchRoute(model.routes, request.method, request.path, query);
      } catch {
        throw new AwsError(
          "InvalidURI",
          `The path ${request.path} is not percent-encoded as it should be`,
          400,
        );
      }
      if (match)
        return { serviceName, service: model.service, protocol: model.service.defaultProtocol, ...match };
    }
    throw new AwsError(
      "UnknownOperationException",
      `No operation answers ${request.method} ${request.path}`,
      404,
    );
  }
}

function isForm({ headers }: WireRequest): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
}

function jsonVersion({ headers }: WireRequest): Protocol {
  return headers["content-type"]?.includes("1.1") ? "awsJson1_1" : "awsJson1_0";
}
