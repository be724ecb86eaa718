// Applying changes of alarms: in which order and how many at once, read again just before they are written, and new ones quiet until they
// have settled. This file: all of that for one account and region.
import { describeAlarms } from "../../aws/describe-alarms.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { Change } from "../../plan/plan.ts";
import type { Outcome } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import { alarmsOf } from "../live/actual-alarms.ts";
import { alarmArn } from "../live/alarm-tags-reader.ts";
import {
  type AlarmState,
  type LiveAlarm,
  putCompositeAlarm,
  putMetricAlarm,
  stateHash,
} from "../spec/cloudwatch-alarm.ts";
import { parseIdentity } from "../spec/identity.ts";
import { restampQuietStart } from "../spec/mark.ts";
import { alarmTags } from "../spec/tags.ts";
import { applySteps, blockSize, isQuietCreation, MAX_READING_AGE_MS, NAMES_A_CALL } from "./apply-blocks.ts";
import { QuietStarts } from "./quiet-starts.ts";

export interface ApplyOptions {
  readonly session: AwsSession;
  readonly context: Context;
  readonly report: (outcome: Outcome) => void;
  /** Hears how many new alarms are still to settle before their actions are switched on, while that is waited for. */
  readonly onSettling?: ((waiting: number) => void) | undefined;
}

/**
 * Applies changes of alarms: metric alarms, then composites, then what is switched on, then deletions. Before an alarm is written or
 * deleted it is read again; one that is no longer as the plan saw it is refused. Every change gets one outcome.
 */
export async function applyAlarms(changes: readonly Change[], options: ApplyOptions): Promise<void> {
  await new AlarmApply(options).run(changes);
}

/** A change whose alarm was just read: it may be written until the reading is too old. */
interface Checked {
  readonly change: Change;
  readonly readAt: number;
}

class AlarmApply {
  readonly #session: AwsSession;
  readonly #context: Context;
  readonly #report: (outcome: Outcome) => void;
  /** Identities whose alarm could not be written: what would be deleted in its favour stays. */
  readonly #unwritten = new Set<string>();
  readonly #quiet: QuietStarts;

  constructor({ session, context, report, onSettling }: ApplyOptions) {
    this.#session = session;
    this.#context = context;
    this.#report = report;
    this.#quiet = new QuietStarts(session, context, onSettling);
  }

  async run(changes: readonly Change[]): Promise<void> {
    const steps = applySteps(changes);
    await this.#putAll(steps.metric, "PutMetricAlarm");
    // A composite can only be saved once its children exist, so they go one after the other.
    await this.#putAll(steps.composite, "PutCompositeAlarm");
    for (const block of blocksOf(steps.enable, NAMES_A_CALL)) await this.#enable(block);
    for (const change of steps.deleteComposite) await this.#delete([change]);
    for (const block of blocksOf(steps.deleteMetric, NAMES_A_CALL)) await this.#delete(block);
    await this.#quiet.finish();
  }

