import { describeAlarms } from "../aws/describe-alarms.ts";
import type { AwsSession } from "../aws/session.ts";
import type { FailureLimit, WaveSize } from "../model/rollout.ts";
import type { Reason } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { messageOf } from "../support/errors.ts";
import { BATCH, batchesOf } from "./command.ts";
import { tooManyFailures, USUAL_WAVES, wavesOf } from "./waves.ts";

/** How to go through a fleet. */
export interface WaveSettings {
  /** Default 1, 10 %, rest. */
  readonly waves?: readonly WaveSize[];
  /** Default 10 % of those tried, so that the first one must succeed. */
  readonly failures?: FailureLimit;
  /** Alarms of this account and region, at most 100; while one of them is in ALARM nothing more is begun. */
  readonly stopAlarms?: readonly string[];
  /** Seconds between waves, for alarms to notice. Default 0. */
  readonly pauseSeconds?: number;
}

/** What is done to some instances at a time. */
export interface WaveWork<Result> {
  /** At most 50 instances. Answers a result for each; a missing one counts as a failure. */
  readonly run: (ids: readonly string[]) => Promise<ReadonlyMap<string, Result>>;
  readonly isFailure: (result: Result) => boolean;
  /** Told when a wave begins: which one of how many, and its size. */
  readonly onWave?: (wave: number, waves: number, instances: number) => void;
}

/** What became of a fleet. */
export interface WaveReport<Result> {
  readonly results: ReadonlyMap<string, Result>;
  /** Why not all were tried. */
  readonly stopped?: Reason;
  /** Instances that nothing was begun on. */
  readonly untried: readonly string[];
}

/** Batches under way at once within a wave. */
const AT_ONCE = 4;

/**
 * Does something to a fleet in waves, in batches of 50 within each. Before every wave and every batch it looks at the failures so far
 * and at the named alarms; one that doesn't exist, or can't be read, stops everything before it begins. What is under way when
 * it stops is finished.
 */
export async function runInWaves<Result>(
  session: AwsSession,
  ids: readonly string[],
  settings: WaveSettings,
  work: WaveWork<Result>,
  context: Context,
): Promise<WaveReport<Result>> {
  const { waves = USUAL_WAVES, failures = "10%", stopAlarms = [], pauseSeconds = 0 } = settings;
  const results = new Map<string, Result>();
  const tried = new Set<string>();
  let done = 0;
  let failed = 0;
  let stopped: Reason | undefined;
  const look = async (): Promise<Reason | undefined> => {
    if (context.signal.aborted) return STOPPED;
    return tooManyFailures(failed, done, failures) ?? (await firingAlarm(session, stopAlarms));
  };
  const runBatch = async (batch: readonly string[]): Promise<void> => {
    for (const id of batch) tried.add(id);
    const found = await work.run(batch);
    for (const id of batch) {
      const result = found.get(id);
      if (result !== undefined) results.set(id, result);
      done += 1;
      if (result === undefined || work.isFailure(result)) failed += 1;
    }
  };
  const all = wavesOf([...new Set(ids)], waves);
  for (const [index, wave] of all.entries()) {
    if (index > 0 && pauseSeconds > 0)
      await context.clock.sleep(pauseSeconds * 1000, context.signal).catch(() => undefined);
    const queue = [...batchesOf(wave, BATCH)];
    let begun = false;
    const lane = async (): Promise<void> => {
      for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
        stopped ??= await look();
        if (stopped) return;
        if (!begun) work.onWave?.(index + 1, all.length, wave.length);
        begun = true;
        await runBatch(batch);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, lane));
    if (stopped) break;
  }
  const untried = ids.filter((id) => !tried.has(id));
  return { results, untried, ...(stopped === undefined ? {} : { stopped }) };
}

const STOPPED: Reason = { code: "stopped", text: "the run was stopped" };

/** Why the named alarms say stop; undefined while none does. */
async function firingAlarm(session: AwsSession, names: readonly string[]): Promise<Reason | undefined> {
  const missing = new Set(names);
  try {
    for await (const { metricAlarms, compositeAlarms } of describeAlarms(session, names))
      for (const { AlarmName = "", StateValue } of [...metricAlarms, ...compositeAlarms]) {
        missing.delete(AlarmName);
        if (StateValue === "ALARM") return { code: "stop-alarm", text: `alarm ${AlarmName} is in ALARM` };
      }
  } catch (error) {
    return {
      code: "stop-alarms-unknown",
      text: `the alarms that stop it can't be read: ${messageOf(error)}`,
    };
  }
  const [absent] = missing;
  if (absent === undefined) return undefined;
  return { code: "stop-alarm-missing", text: `there is no alarm ${absent} that could stop it` };
}
