// Every error that a service models, thrown by a handler, arrives at the real SDK client as that error; and nothing that a client
// sends, however broken, makes the local cloud fail or answer something that isn't an AWS answer.
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import { AwsError } from "../../src/local/aws-error.ts";
import { createLocalCloud } from "../../src/local/server.ts";
import type { LocalService, Protocol } from "../../src/local/service.ts";
import { SERVICES } from "../../src/local/services/registry.ts";
import { SchemaStore } from "../../src/local/wire/schema-store.ts";
import { signedRequest } from "../support/signed-request.ts";

interface SdkError extends Error {
  readonly $fault: string;
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId: string };
}
interface SdkClient {
  send(command: unknown): Promise<unknown>;
}
type SdkModule = Readonly<Record<string, unknown>>;
type Constructor<T> = new (options: unknown) => T;

const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0]!;
const store = new SchemaStore(SERVICES);
const LEGACY: readonly [Protocol, unknown][] = [
  ["awsQuery", AwsQueryProtocol],
  ["rpcv2Cbor", AwsSmithyRpcV2CborProtocol],
];

/** Two errors of CloudWatch share one query code, so clients of that protocol see the first. */
const SHARED_CODES: Readonly<Record<string, string>> = { DashboardNotFoundError: "ResourceNotFound" };

/** An operation that can be called with no input, so that only the error matters. */
function simplest(sdk: SdkModule, service: LocalService): string {
  const name = Object.keys(service.handlers).find((operation) => {
    const input = NormalizedSchema.of((sdk[`${operation}$`] as readonly unknown[])[4] as never);
    return input.isUnitSchema() || !(input.getSchema() as unknown as readonly number[])[6];
  });
  if (name === undefined) throw new Error("no operation without required input");
  return name;
}

for (const [name, service] of Object.entries<LocalService>(SERVICES)) {
  const spoken = service.queryCompatible ? LEGACY : [];
  for (const [protocol, clientProtocol] of [[service.defaultProtocol, undefined] as const, ...spoken]) {
    it(`every modelled error of ${name} over ${protocol}`, async () => {
      const sdk = (await import(service.sdk)) as SdkModule;
      const operation = simplest(sdk, service);
      let thrown: AwsError;
      const handlers = Object.fromEntries(
        Object.keys(service.handlers).map((key) => [key, () => Promise.reject(thrown)]),
      );
      const local = createLocalCloud({ services: { [name]: { ...service, handlers } } });
      const Client = Object.entries(sdk).find(([key]) => /^\w+Client$/.test(key) && key !== "__Client")?.[1];
      const client = new (Client as Constructor<SdkClient>)({
        region: "eu-central-1",
        credentials: { accessKeyId, secretAccessKey },
        requestHandler: local.requestHandler(),
        maxAttempts: 1,
        ...(clientProtocol === undefined ? {} : { protocol: clientProtocol }),
      });
      for (const shape of store.model(name).errors.values()) {
        thrown = new AwsError(shape.name, "boom <&> é");
        const Command = sdk[`${operation}Command`] as Constructor<unknown>;
        const error = await client.send(new Command({})).then(
          () => undefined,
          (failure: SdkError) => failure,
        );
        const shared = service.queryCompatible ? SHARED_CODES[shape.name] : undefined;
        expect(shared ? [shared, shape.name] : [shape.name], shape.name).toContain(error?.name);
        expect(error?.message, shape.name).toBe("boom <&> é");
        expect(error?.$fault, shape.name).toBe(shape.fault);
        const status = protocol === "awsQuery" ? (shape.query?.[1] ?? shape.status) : shape.status;
        expect(error?.$metadata.httpStatusCode, shape.name).toBe(status);
        expect(error?.$metadata.requestId, shape.name).toMatch(/^[0-9a-f-]{36}$/);
        expect(error, shape.name).toBeInstanceOf((sdk[error!.name] as Constructor<unknown>) ?? Error);
      }
      local.close();
    });
  }
}

describe("whatever is sent", () => {
  const services = Object.values<LocalService>(SERVICES);
  const operations = services.flatMap((service) => Object.keys(service.handlers));
  const text = fc.oneof(fc.string({ unit: "binary-ascii" }), fc.json(), fc.webQueryParameters());
  const form = fc
    .tuple(fc.constantFrom(...services), fc.constantFrom(...operations), fc.webQueryParameters())
    .map(([{ version }, action, parameters]) => `Action=${action}&Version=${version}&${parameters}`);
  const request = fc.record({
    service: fc.constantFrom(...services),
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
    path: fc.oneof(
      fc.constant("/"),
      fc.webPath().map((path) => `/${path.replace(/^\/+/, "")}`),
    ),
    type: fc.constantFrom(
      "application/x-www-form-urlencoded",
      "application/x-amz-json-1.0",
      "application/cbor",
      "text/plain",
    ),
    operation: fc.constantFrom(...operations),
    target: fc.boolean(),
    cbor: fc.boolean(),
    zipped: fc.boolean(),
    body: fc.oneof(
      text,
      form,
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
  });

  it("is answered as AWS would, and never by a failure", async () => {
    const logged: string[] = [];
    // The CBOR decoder of the SDK's packages warns of impossible lengths before it refuses them.
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const local = createLocalCloud({ log: (message) => logged.push(message) });
    await fc.assert(
      fc.asyncProperty(
        request,
        async ({ service, method, path, type, operation, target, cbor, zipped, body }) => {
          const headers: Record<string, string> = { "content-type": type };
          if (target) headers["x-amz-target"] = `${service.target ?? "None"}.${operation}`;
          if (cbor) headers["smithy-protocol"] = "rpc-v2-cbor";
          if (zipped) headers["content-encoding"] = "gzip";
          const where = cbor ? `/service/${service.target}/operation/${operation}` : path;
          const signer = { service: service.signingName };
          const signed = await signedRequest(
            { method, path: where, headers, body: Buffer.from(body, "latin1") },
            signer,
          );
          const answer = await local.handle(signed);
          expect(answer.status).not.toBe(500);
          expect(answer.headers["x-amzn-requestid"]).toMatch(/^[0-9a-f-]{36}$/);
        },
      ),
      { seed: 11, numRuns: 1500 },
    );
    warn.mockRestore();
    expect(logged).toEqual([]);
    local.close();
  });
});
