// Every implemented operation of every service, over each protocol that its clients use: random input through the real SDK client
// to our readers, random output through our writers to the real client. Signatures are verified on every call.
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import { seededRandom } from "../../src/local/cloud.ts";
import { createLocalCloud } from "../../src/local/server.ts";
import type { LocalService, Protocol } from "../../src/local/service.ts";
import { SERVICES } from "../../src/local/services/registry.ts";
import { comparable, type SampleLimits, sampleOf } from "./wire-samples.ts";

/** The same calls every time; a failure prints the seed of the one that failed. */
const SEED = 20_261_120;
const RUNS = 12;

/** Clients speak the service's own protocol, or another when told so: legacy ones still speak query. */
const SPOKEN: Readonly<Record<string, readonly Protocol[]>> = {
  cloudwatch: ["awsJson1_0", "awsQuery", "rpcv2Cbor"],
  sqs: ["awsJson1_0", "awsQuery"],
};
const CLIENT_PROTOCOLS: Partial<Record<Protocol, unknown>> = {
  awsQuery: AwsQueryProtocol,
  rpcv2Cbor: AwsSmithyRpcV2CborProtocol,
};

/** Members that are left out. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // It shares its name on the wire with an older member, and is read as that one; AWS does the same.
  "sqs:ReceiveMessage awsQuery": ["MessageSystemAttributeNames"],
  // It makes the client sign for several regions at once, which takes a package of its own.
  "eventbridge:PutEvents awsJson1_1": ["EndpointId"],
};

interface SdkClient {
  send(command: unknown): Promise<unknown>;
}
type Constructor = new (options: unknown) => SdkClient;
type SdkModule = Readonly<Record<string, unknown>>;

const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0]!;

for (const [name, service] of Object.entries<LocalService>(SERVICES)) {
  for (const protocol of SPOKEN[name] ?? [service.defaultProtocol]) {
    describe(`${name} over ${protocol}`, async () => {
      const sdk = (await import(service.sdk)) as SdkModule;
      const exchange = new Exchange(name, service, protocol, sdk);
      afterAll(() => exchange.close());
      for (const operation of Object.keys(service.handlers)) {
        it(operation, () => exchange.check(operation));
      }
    });
  }
}

/** A local cloud whose only handlers tell what reached them and answer what they are told to. */
class Exchange {
  readonly #protocol: Protocol;
  readonly #name: string;
  readonly #sdk: SdkModule;
  readonly #local: ReturnType<typeof createLocalCloud>;
  readonly #client: SdkClient;
  readonly #limits: SampleLimits;
  readonly #inputLimits: SampleLimits;
  #received: unknown;
  #answer: unknown;

  constructor(name: string, service: LocalService, protocol: Protocol, sdk: SdkModule) {
    this.#name = name;
    this.#protocol = protocol;
    this.#sdk = sdk;
    const noEmpties = protocol === "awsQuery" || protocol === "ec2Query" || protocol === "restXml";
    this.#limits = { noEmpties, protoKeys: false };
    // The CBOR decoder of the SDK's packages, which we share, loses such keys as well (and harms nothing by it).
    this.#inputLimits = { noEmpties, protoKeys: protocol !== "rpcv2Cbor" };
    const handler = (input: never): unknown => {
      this.#received = input;
      return this.#answer;
    };
    const handlers = Object.fromEntries(
      Object.keys(service.handlers).map((operation) => [operation, handler]),
    );
    this.#local = createLocalCloud({ services: { [name]: { ...service, handlers } } });
    const Client = Object.entries(sdk).find(
      ([key]) => /^\w+Client$/.test(key) && key !== "__Client",
    )?.[1] as Constructor;
    this.#client = new Client({
      region: "eu-central-1",
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: this.#local.requestHandler(),
      maxAttempts: 1,
      // SQS clients check bodies against digests, which random output doesn't have.
      md5: false,
      // ... and send to the queue's URL, which a random one is not.
      useQueueUrlAsEndpoint: false,
      ...(protocol in CLIENT_PROTOCOLS ? { protocol: CLIENT_PROTOCOLS[protocol] } : {}),
    });
  }

  close(): void {
    this.#local.close();
  }

  async check(operation: string): Promise<void> {
    const [, , , , input, output] = this.#sdk[`${operation}$`] as readonly unknown[];
    const [inputSchema, outputSchema] = [
      NormalizedSchema.of(input as never),
      NormalizedSchema.of(output as never),
    ];
    const Command = this.#sdk[`${operation}Command`] as new (input: unknown) => unknown;
    const leftOut = LEFT_OUT[`${this.#name}:${operation} ${this.#protocol}`] ?? [];
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = seededRandom(seed);
        const asked = sampleOf(inputSchema, random, this.#inputLimits) as Record<string, unknown>;
        for (const member of leftOut) delete asked[member];
        this.#answer = sampleOf(outputSchema, random, this.#limits);
        this.#received = undefined;
        const [wantedIn, wantedOut] = [asked, this.#answer].map((value) => comparable(value, this.#limits));
        const got = await this.#client.send(new Command(asked));
        expect(comparable(this.#received, this.#limits)).toEqual(wantedIn);
        expect(comparable(got, this.#limits)).toEqual(wantedOut);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }
}
