/**
 * What a guest told of its last boot. Whatever its clock says, its own age is right: the time since its kernel started.
 * `askedAt` and `answeredAt` bound when it said so, by AWS's clock, ms.
 */
export interface BootReading {
  /** Another one for each boot. Windows has none. */
  readonly bootId?: string;
  /** Seconds since its kernel started. */
  readonly age: number;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What its clock said then, ms; and how far that is ahead of AWS's, seconds. */
  readonly clock?: number;
  readonly skew?: number;
}

/** What is known about a reboot that was asked for. */
export interface RebootQuestion {
  /** When, by AWS's clock, ms: at the earliest and at the latest. */
  readonly requested: { readonly from: number; readonly to: number };
  /** Before it was asked for. */
  readonly baseline?: BootReading | undefined;
  /** The first answer after it was asked for, and the latest. */
  readonly first?: BootReading | undefined;
  readonly latest?: BootReading | undefined;
}

/** Whether it rebooted. `never`: proved; `open`: neither is proved yet. */
export type RebootJudgement =
  | { readonly kind: "rebooted"; readonly bootedAt: number; readonly code: "rebooted" | "rebooted-before" }
  | { readonly kind: "never"; readonly bootedAt: number }
  | { readonly kind: "open" };

/** Times closer than this can't be told apart: readings are rounded, and calls take their time; ms. */
const SAME_TIME = 2_000;
/**
 * How long a guest must have gone on in the same boot before it counts as not rebooted, seconds: EC2 resets a guest that doesn't shut
 * down by itself after "a few minutes" (API reference, RebootInstances), which is about four.
 */
export const GRACE_SECONDS = 360;

/**
 * Judges by what the guest says of itself. Rebooted: it is another boot, and one that began after the request. Never: the same
 * boot goes on, by the guest's own count of its seconds, for longer than a hard reset takes; our clock may have jumped.
 * Systems Manager's ping is no witness: it lags by minutes, and a fast reboot never shows.
 */
export function judgeReboot({ requested, baseline, first, latest }: RebootQuestion): RebootJudgement {
  if (!latest) return { kind: "open" };
  const earliest = latest.askedAt - latest.age * 1000;
  const newest = latest.answeredAt - latest.age * 1000;
  // Between the two a clock that may be right knows best.
  const { clock, skew } = latest;
  const own = clock === undefined || skew !== 0 ? (earliest + newest) / 2 : clock - latest.age * 1000;
  const bootedAt = Math.round(Math.min(newest, Math.max(earliest, own)));
  const rebooted = { kind: "rebooted", code: "rebooted", bootedAt } as const;
  // Both answered after the request: a boot in between can't be an older one.
  if (first && isAnother(first, latest)) return rebooted;
  const after = earliest > requested.to + SAME_TIME;
  const before = newest < requested.from - SAME_TIME;
  const lasted = (first ? latest.age - first.age : 0) >= GRACE_SECONDS;
  if (baseline && isAnother(baseline, latest)) {
    // It rebooted by itself just before it was asked to: then ours is still to come, or came to nothing.
    if (!before) return rebooted;
    return lasted ? { ...rebooted, code: "rebooted-before" } : { kind: "open" };
  }
  if (baseline && isSame(baseline, latest)) return lasted ? { kind: "never", bootedAt } : { kind: "open" };
  if (after) return rebooted;
  return before && lasted ? { kind: "never", bootedAt } : { kind: "open" };
}

/** What is known of the time of a request, ms: by our clock, and how far AWS's was ahead of ours before and after. */
export interface RequestTimes {
  readonly requestedAt: number;
  /** When AWS took a command before and after the request, by its clock, and its clock less ours then. */
  readonly before?: { readonly at: number; readonly offset: number } | undefined;
  readonly after?: { readonly at: number; readonly offset: number } | undefined;
}

/** When a request was made, by AWS's clock. Where ours jumped about then, all that is known is what came before and after it. */
export function requestedBetween({ requestedAt, before, after }: RequestTimes): RebootQuestion["requested"] {
  if (!after) return { from: requestedAt, to: requestedAt };
  if (before && Math.abs(before.offset - after.offset) > SAME_TIME) return { from: before.at, to: after.at };
  const at = Math.min(requestedAt + after.offset, after.at);
  return { from: at, to: at };
}

/** Whether two readings are certainly of different boots: other ids, or the later one is younger. */
function isAnother(earlier: BootReading, later: BootReading): boolean {
  if (earlier.bootId !== undefined && later.bootId !== undefined) return earlier.bootId !== later.bootId;
  return later.age * 1000 < earlier.age * 1000 - SAME_TIME;
}

/** Whether two readings are certainly of the same boot. */
function isSame(earlier: BootReading, later: BootReading): boolean {
  return earlier.bootId !== undefined && earlier.bootId === later.bootId;
}

/** What the guest is asked, by platform: three lines on Linux, two on Windows. */
export const BOOT_COMMANDS: Readonly<Record<"linux" | "windows", readonly string[]>> = {
  linux: ["cat /proc/sys/kernel/random/boot_id", "cat /proc/uptime", "date +%s"],
  windows: [
    "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToString('o')",
    "[DateTimeOffset]::UtcNow.ToUnixTimeSeconds()",
  ],
};

/** A reading out of what the guest answered; undefined when that isn't what was asked for. */
export function readBoot(
  platform: "linux" | "windows",
  output: string,
  asked: Pick<BootReading, "askedAt" | "answeredAt">,
): BootReading | undefined {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (platform === "linux") {
    const [bootId = "", uptime = "", now = ""] = lines;
    const age = Number.parseFloat(uptime);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(bootId) || !Number.isFinite(age))
      return undefined;
    return { bootId, age, ...asked, ...skewOf(Number(now || Number.NaN), asked) };
  }
  const [boot = "", now = ""] = lines;
  const age = Number(now || Number.NaN) - Date.parse(boot) / 1000;
  return Number.isFinite(age) ? { age, ...asked, ...skewOf(Number(now), asked) } : undefined;
}

function skewOf(
  guestNow: number,
  { askedAt, answeredAt }: Pick<BootReading, "askedAt" | "answeredAt">,
): Pick<BootReading, "skew" | "clock"> {
  if (!Number.isFinite(guestNow)) return {};
  const bounds = [askedAt, answeredAt].map((at) => guestNow - at / 1000);
  const [most = 0, least = 0] = bounds;
  // Between the two it may just be right.
  const middle = Math.round((least + most) / 2);
  const minutes = Math.abs(middle) >= 120 ? Math.round(middle / 60) * 60 : middle;
  const skew = least <= 1 && most >= -1 ? 0 : minutes;
  return { clock: guestNow * 1000, skew };
}
