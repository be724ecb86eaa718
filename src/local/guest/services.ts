import type { ServiceSpec } from "../fleet/guest-profile.ts";
import type { ServiceState } from "../fleet/guest-state.ts";
import type { Instance } from "../fleet/instance.ts";
import { covers } from "../fleet/intervals.ts";
import { bootedAt, isAwake } from "./times.ts";

/** After a boot units are started first, then docker with its containers; milliseconds. */
const UNITS_AFTER = 8_000;
const DOCKER_AFTER = 15_000;

/** What answers on a port of a machine: a status, nobody (refused), or silence. */
export type HttpAnswer = { readonly status: 200 | 503 } | "refused" | "silence";

/** Services as they are when a machine is first looked at: they run. */
export function newServices(specs: readonly ServiceSpec[], born: number): ReadonlyMap<string, ServiceState> {
  return new Map(specs.map((spec) => [spec.name, { spec, changed: { at: born, running: spec.starts } }]));
}

/** Whether a service runs. */
export function isRunning(instance: Instance, { spec, changed }: ServiceState, now: number): boolean {
  const booted = bootedAt(instance, now);
  if (booted === undefined) return false;
  if (changed.at >= booted && changed.at <= now) return changed.running;
  return spec.starts && spec.onBoot && now >= booted + (spec.kind === "systemd" ? UNITS_AFTER : DOCKER_AFTER);
}

/** Whether the machine has docker at all, and whether its daemon answers yet. */
export function dockerState(instance: Instance, now: number): "absent" | "starting" | "running" {
  const services = [...(instance.guest?.services.values() ?? [])];
  if (!services.some(({ spec }) => spec.kind !== "systemd")) return "absent";
  const booted = bootedAt(instance, now);
  return booted === undefined || now < booted + DOCKER_AFTER ? "starting" : "running";
}

/** Starts a service; false when it can't be started. */
export function startService(service: ServiceState, now: number): boolean {
  service.changed = { at: now, running: service.spec.starts };
  return service.spec.starts;
}

export function stopService(service: ServiceState, now: number): void {
  service.changed = { at: now, running: false };
}

/** What a request to a port of the machine is answered with. */
export function httpAnswer(instance: Instance, port: number, now: number): HttpAnswer {
  if (!isAwake(instance, now)) return "silence";
  const service = [...(instance.guest?.services.values() ?? [])].find(({ spec }) => spec.port === port);
  if (!service || !isRunning(instance, service, now)) return "refused";
  const well = instance.guest?.healthy && !covers(instance.guest.busy, now);
  return { status: well ? 200 : 503 };
}
