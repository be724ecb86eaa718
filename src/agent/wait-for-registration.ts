import type { AwsSession } from "../aws/session.ts";
import type { Context } from "../support/context.ts";
import { readPings } from "./read-signs.ts";

/** Milliseconds between looks. */
const LOOK_EVERY = 15_000;

/**
 * Waits until Systems Manager reaches instances whose role was only just given: their SSM Agents notice it after some minutes. Answers
 * those that it doesn't reach when the time is up, or when the run is stopped. Rejects when they can't be read.
 */
export async function waitForRegistration(
  session: AwsSession,
  ids: readonly string[],
  seconds: number,
  { clock, signal }: Context,
  tell: (waiting: number) => void,
): Promise<readonly string[]> {
  const until = clock.now().getTime() + seconds * 1000;
  let waiting = ids;
  while (waiting.length > 0 && !signal.aborted) {
    const pings = await readPings(session, waiting);
    waiting = waiting.filter((id) => pings.get(id)?.status !== "online");
    if (waiting.length === 0 || clock.now().getTime() >= until) break;
    tell(waiting.length);
    // A stop ends the waiting; what was found so far stands.
    await clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
  }
  return waiting;
}
