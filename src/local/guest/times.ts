// When a machine was up, awake, booted: worked out from when its instance ran and from what happened to it.

import type { Instance } from "../fleet/instance.ts";
import { covers, lastBegun, without } from "../fleet/intervals.ts";
import { mix, seedOf } from "../metrics/generators.ts";

/** When the machine was up, frozen or not. */
export function upIntervals({ runs, guest }: Instance): readonly number[] {
  return guest ? without(runs, guest.gaps) : runs;
}

/** When the machine was up and answered. */
export function awakeIntervals(instance: Instance): readonly number[] {
  return without(upIntervals(instance), instance.guest?.freezes ?? []);
}

export function isUp(instance: Instance, now: number): boolean {
  return covers(instance.runs, now) && !covers(instance.guest?.gaps ?? [], now);
}

export function isFrozen(instance: Instance, now: number): boolean {
  return isUp(instance, now) && covers(instance.guest?.freezes ?? [], now);
}

export function isAwake(instance: Instance, now: number): boolean {
  return isUp(instance, now) && !covers(instance.guest?.freezes ?? [], now);
}

/** Percent of CPU that trouble makes at a time; undefined when there is none. */
export function troubledCpu({ runs, guest }: Instance, now: number): number | undefined {
  if (!guest || !(covers(guest.freezes, now) || covers(guest.busy, now))) return undefined;
  return covers(runs, now) && !covers(guest.gaps, now) ? guest.troubledCpu : undefined;
}

/** When the machine's kernel last started; undefined while it is down. */
export function bootedAt(instance: Instance, now: number): number | undefined {
  const last = lastBegun(upIntervals(instance), now);
  return last && now < last.end ? last.start : undefined;
}

/** Another random-looking UUID for each boot: `/proc/sys/kernel/random/boot_id`. */
export function bootId(instance: Instance, booted: number): string {
  const seed = seedOf(instance.id);
  const words = [1, 2, 3, 4].map((n) => mix(mix(seed, booted >>> 0), n + Math.floor(booted / 2 ** 32)));
  const digits = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = "89ab"[mix(seed, 5) % 4];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}
