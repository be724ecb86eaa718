import type { Fleet } from "../fleet/fleet.ts";
import type { Guest } from "../fleet/guest-state.ts";
import type { Instance } from "../fleet/instance.ts";
import { hostName } from "./agent-series.ts";
import { guestOf } from "./guest.ts";

/** A machine as programs that run on it see it. */
export interface Machine {
  readonly fleet: Fleet;
  readonly instance: Instance;
  readonly guest: Guest;
  readonly host: string;
  /** True time in milliseconds; the machine's own clock may be wrong. */
  now(): number;
  /** What a parameter of Systems Manager holds, or why the machine doesn't get it. */
  parameter(name: string): { readonly value: string } | { readonly refused: string };
}

/** What a program said, and its exit code. */
export interface Output {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs in virtual time: yields milliseconds that it waits for, and ends with what it said. */
export type Program = Generator<number, Output, void>;

/** The machine of an instance. `parameter`: how it reads parameters. */
export function machineOf(
  fleet: Fleet,
  instance: Instance,
  now: () => number,
  parameter: Machine["parameter"],
): Machine {
  return { fleet, instance, guest: guestOf(instance), host: hostName(fleet, instance), now, parameter };
}

/** What the machine's own clock says, milliseconds. */
export function localTime({ guest, now }: Machine): number {
  return now() + guest.clockSkew;
}

export function said(out: string, code = 0): Output {
  return { out: out === "" || out.endsWith("\n") ? out : `${out}\n`, err: "", code };
}

export function failed(err: string, code = 1): Output {
  return { out: "", err: `${err}\n`, code };
}