  /** Writes alarms in blocks; the next block is read while the end of this one is still being written. */
  async #putAll(
    changes: readonly Change[],
    operation: "PutMetricAlarm" | "PutCompositeAlarm",
  ): Promise<void> {
    const quota = () => this.#session.quota("cloudwatch", operation);
    let at = 0;
    let reading: Promise<readonly Checked[]> = Promise.resolve([]);
    const readNext = (): void => {
      const block = changes.slice(at, at + blockSize(quota()));
      at += block.length;
      reading = this.#read(block);
    };
    readNext();
    const queue = new PutQueue(operation === "PutCompositeAlarm" ? 1 : Number.POSITIVE_INFINITY);
    for (;;) {
      let checked = await reading;
      if (checked.length === 0 && at >= changes.length) break;
      // One second's worth of calls is still under way when the next block is read.
      const ahead = Math.ceil(quota().ratePerSecond);
      for (let i = 0; i < checked.length; i += 1) {
        await queue.room(Math.max(1, ahead));
        const item = checked[i] as Checked;
        if (this.#now() - item.readAt > MAX_READING_AGE_MS - 1000) {
          checked = [
            ...checked.slice(0, i),
            ...(await this.#read(checked.slice(i).map(({ change }) => change))),
          ];
          i -= 1;
          continue;
        }
        queue.add(this.#put(item.change, operation));
      }
      readNext();
      await this.#quiet.flush();
    }
    await queue.room(0);
  }

  /** Reads a block again and answers the changes that still hold; the others are reported. What is gone is deleted already. */
  async #read(changes: readonly Change[]): Promise<Checked[]> {
    if (changes.length === 0) return [];
    if (this.#stopped(changes)) return [];
    let live: ReadonlyMap<string, LiveAlarm>;
    try {
      live = await this.#liveAlarms(changes.map(({ name }) => name));
    } catch (error) {
      for (const change of changes) this.#failed(change, error);
      return [];
    }
    const readAt = this.#now();
    return changes.flatMap((change) => {
      const alarm = live.get(change.name);
      const refusal = refusalOf(change, alarm);
      if (change.action === "delete" && alarm === undefined) this.#applied(change);
      else if (refusal === undefined) return [{ change, readAt }];
      else this.#refused(change, refusal);
      return [];
    });
  }

  async #liveAlarms(names: readonly string[]): Promise<ReadonlyMap<string, LiveAlarm>> {
    const found = new Map<string, LiveAlarm>();
    for await (const page of describeAlarms(this.#session, names))
      for (const live of alarmsOf(page)) found.set(live.state.alarmName, live);
    return found;
  }

  async #put(change: Change, operation: "PutMetricAlarm" | "PutCompositeAlarm"): Promise<void> {
    if (this.#stopped([change])) return;
    const quiet = isQuietCreation(change);
    const now = this.#now();
    const planned = change.after as AlarmState;
    const state: AlarmState =
      quiet && planned.mark !== undefined
        ? { ...planned, mark: restampQuietStart(planned.mark, now) }
        : planned;
    const identity = parseIdentity(change.identity);
    const tags = identity === undefined ? [] : alarmTags(identity);
    const created = change.action === "create" ? tags : undefined;
    try {
      // Tags first: cut short here, the alarm is ours by its tags and the next plan writes the mark.
      if (state.retag)
        await this.#session.send("cloudwatch", "TagResource", {
          ResourceARN: alarmArn(this.#session, change.name),
          Tags: tags.map((tag) => ({ ...tag })),
        });
      if (operation === "PutMetricAlarm")
        await this.#session.send("cloudwatch", operation, putMetricAlarm(state, created));
      else await this.#session.send("cloudwatch", operation, putCompositeAlarm(state, created));
    } catch (error) {
      this.#failed(change, error);
      return;
    }
    if (quiet) this.#quiet.add(change.name, now);
    this.#applied(change);
  }

  async #enable(block: readonly Change[]): Promise<void> {
    const checked = (await this.#read(block)).map(({ change }) => change);
    if (checked.length === 0) return;
    try {
      await this.#session.send("cloudwatch", "EnableAlarmActions", {
        AlarmNames: checked.map(({ name }) => name),
      });
      for (const change of checked) this.#applied(change);
    } catch (error) {
      for (const change of checked) this.#failed(change, error);
    }
  }

  /** Deletes alarms that are still as the plan saw them. A call that fails is split: one bad name fails a hundred. */
  async #delete(block: readonly Change[]): Promise<void> {
    const ready = block.filter((change) => {
      if (change.reason.code !== "renamed" || !this.#unwritten.has(change.identity)) return true;
      this.#refused(change, {
        code: "rename-incomplete",
        message: "its new alarm was not written, so the old one stays",
      });
      return false;
    });
    const checked = (await this.#read(ready)).map(({ change }) => change);
    if (checked.length === 0 || this.#stopped(checked)) return;
    try {
      await this.#session.send("cloudwatch", "DeleteAlarms", { AlarmNames: checked.map(({ name }) => name) });
      for (const change of checked) this.#applied(change);
    } catch (error) {
      const [only, ...others] = checked;
      if (only === undefined) return;
      if (others.length === 0) {
        // Gone is what was wanted: the reading may lag behind, or an earlier try lost its answer.
        if (isWatchkeeperError(error) && /^ResourceNotFound/.test(error.code)) this.#applied(only);
        else this.#failed(only, error);
        return;
      }
      const half = Math.ceil(checked.length / 2);
      await this.#delete(checked.slice(0, half));
      await this.#delete(checked.slice(half));
    }
  }

  #now(): number {
    return this.#context.clock.now().getTime();
  }

  /** After an abort nothing new is begun: what is left is reported as not tried. */
  #stopped(changes: readonly Change[]): boolean {
    if (!this.#context.signal.aborted) return false;
    for (const { address, name, identity } of changes) {
      this.#unwritten.add(identity);
      this.#report({ address, name, status: "pending" });
    }
    return true;
  }

  #applied({ address, name }: Change): void {
    this.#report({ address, name, status: "applied" });
  }

  #refused({ address, name, identity }: Change, error: Refusal): void {
    this.#unwritten.add(identity);
    this.#report({ address, name, status: "refused", error });
  }

  #failed({ address, name, identity }: Change, error: unknown): void {
    this.#unwritten.add(identity);
    const known = isWatchkeeperError(error) ? error : undefined;
    // Its turn had not come when the run was stopped.
    if (known?.code === "Aborted") {
      this.#report({ address, name, status: "pending" });
      return;
    }
    this.#report({
      address,
      name,
      status: "failed",
      error: {
        code: known?.code ?? "unexpected",
        message: messageOf(error),
        ...(known?.remedy === undefined ? {} : { remedy: known.remedy }),
      },
    });
  }
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Why a change no longer holds for the alarm as it is now; undefined when it does. */
function refusalOf({ action, beforeHash, after }: Change, live: LiveAlarm | undefined): Refusal | undefined {
  const remedy = "plan again";
  if (action === "create") {
    if (live === undefined) return undefined;
    // An earlier try may have had its effect and lost its answer.
    const ours = after as AlarmState;
    if (live.state.mark !== undefined && sameButTime(live.state, ours)) return undefined;
    return { code: "stale", message: "an alarm of this name has appeared since the plan was made", remedy };
  }
  if (live === undefined) return { code: "stale", message: "it no longer exists", remedy };
  if (live.unknownFields !== undefined && action !== "delete")
    return {
      code: "unknown-field",
      message: `it has ${live.unknownFields.join(", ")} now, which would be lost`,
      remedy: "upgrade watchkeeper",
    };
  const hash = stateHash(live.state);
  // It may be as wanted already: another apply of this plan, or an earlier try whose answer was lost.
  return hash === beforeHash || (action !== "delete" && hash === stateHash(after as AlarmState))
    ? undefined
    : { code: "stale", message: "it has changed since the plan was made", remedy };
}

function sameButTime(live: AlarmState, planned: AlarmState): boolean {
  const timeless = (state: AlarmState) =>
    stateHash({ ...state, mark: restampQuietStart(state.mark ?? "", 0), retag: undefined });
  return timeless(live) === timeless(planned);
}

function blocksOf(changes: readonly Change[], size: number): Change[][] {
  return Array.from({ length: Math.ceil(changes.length / size) }, (_, i) =>
    changes.slice(i * size, (i + 1) * size),
  );
}

/** Calls under way, of which no more than so many at once. Their failures are theirs to report. */
class PutQueue {
  readonly #most: number;
  #running = 0;
  /** Somebody waits until a call ends. One waiter at a time; racing thousands of promises again and again costs gigabytes. */
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  add(call: Promise<void>): void {
    this.#running += 1;
    void call.finally(() => {
      this.#running -= 1;
      this.#wake?.();
    });
  }

  /** Resolves when at most `ahead - 1` calls are under way; with 0, when none is. */
  async room(ahead: number): Promise<void> {
    const most = Math.max(0, Math.min(this.#most, ahead) - 1);
    while (this.#running > most) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
