import type { AwsSession } from "../aws/session.ts";
import { runInWaves, type WaveReport } from "../commands/run-in-waves.ts";
import type { Context } from "../support/context.ts";
import type { Installation } from "./install-change.ts";
import { RolloutBatch } from "./rollout-batch.ts";
import type { RolloutResult, RolloutSettings } from "./rollout-result.ts";

/**
 * Installs and configures the agent in waves. Every batch is asked for the agent it has, which is written on the instances; then it is
 * installed, configured, and watched until datapoints come in. An instance without any stays `pending`, and yet counts against the limit of
 * failures, so that the next wave isn't begun on hope. Instances that can't be reached don't count. The configurations must be stored
 * before. `report` hears every result once.
 */
export async function rollOut(
  session: AwsSession,
  targets: readonly Installation[],
  settings: RolloutSettings,
  context: Context,
  report: (result: RolloutResult) => void = () => undefined,
): Promise<WaveReport<RolloutResult>> {
  const byId = new Map(targets.map((target) => [target.instance, target]));
  return runInWaves(
    session,
    [...byId.keys()],
    settings,
    {
      async run(ids) {
        const batch = new RolloutBatch(session, context, settings);
        await batch.roll(ids.flatMap((id) => byId.get(id) ?? []));
        for (const result of batch.results.values()) report(result);
        return batch.results;
      },
      isFailure: ({ state, step }) => state === "failed" || (state === "pending" && step === "datapoint"),
      ...(settings.onWave ? { onWave: settings.onWave } : {}),
    },
    context,
  );
}
