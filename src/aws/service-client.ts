import type { HttpHandlerOptions, HttpRequest, HttpResponse } from "@smithy/types";
import { alarmDecoding } from "./alarm-decoding.ts";
import type { ServiceModules, ServiceName } from "./session.ts";

/** What requests are sent through: the network, or the local cloud in this process. */
export interface HttpHandler {
  handle(request: HttpRequest, options?: HttpHandlerOptions): Promise<{ readonly response: HttpResponse }>;
  destroy?(): void;
}

/** Credentials as the SDK takes them: keys, or a function that gets them and is asked again before they expire. */
export type Credentials = AwsKeys | (() => Promise<AwsKeys>);

/** Keys of a user or a role's session. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Settings of a client that every service has. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly requestHandler: HttpHandler;
  readonly version: string;
  /** Touch no shared configuration file: whatever the SDK would look up there is given. */
  readonly isolated: boolean;
}

/** The part of an SDK client that we use. */
export interface ServiceClient {
  send(command: object): Promise<object>;
  destroy(): void;
  readonly middlewareStack: { remove(name: string): boolean };
}

/** A service's module and a client of it, ready to send commands by the operation's name. */
export interface LoadedService {
  readonly client: ServiceClient;
  command(operation: string, input: object): object;
}

/** Importing a client costs up to half a second (EC2), so each is imported when it is first used. */
const MODULES = {
  autoscaling: () => import("./clients/autoscaling.ts"),
  cloudwatch: () => import("./clients/cloudwatch.ts"),
  codedeploy: () => import("./clients/codedeploy.ts"),
  ec2: () => import("./clients/ec2.ts"),
  elbv2: () => import("./clients/elbv2.ts"),
  iam: () => import("./clients/iam.ts"),
  sns: () => import("./clients/sns.ts"),
  sesv2: () => import("./clients/sesv2.ts"),
  sqs: () => import("./clients/sqs.ts"),
  ssm: () => import("./clients/ssm.ts"),
  secretsmanager: () => import("./clients/secretsmanager.ts"),
  kms: () => import("./clients/kms.ts"),
  sts: () => import("./clients/sts.ts"),
  route53: () => import("./clients/route53.ts"),
  "service-quotas": () => import("./clients/service-quotas.ts"),
} satisfies { readonly [S in ServiceName]: () => Promise<ServiceModules[S]> };

/** What the SDK would otherwise read from the shared configuration files. */
const ISOLATED = {
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  authSchemePreference: [],
  disableClockSkewCorrection: false,
  sigv4aSigningRegionSet: async () => undefined,
  userAgentAppId: async () => undefined,
  disableRequestCompression: false,
  requestMinCompressionSizeBytes: 10_240,
  ignoreConfiguredEndpointUrls: true,
};

/** A client of a service. It tries every request once: pacing and retries are the executor's. */
export async function loadService(service: ServiceName, settings: ClientSettings): Promise<LoadedService> {
  const module = (await MODULES[service]()) as unknown as Readonly<
    Record<string, new (input: object) => object>
  > & {
    readonly Client: new (configuration: object) => ServiceClient;
  };
  const { region, credentials, endpoint, profile, requestHandler, version, isolated } = settings;
  const client = new module.Client({
    region,
    credentials,
    requestHandler,
    maxAttempts: 1,
    retryMode: "standard",
    defaultsMode: "standard",
    customUserAgent: [["watchkeeper", version]],
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(isolated ? ISOLATED : {}),
  });
  // It goes through every answer value by value to hide secrets from a log that nobody keeps: as long as reading the answer takes.
  client.middlewareStack.remove("loggerMiddleware");
  if (service === "cloudwatch") await alarmDecoding(client);
  return {
    client,
    command(operation, input) {
      const Command = module[`${operation}Command`];
      if (!Command) throw new TypeError(`${service} exports no command for ${operation}`);
      return new Command(input);
    },
  };
}
