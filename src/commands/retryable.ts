import type { Verdict } from "./command.ts";

/** What package managers, name resolution and networks say when the same thing would work a little later. */
const PASSING =
  /could not get lock|is another process using it|another app is currently holding the yum lock|temporary failure in name resolution|connection (reset|timed out|refused)|TLS handshake timeout|i\/o timeout|throttl|RequestLimitExceeded|50[234] (Bad Gateway|Service Unavailable|Gateway Time-?out)/i;

/**
 * Whether trying again on that instance may help and does no harm. What certainly didn't run may always be tried again;
 * what ran, or may have, only when running it twice does no harm and its error is of a kind that passes.
 */
export function isRetryable(verdict: Verdict, repeatable: boolean): boolean {
  switch (verdict.kind) {
    case "timed-out":
      return verdict.phase === "delivery";
    case "access-denied":
      return true;
    case "not-sent":
      // A command whose answer was lost was looked for in vain, which makes it unlikely, not impossible, that it runs.
      return verdict.retryable && (repeatable || verdict.code === "Throttling");
    case "failed":
      return repeatable && PASSING.test(verdict.output);
    default:
      return false;
  }
}

/**
 * Whether a verdict counts as a failure of what was run, or of the right to run it. An instance that is off or doesn't answer
 * says nothing about that: it is waited for, not held against the others.
 */
export function countsAsFailure(verdict: Verdict): boolean {
  switch (verdict.kind) {
    case "success":
    case "unreachable":
    case "undeliverable":
      return false;
    case "timed-out":
      return verdict.phase === "execution";
    default:
      return true;
  }
}
