// What the local cloud keeps of servers: instances, volumes, the machines inside. How machines behave is in `guest/`, what clients may ask
// of EC2 in `services/ec2/`; both stand on this folder.
import type { Cloud } from "../cloud.ts";
import { newId } from "./ids.ts";
import type { Instance } from "./instance.ts";
import { FORGOTTEN_AFTER, isVisible } from "./lifecycle.ts";
import { defaultNetwork, FIRST_HOST, LAST_HOST, type Network } from "./network.ts";
import type { Volume } from "./volume.ts";

/** The instances and volumes of an account's region. */
export class Fleet {
  readonly account: string;
  readonly region: string;
  readonly network: Network;
  readonly instances = new Map<string, Instance>();
  readonly volumes = new Map<string, Volume>();
  /** Instances whose CloudWatch agent was configured here: few, so that metrics needn't go through all. */
  readonly configuredAgents = new Set<Instance>();
  /** RunInstances by client token: what it asked for and what it gave. */
  readonly launches = new Map<
    string,
    { readonly request: string; readonly ids: readonly string[]; readonly at: number }
  >();
  readonly #cloud: Cloud;
  readonly #nextHost: number[];
  readonly #freeHosts: number[][];
  #serial = 0;
  #lastSweep = 0;

  constructor(account: string, region: string, cloud: Cloud) {
    this.account = account;
    this.region = region;
    this.network = defaultNetwork(account, region);
    this.#cloud = cloud;
    this.#nextHost = this.network.subnets.map(() => FIRST_HOST);
    this.#freeHosts = this.network.subnets.map(() => []);
  }

  newId(prefix: string): string {
    return newId(prefix, this.#cloud.random);
  }

  nextSerial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** An unused host number of a subnet, or undefined when it is full. */
  takeHost(subnet: number): number | undefined {
    const free = this.#freeHosts[subnet]?.pop();
    if (free !== undefined) return free;
    const next = this.#nextHost[subnet] ?? LAST_HOST + 1;
    if (next <= LAST_HOST) {
      this.#nextHost[subnet] = next + 1;
      return next;
    }
    this.#reclaimHosts(this.#cloud.clock.time());
    return this.#freeHosts[subnet]?.pop();
  }

  /** How many host numbers of a subnet are unused. */
  freeHosts(subnet: number): number {
    return LAST_HOST + 1 - (this.#nextHost[subnet] ?? LAST_HOST + 1) + (this.#freeHosts[subnet]?.length ?? 0);
  }

  /** Whether a subnet has so many unused host numbers, those of terminated instances included. */
  hasRoom(subnet: number, count: number): boolean {
    if (this.freeHosts(subnet) < count) this.#reclaimHosts(this.#cloud.clock.time());
    return this.freeHosts(subnet) >= count;
  }

  /** An instance that clients can still see. */
  instance(id: string, now: number): Instance | undefined {
    const instance = this.instances.get(id);
    return instance && isVisible(instance.phase, now) ? instance : undefined;
  }

  /** A volume that still exists. */
  volume(id: string, now: number): Volume | undefined {
    const volume = this.volumes.get(id);
    return volume && (volume.deletedAt === undefined || now < volume.deletedAt) ? volume : undefined;
  }

  *visibleInstances(now: number): Iterable<Instance> {
    this.#sweep(now);
    for (const instance of this.instances.values()) if (isVisible(instance.phase, now)) yield instance;
  }

  *existingVolumes(now: number): Iterable<Volume> {
    this.#sweep(now);
    for (const volume of this.volumes.values())
      if (volume.deletedAt === undefined || now < volume.deletedAt) yield volume;
  }

  // Forgets what nobody can ask for any more, once an hour of virtual time.
  #sweep(now: number): void {
    if (now - this.#lastSweep < 3_600_000) return;
    this.#lastSweep = now;
    this.#reclaimHosts(now);
    for (const [id, { phase }] of this.instances)
      if (phase.goal === "terminated" && now > phase.settles + FORGOTTEN_AFTER) this.#forget(id);
    for (const [id, { deletedAt }] of this.volumes)
      if (deletedAt !== undefined && now > deletedAt + FORGOTTEN_AFTER) this.volumes.delete(id);
    for (const [token, { at }] of this.launches) if (now > at + TOKENS_KEPT) this.launches.delete(token);
  }

  #forget(id: string): void {
    const instance = this.instances.get(id);
    this.instances.delete(id);
    if (instance) this.configuredAgents.delete(instance);
  }

  #reclaimHosts(now: number): void {
    for (const instance of this.instances.values()) {
      const { phase, subnet, host } = instance;
      if (host === undefined || phase.goal !== "terminated" || now < phase.settles) continue;
      this.#freeHosts[subnet]?.push(host);
      instance.host = undefined;
    }
  }
}

/** How long a client token is remembered: at least a day, says "Ensuring idempotency in Amazon EC2 API requests". */
const TOKENS_KEPT = 86_400_000;
