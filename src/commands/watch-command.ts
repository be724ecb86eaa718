import type { AwsSession } from "../aws/session.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import type { CommandResult, Verdict } from "./command.ts";
import {
  cutPlugin,
  errorTail,
  type Invocation,
  isWaiting,
  judgeInvocation,
  reasonOf,
  type Withdrawal,
} from "./judge-invocation.ts";
import type { SentCommand } from "./send-command.ts";

/** How long a command may take; seconds. */
export interface CommandTimes {
  readonly delivery: number;
  readonly execution: number;
}

/** Milliseconds between polls: at first, and at most. */
const FIRST_POLL = 2_000;
const LONGEST_POLL = 15_000;
/** How long instances have to confirm that a command was called off, milliseconds. */
const CANCELLING = 60_000;
/** Failures of one command whose whole output is asked for, where the listing cut it. */
const WHOLE_OUTPUTS = 5;

/**
 * Follows a command until it is over on every instance: one listing a poll (a page holds a whole batch), further and further
 * apart. Invocations that aren't listed yet are waited for. What takes too long is called off, instance by instance, so
 * that it can't run after we looked away. Answers one result for each instance; never rejects.
 */
export async function watchCommand(
  session: AwsSession,
  command: SentCommand,
  times: CommandTimes,
  context: Context,
): Promise<readonly CommandResult[]> {
  const watch = new Watch(session, command, times, context);
  try {
    await watch.run();
  } catch (error) {
    const stopped = context.signal.aborted || (isWatchkeeperError(error) && error.code === "Aborted");
    const code = stopped ? "stopped" : isWatchkeeperError(error) ? error.code : "unexpected";
    watch.give(
      code,
      stopped ? `we were stopped; command ${command.commandId} goes on by itself` : messageOf(error),
    );
  }
  return watch.results();
}

class Watch {
  readonly #session: AwsSession;
  readonly #command: SentCommand;
  readonly #times: CommandTimes;
  readonly #context: Context;
  readonly #results = new Map<string, CommandResult>();
  readonly #withdrawn = new Map<string, Withdrawal>();
  #wholeOutputs = 0;

  constructor(session: AwsSession, command: SentCommand, times: CommandTimes, context: Context) {
    this.#session = session;
    this.#command = command;
    this.#times = times;
    this.#context = context;
  }

  async run(): Promise<void> {
    const { clock, signal } = this.#context;
    const { sentAt } = this.#command;
    const deliveryEnds = sentAt + this.#times.delivery * 1000;
    const executionEnds = deliveryEnds + this.#times.execution * 1000;
    for (let wait = FIRST_POLL; ; wait = Math.min(LONGEST_POLL, wait * 1.5)) {
      await clock.sleep(wait, signal);
      const waiting = await this.#poll();
      const open = this.#open();
      if (open.length === 0) return;
      const now = clock.now().getTime();
      if (now >= executionEnds + CANCELLING) break;
      if (now >= executionEnds) await this.#withdraw(open, "execution");
      else if (now >= deliveryEnds) await this.#withdraw(waiting, "delivery");
    }
    this.give(
      "not-over",
      `command ${this.#command.commandId} was called off, and the instance didn't confirm it`,
    );
  }

  /** Looks once; answers the instances that haven't fetched the command. */
  async #poll(): Promise<readonly string[]> {
    const seen = new Map<string, Invocation>();
    const input = { CommandId: this.#command.commandId, Details: true };
    for await (const { CommandInvocations = [] } of this.#session.pages(
      "ssm",
      "ListCommandInvocations",
      input,
    ))
      for (const invocation of CommandInvocations) seen.set(invocation.InstanceId ?? "", invocation);
    for (const instanceId of this.#open()) {
      const invocation = seen.get(instanceId);
      const judged = invocation && judgeInvocation(invocation, this.#withdrawn.get(instanceId));
      if (!judged) continue;
      const whole = await this.#wholeOutput(invocation);
      const verdict: Verdict =
        whole !== undefined && judged.verdict.kind === "failed"
          ? { ...judged.verdict, output: errorTail(whole) }
          : judged.verdict;
      this.#results.set(instanceId, { instanceId, ...judged, verdict, reason: reasonOf(verdict) });
    }
    return this.#open().filter((id) => {
      const invocation = seen.get(id);
      return invocation === undefined || isWaiting(invocation);
    });
  }

  async #wholeOutput(invocation: Invocation): Promise<string | undefined> {
    const plugin = cutPlugin(invocation);
    if (plugin === undefined || this.#wholeOutputs >= WHOLE_OUTPUTS) return undefined;
    this.#wholeOutputs += 1;
    const { StandardErrorContent = "", StandardOutputContent = "" } = await this.#session.send(
      "ssm",
      "GetCommandInvocation",
      { CommandId: this.#command.commandId, InstanceId: invocation.InstanceId, PluginName: plugin },
    );
    return StandardErrorContent === "" ? StandardOutputContent : StandardErrorContent;
  }

  async #withdraw(ids: readonly string[], why: Withdrawal): Promise<void> {
    const fresh = ids.filter((id) => !this.#withdrawn.has(id));
    if (fresh.length === 0) return;
    await this.#session.send("ssm", "CancelCommand", {
      CommandId: this.#command.commandId,
      InstanceIds: [...fresh],
    });
    for (const id of fresh) this.#withdrawn.set(id, why);
  }

  /** Ends with instances that nothing more is known about. */
  give(code: string, why: string): void {
    for (const instanceId of this.#open()) {
      const verdict: Verdict = { kind: "unknown", code };
      const reason = { code, text: `${reasonOf(verdict).text}: ${why}` };
      this.#results.set(instanceId, { instanceId, commandId: this.#command.commandId, verdict, reason });
    }
  }

  results(): readonly CommandResult[] {
    return this.#command.instanceIds.flatMap((id) => this.#results.get(id) ?? []);
  }

  #open(): readonly string[] {
    return this.#command.instanceIds.filter((id) => !this.#results.has(id));
  }
}
