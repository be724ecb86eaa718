/** Attempts after which a message that fails while others are delivered is taken to be at fault itself. */
export const MOST_ATTEMPTS = 8;
/** Age, ms, at which a message that was never taken is no news any more. */
export const LONGEST_WAIT = 86_400_000;

/** What is known of a message that failed. */
export interface FailedMessage {
  /** Whether the channel says that it may pass. */
  readonly retry: boolean;
  readonly attempts: number;
  /** ms. */
  readonly age: number;
  /** Whether the channel has taken others since this one first failed. */
  readonly othersDelivered: boolean;
}

/** Whether to try again; otherwise why not beyond what the channel said, or undefined where that says it all. */
export function verdictOn({
  retry,
  attempts,
  age,
  othersDelivered,
}: FailedMessage): "retry" | string | undefined {
  if (!retry) return undefined;
  if (age >= LONGEST_WAIT) return `given up after ${attempts} tries in 24 hours`;
  if (attempts >= MOST_ATTEMPTS && othersDelivered)
    return `given up after ${attempts} tries, others were taken meanwhile`;
  return "retry";
}
