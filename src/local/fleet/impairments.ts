import type { Impairment, StatusCheck } from "./instance.ts";

/** Makes a status check fail from a time on, for good or until another (milliseconds). */
export function impair(
  target: { impairments: readonly Impairment[] },
  check: StatusCheck,
  from: number,
  until?: number,
): void {
  target.impairments = [...target.impairments, { check, from, until }];
}

/** Ends what is wrong at `now` or is going to be, all of it or only these checks; at `until` (milliseconds), now when that isn't given. */
export function mend(
  target: { impairments: readonly Impairment[] },
  now: number,
  checks?: readonly StatusCheck[],
  until: number = now,
): void {
  if (target.impairments.length === 0) return;
  target.impairments = target.impairments.map((impairment) =>
    (impairment.until === undefined || impairment.until > now) &&
    (!checks || checks.includes(impairment.check))
      ? { ...impairment, until: Math.min(impairment.until ?? until, until) }
      : impairment,
  );
}

/** When a check began to fail that fails at `now`, or undefined when it passes. */
export function failingSince(
  target: { readonly impairments: readonly Impairment[] },
  check: StatusCheck,
  now: number,
): number | undefined {
  return target.impairments.find(
    (impairment) =>
      impairment.check === check &&
      impairment.from <= now &&
      (impairment.until === undefined || now < impairment.until),
  )?.from;
}
