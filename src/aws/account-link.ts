import { globalRegion, type Partition, partitionOf } from "../model/partition.ts";
import type { Context } from "../support/context.ts";
import type { CallCounter } from "./call-counter.ts";
import { awsError } from "./errors.ts";
import { PacedExecutor } from "./paced-executor.ts";
import { pagesOf } from "./paging.ts";
import { publishedQuota } from "./quotas.ts";
import { type ClientSettings, type LoadedService, loadService } from "./service-client.ts";
import type { AwsSession, InputOf, OperationName, OutputOf, Quota, ServiceName } from "./session.ts";

/** A session whose pace can be set: `readQuotas` gives it the account's real quotas. */
export interface PacedSession extends AwsSession {
  /** Paces an operation at another quota from now on. What was learnt from throttling stays. */
  setQuota<S extends ServiceName>(service: S, operation: OperationName<S>, quota: Quota): void;
  /** The same object every time it is asked for a region. */
  inRegion(region: string): PacedSession;
}

/**
 * Calls that do something anew every time, so that one whose answer was lost mustn't be sent again blindly: a second command, a
 * second reboot. Stopping what stops, starting what starts and marking unhealthy what is unhealthy change nothing, so that
 * StopInstances, StartInstances and SetInstanceHealth aren't here.
 */
const ONCE: ReadonlySet<string> = new Set(["ec2:RebootInstances", "ssm:SendCommand"]);

/** What all sessions of one account share. */
export interface LinkOptions {
  /** What the account is called in messages until its id is known. */
  readonly label: string;
  readonly settings: Omit<ClientSettings, "region">;
  readonly context: Context;
  readonly calls: CallCounter;
}

/** One account's clients and executors, by region. */
export class AccountLink {
  readonly #options: LinkOptions;
  readonly #services = new Map<string, Promise<LoadedService>>();
  readonly #executors = new Map<string, PacedExecutor>();
  readonly #sessions = new Map<string, PacedSession>();
  #account: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Asks who the credentials belong to, and names the account in messages from now on. Answers its id. */
  async identify(region: string): Promise<string> {
    const { Account } = await this.send(region, "sts", "GetCallerIdentity", {});
    this.#account = Account ?? this.#options.label;
    return this.#account;
  }

  /** The session for a region. `name` is what people call the account. */
  session(account: string, name: string, region: string): PacedSession {
    const known = this.#sessions.get(region);
    if (known) return known;
    const session = new LinkSession(this, account, name, region);
    this.#sessions.set(region, session);
    return session;
  }

  /** One call: paced, retried and counted. */
  send<S extends ServiceName, O extends OperationName<S>>(
    region: string,
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    const { settings } = this.#options;
    return this.executor(region, service, operation).run(async () => {
      try {
        const { client, command } = await this.#service(endpointRegion(service, region), service);
        return (await client.send(command(operation, input as object))) as OutputOf<S, O>;
      } catch (error) {
        const account = this.#account ?? this.#options.label;
        throw awsError(error, { account, region, service, operation, profile: settings.profile });
      }
    });
  }

  executor<S extends ServiceName>(region: string, service: S, operation: OperationName<S>): PacedExecutor {
    const key = `${endpointRegion(service, region)}/${service}:${operation}`;
    const known = this.#executors.get(key);
    if (known) return known;
    const { context, calls } = this.#options;
    const executor = new PacedExecutor(
      `${service}:${operation}`,
      publishedQuota(service, operation),
      context,
      calls,
      { once: ONCE.has(`${service}:${operation}`) },
    );
    this.#executors.set(key, executor);
    return executor;
  }

  #service(region: string, service: ServiceName): Promise<LoadedService> {
    const key = `${region}/${service}`;
    const known = this.#services.get(key);
    if (known) return known;
    const loading = loadService(service, { ...this.#options.settings, region });
    this.#services.set(key, loading);
    return loading;
  }
}

/** Route 53 and IAM are one for all regions of a partition. */
function endpointRegion(service: ServiceName, region: string): string {
  return service === "route53" || service === "iam" ? globalRegion(partitionOf(region)) : region;
}

class LinkSession implements PacedSession {
  readonly account: string;
  readonly accountName: string;
  readonly region: string;
  readonly partition: Partition;
  readonly #link: AccountLink;

  constructor(link: AccountLink, account: string, name: string, region: string) {
    this.#link = link;
    this.account = account;
    this.accountName = name;
    this.region = region;
    this.partition = partitionOf(region);
  }

  send<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    return this.#link.send(this.region, service, operation, input);
  }

  pages<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): AsyncIterable<OutputOf<S, O>> {
    return pagesOf(service, operation, input as object, (request) =>
      this.send(service, operation, request as InputOf<S, O>),
    );
  }

  quota<S extends ServiceName>(service: S, operation: OperationName<S>): Quota {
    return this.#link.executor(this.region, service, operation).quota;
  }

  setQuota<S extends ServiceName>(service: S, operation: OperationName<S>, quota: Quota): void {
    this.#link.executor(this.region, service, operation).setQuota(quota);
  }

  inRegion(region: string): PacedSession {
    return this.#link.session(this.account, this.accountName, region);
  }
}
