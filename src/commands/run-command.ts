import type { AwsSession } from "../aws/session.ts";
import { hashOf } from "../support/canonical-json.ts";
import type { Context } from "../support/context.ts";
import { batchesOf, type CommandRequest, type CommandResult } from "./command.ts";
import { isRetryable } from "./retryable.ts";
import { deliveryOf, executionOf, sendBatch } from "./send-command.ts";
import { watchCommand } from "./watch-command.ts";

/**
 * Runs a document on instances and answers what became of it on each, in the order they were given, once each. Batches of 50
 * go out side by side; what may be tried again is (see `isRetryable`). Nothing that AWS answers makes it reject. A stop ends the
 * waiting: what is under way is then `unknown`, with code `stopped`.
 */
export async function runCommand(
  session: AwsSession,
  request: CommandRequest,
  context: Context,
): Promise<ReadonlyMap<string, CommandResult>> {
  const ids = [...new Set(request.instanceIds)];
  const { attempts = 3, retrySeconds = 20, repeatable = false } = request;
  const results = new Map<string, CommandResult>();
  let left: readonly string[] = ids;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    for (const result of await attemptOnce(session, request, left, attempt, context))
      results.set(result.instanceId, result);
    left = left.filter((id) => {
      const result = results.get(id);
      return result !== undefined && isRetryable(result.verdict, repeatable);
    });
    if (attempt >= attempts || left.length === 0 || context.signal.aborted) break;
    try {
      await context.clock.sleep(retrySeconds * 1000, context.signal);
    } catch {
      // Stopped while waiting: what the last attempt said stands.
      break;
    }
  }
  return new Map(ids.flatMap((id) => (results.has(id) ? [[id, results.get(id) as CommandResult]] : [])));
}

async function attemptOnce(
  session: AwsSession,
  request: CommandRequest,
  ids: readonly string[],
  attempt: number,
  context: Context,
): Promise<readonly CommandResult[]> {
  const times = { delivery: deliveryOf(request), execution: executionOf(request) };
  const at = context.clock.now().getTime();
  const batches = batchesOf(ids).map(async (batch) => {
    // Tells this command from every other, so that it is found when the answer to its sending is lost.
    const token = hashOf([request.document, batch, attempt, at, context.random()], 16);
    const { sent, results } = await sendBatch(session, request, batch, token, context);
    const watched = sent.map((command) => watchCommand(session, command, times, context));
    return [...results, ...(await Promise.all(watched)).flat()];
  });
  return (await Promise.all(batches)).flat();
}
