import type { Accounts, LocalAccount } from "./accounts.ts";
import type { VirtualClock } from "./clock.ts";
import { Cloud } from "./cloud.ts";
import type { FaultSettings } from "./fault-settings.ts";
import type { Faults } from "./faults.ts";
import { Gateway } from "./gateway.ts";
import { type InProcessHandler, inProcessHandler } from "./in-process.ts";
import type { LocalService } from "./service.ts";
import { SERVICES } from "./services/registry.ts";
import { confirmByLink } from "./services/sns/confirm-by-link.ts";
import type { WireRequest, WireResponse } from "./wire/message.ts";

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
  /** The host's clock in ms, as it was given. */
  readonly hostNow: () => number;
  readonly maxBodyBytes: number;
  /**
   * How often each operation was called since the start or the last reset, by `service:Operation`. Calls that a fault or
   * the service refused count; calls whose signature was refused don't.
   */
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

/** Makes a local cloud: accounts, services, clock and faults behind AWS's protocols. */
export function createLocalCloud(options: LocalCloudOptions = {}): LocalCloud {
  const cloud = new Cloud(options);
  cloud.faults.set(options.faults ?? {});
  cloud.clock.start();
  const requests = new Map<string, number>();
  const hostNow = options.hostNow ?? Date.now;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const gateway = new Gateway(cloud, requests, {
    services: options.services ?? SERVICES,
    schemaFolder: options.schemaFolder,
    hostNow,
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    log: options.log ?? (() => undefined),
    maxBodyBytes,
  });
  const handle = async (request: WireRequest): Promise<WireResponse> =>
    confirmByLink(cloud, request) ?? gateway.handle(request);
  return {
    cloud,
    accounts: cloud.accounts,
    faults: cloud.faults,
    hostNow,
    maxBodyBytes,
    requests,
    resetRequests: () => requests.clear(),
    handle,
    requestHandler: () => inProcessHandler(handle),
    close: () => cloud.clock.stop(),
  };
}
