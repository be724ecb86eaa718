// The machine inside an instance: when it was up, what hung, what runs. Made when something first looks at it. Like the instance's
// states it doesn't tick: what happened is kept as times, and everything else is worked out from them.

import { PLAIN_GUEST, type RebootKind } from "../fleet/guest-profile.ts";
import type { Guest } from "../fleet/guest-state.ts";
import { impair, mend } from "../fleet/impairments.ts";
import type { Instance } from "../fleet/instance.ts";
import { without } from "../fleet/intervals.ts";
import { newAgent } from "./agent-state.ts";
import { newServices } from "./services.ts";
import { awakeIntervals, isFrozen, isUp } from "./times.ts";

/** From the request until it is down, and from there until its kernel starts; milliseconds. */
const REBOOTS: Readonly<Record<Exclude<RebootKind, "never">, readonly [press: number, down: number]>> = {
  fast: [2_000, 8_000],
  normal: [5_000, 45_000],
  slow: [10_000, 480_000],
};
/** A machine that doesn't react to the request is reset after this ("a few minutes", API reference of RebootInstances). */
const HARD_RESET_AFTER = 240_000;
/** Status checks notice after this that a machine doesn't answer, and after this that it does again. */
const CHECK_FAILS_AFTER = 90_000;
const CHECK_PASSES_AFTER = 60_000;

/** The machine of an instance; made if nothing has looked at it yet. */
export function guestOf(instance: Instance): Guest {
  instance.guest ??= newGuest(instance);
  return instance.guest;
}

function newGuest(instance: Instance): Guest {
  const profile = instance.launch.guest ?? PLAIN_GUEST;
  const born = instance.runs[0] ?? instance.createdAt;
  return {
    profile,
    reboot: profile.reboot,
    rebootHelps: profile.rebootHelps,
    clockSkew: profile.clockSkew,
    diskFull: profile.diskFull,
    troubledCpu: profile.troubledCpu,
    healthy: true,
    gaps: [],
    freezes: [],
    busy: [],
    ssm: { version: profile.ssmAgent?.version, stops: profile.ssmAgent?.running === false ? [born] : [] },
    agent: newAgent(instance, profile),
    services: newServices(profile.services, born),
    files: new Map(),
  };
}

/** Freezes the machine: nothing on it answers any more, and its status check comes to fail. */
export function freeze(instance: Instance, now: number): void {
  const guest = guestOf(instance);
  if (!isUp(instance, now) || guest.freezes.length % 2 === 1) return;
  guest.freezes.push(now);
  impair(instance, "instance", now + CHECK_FAILS_AFTER);
}

/** Lets a frozen machine go on as if nothing had been. */
export function thaw(instance: Instance, now: number): void {
  end(guestOf(instance).freezes, now);
  mend(instance, now, ["instance"], now + CHECK_PASSES_AFTER);
}

/** Something takes all of the CPU from now on, or stops to. */
export function setBusy(instance: Instance, busy: boolean, now: number): void {
  const { busy: times } = guestOf(instance);
  if (!busy) end(times, now);
  else if (times.length % 2 === 0) times.push(now);
}

/**
 * Asks the machine to reboot: it happens some seconds later, or minutes when it is frozen, or never. Asking again before it is
 * over changes nothing.
 */
export function rebootGuest(instance: Instance, now: number): void {
  const guest = guestOf(instance);
  if (guest.reboot === "never" || (guest.gaps.at(-1) ?? 0) > now || !isUp(instance, now)) return;
  const [press, length] = REBOOTS[guest.reboot];
  restart(instance, now, now + (isFrozen(instance, now) ? HARD_RESET_AFTER : press), length);
}

/** Takes a machine's power away and gives it back: what moving it to another host does. It can't refuse. */
export function resetGuest(instance: Instance, now: number): void {
  powerOff(instance, now);
  if (isUp(instance, now)) restart(instance, now, now, REBOOTS.normal[1]);
}

/** The machine goes down and comes up again so much later; all in milliseconds. */
function restart(instance: Instance, now: number, down: number, length: number): void {
  const guest = guestOf(instance);
  const up = down + length;
  guest.gaps.push(down, up);
  end(guest.freezes, down);
  end(guest.busy, down);
  mend(instance, now, ["instance"], up + CHECK_PASSES_AFTER);
  if (length > CHECK_FAILS_AFTER)
    impair(instance, "instance", down + CHECK_FAILS_AFTER, up + CHECK_PASSES_AFTER);
  if (!guest.rebootHelps) guest.busy.push(up);
}

/** The instance stops or ends: whatever was under way in the machine is over. */
export function powerOff({ guest }: Instance, now: number): void {
  if (!guest) return;
  for (const times of [guest.gaps, guest.freezes, guest.busy]) cutAt(times, now);
}

/** Makes the machine's SSM agent stop or run. */
export function setSsmAgent(instance: Instance, running: boolean, now: number): void {
  const { stops } = guestOf(instance).ssm;
  if (running) end(stops, now);
  else if (stops.length % 2 === 0) stops.push(now);
}

/** When the SSM agent was able to work, had it been let in. */
export function ssmAgentIntervals(instance: Instance): readonly number[] {
  const { ssm } = guestOf(instance);
  return ssm.version === undefined ? [] : without(awakeIntervals(instance), ssm.stops);
}

function end(times: number[], at: number): void {
  if (times.length % 2 === 1) times.push(at);
}

/** Forgets what lies ahead of a time and ends what goes on then. */
function cutAt(times: number[], at: number): void {
  while (times.length > 0 && (times.at(-1) as number) > at) times.pop();
  end(times, at);
}
