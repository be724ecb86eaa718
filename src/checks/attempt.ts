import type { CheckCode, CheckDetails, CheckPhase, CheckResult } from "../model/check.ts";
import type { Context } from "../support/context.ts";

/** What a check needs from outside. Endpoints are asked in real time, whatever the clock says. */
export interface CheckContext extends Pick<Context, "clock" | "signal"> {
  /** Milliseconds that only go forward, for phases; default the process's own. */
  readonly elapsed?: () => number;
  /** Certificates (PEM) of authorities to trust beside the public ones. */
  readonly authorities?: readonly string[];
}

/** Why a check ended as it did. */
export type CheckReason = CheckResult["reason"];

/** Ends a check from anywhere inside it, with its reason. */
export class CheckFailure extends Error {
  readonly code: CheckCode;

  constructor(code: CheckCode, message: string) {
    super(message);
    this.name = "CheckFailure";
    this.code = code;
  }
}

/** Anything that holds a connection or a question open. */
export interface Resource {
  destroy(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * One run of a check: how long its phases took, what was seen so far, and what is open. Once it is over nothing is: what opens
 * later (a name that is resolved after the deadline) is closed at once.
 */
export class Attempt {
  readonly context: CheckContext;
  readonly details: Mutable<CheckDetails> = {};
  /** Never resolves; rejects with a `CheckFailure` when the time is up or the caller gives up. */
  readonly stopped: Promise<never>;
  readonly #elapsed: () => number;
  readonly #start: number;
  readonly #phases: Partial<Record<CheckPhase, number>> = {};
  readonly #open = new Set<Resource>();
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  #current: { readonly phase: CheckPhase; readonly since: number } | undefined;
  #over = false;

  constructor(context: CheckContext, timeoutSeconds: number) {
    this.context = context;
    this.#elapsed = context.elapsed ?? (() => performance.now());
    this.#start = this.#elapsed();
    let stop: (failure: CheckFailure) => void = () => undefined;
    this.stopped = new Promise((_, reject) => {
      stop = reject;
    });
    this.#timer = setTimeout(
      () => {
        const during = this.#current ? ` while ${DOING[this.#current.phase]}` : "";
        stop(new CheckFailure("timeout", `no answer within ${timeoutSeconds} s${during}`));
      },
      Math.min(timeoutSeconds * 1000, LONGEST_TIMER),
    );
    this.#forget = onAbort(context.signal, () => stop(new CheckFailure("aborted", "the check was given up")));
  }

  /** What goes on now. */
  get phase(): CheckPhase | undefined {
    return this.#current?.phase;
  }

  /** The present phase ends, another begins. */
  begin(phase: CheckPhase): void {
    this.pause();
    if (!this.#over) this.#current = { phase, since: this.#elapsed() };
  }

  /** The present phase ends, and nothing that is counted goes on. */
  pause(): void {
    if (!this.#current) return;
    const { phase, since } = this.#current;
    this.#phases[phase] = (this.#phases[phase] ?? 0) + (this.#elapsed() - since);
    this.#current = undefined;
  }

  /** Closes a resource when the check is over; `instead` of one that it has taken over, and closes itself. */
  keep<R extends Resource>(resource: R, instead?: Resource): R {
    if (instead) this.#open.delete(instead);
    if (this.#over) resource.destroy();
    else this.#open.add(resource);
    return resource;
  }

  /** Ends the check: everything is closed, nothing changes any more. */
  finish(reason: CheckReason): CheckResult {
    const success = reason.code === "ok";
    const phase = success ? undefined : this.#current?.phase;
    this.pause();
    this.#over = true;
    clearTimeout(this.#timer);
    this.#forget();
    for (const resource of this.#open) resource.destroy();
    this.#open.clear();
    return {
      success,
      reason,
      phases: { ...this.#phases },
      totalMs: this.#elapsed() - this.#start,
      details: { ...this.details, ...(phase && { phase }) },
    };
  }
}

/** Who is to be told when a signal is aborted. Thousands of checks may share one, and it warns of more than ten listeners. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Tells of an abort, at once if it has happened. Answers how not to be told any more. */
function onAbort(signal: AbortSignal, tell: () => void): () => void {
  if (signal.aborted) tell();
  const all = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, all);
    const tellAll = (): void => {
      for (const one of all) one();
    };
    signal.addEventListener("abort", tellAll, { once: true });
  }
  all.add(tell);
  return () => all.delete(tell);
}

/** Node's timers fire at once for anything longer. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What goes on in a phase, in words. */
const DOING: Readonly<Record<CheckPhase, string>> = {
  dns: "resolving the name",
  connect: "connecting",
  tls: "shaking hands by TLS",
  firstByte: "waiting for the answer",
  transfer: "reading the answer",
};
