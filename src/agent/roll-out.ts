import type { AwsSession } from "../aws/session.ts";
import type { CommandRequest, CommandResult } from "../commands/command.ts";
import { countsAsFailure } from "../commands/retryable.ts";
import { runCommand } from "../commands/run-command.ts";
import { runInWaves, type WaveReport, type WaveSettings } from "../commands/run-in-waves.ts";
import type { AgentPlatform } from "../model/agent-policy.ts";
import type { Reason } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import type { AgentParameter } from "./agent-parameter.ts";
import { lastDatapoints } from "./last-datapoints.ts";

/** Tag of an instance whose agent was seen to work: the hash of the configuration it has. */
export const AGENT_TAG = "watchkeeper:agent";

/** An instance, and the stored configuration it is to have. */
export interface RolloutTarget {
  readonly id: string;
  readonly platform: AgentPlatform;
  readonly parameter: AgentParameter;
}

export interface RolloutSettings extends WaveSettings {
  /** Seconds to wait for the first datapoint. Default 600. */
  readonly patienceSeconds?: number;
}

/**
 * How far an instance got. `done`: a datapoint came in after it was configured. `pending`: nothing is wrong with what was sent,
 * but it isn't proved: the instance can't be reached, or has written nothing yet. `failed`: a step failed.
 */
export interface RolloutResult {
  readonly instanceId: string;
  readonly state: "done" | "pending" | "failed";
  readonly step: "install" | "configure" | "datapoint" | "tag";
  readonly reason: Reason;
}

/** Seconds until the first look for datapoints, and between looks: the agent writes once a minute. */
const FIRST_LOOK = 60;
const LOOK_EVERY = 30;

/**
 * Installs and configures the agent in waves. Every batch is installed, configured, and then watched until datapoints come in; an
 * instance without any stays `pending`, and yet counts against the limit of failures, so that the next wave isn't begun on hope.
 * Instances that can't be reached don't count. The configurations must be stored before. `report` hears every result once.
 */
export async function rollOut(
  session: AwsSession,
  targets: readonly RolloutTarget[],
  settings: RolloutSettings,
  context: Context,
  report: (result: RolloutResult) => void = () => undefined,
): Promise<WaveReport<RolloutResult>> {
  const byId = new Map(targets.map((target) => [target.id, target]));
  return runInWaves(
    session,
    [...byId.keys()],
    settings,
    {
      async run(ids) {
        const batch = new Batch(session, context, settings.patienceSeconds ?? 600);
        await batch.roll(ids.flatMap((id) => byId.get(id) ?? []));
        for (const result of batch.results.values()) report(result);
        return batch.results;
      },
      isFailure: ({ state, step }) => state === "failed" || (state === "pending" && step === "datapoint"),
    },
    context,
  );
}

class Batch {
  readonly results = new Map<string, RolloutResult>();
  readonly #session: AwsSession;
  readonly #context: Context;
  readonly #patience: number;

  constructor(session: AwsSession, context: Context, patience: number) {
    this.#session = session;
    this.#context = context;
    this.#patience = patience;
  }

  async roll(targets: readonly RolloutTarget[]): Promise<void> {
    const installed = await this.#run(targets, "install", {
      document: "AWS-ConfigureAWSPackage",
      parameters: { action: ["Install"], name: ["AmazonCloudWatchAgent"] },
    });
    const configured = await Promise.all(
      [...grouped(installed)].map(([name, group]) =>
        this.#run(group, "configure", {
          document: "AmazonCloudWatch-ManageAgent",
          parameters: {
            action: ["configure"],
            mode: ["ec2"],
            optionalConfigurationSource: ["ssm"],
            optionalConfigurationLocation: [name],
            optionalRestart: ["yes"],
          },
        }),
      ),
    );
    const seen = await this.#watch(configured.flat());
    await this.#mark(seen);
  }

  /** Runs a document; answers those where it succeeded. Both documents may be run again without harm. */
  async #run(
    targets: readonly RolloutTarget[],
    step: "install" | "configure",
    command: Pick<CommandRequest, "document" | "parameters">,
  ): Promise<readonly RolloutTarget[]> {
    if (targets.length === 0) return [];
    const results = await runCommand(
      this.#session,
      {
        ...command,
        instanceIds: targets.map(({ id }) => id),
        comment: `Watchkeeper: ${step} the CloudWatch agent`,
        repeatable: true,
      },
      this.#context,
    );
    return targets.filter(({ id }) => {
      const result = results.get(id);
      if (result?.verdict.kind === "success") return true;
      this.#end(id, stateOf(result), step, result?.reason ?? NO_ANSWER);
      return false;
    });
  }

  /** Waits for datapoints that are newer than the configuration. */
  async #watch(targets: readonly RolloutTarget[]): Promise<readonly RolloutTarget[]> {
    const { clock, signal } = this.#context;
    const from = clock.now();
    const seen: RolloutTarget[] = [];
    let waiting = targets;
    let why: Reason = {
      code: "no-datapoint",
      text: `it is configured, and has written nothing in ${this.#patience} s`,
    };
    try {
      for (let wait = FIRST_LOOK; waiting.length > 0; wait = LOOK_EVERY) {
        if (clock.now().getTime() - from.getTime() >= this.#patience * 1000) break;
        await clock.sleep(wait * 1000, signal);
        const last = await lastDatapoints(this.#session, waiting, from, clock.now());
        // A datapoint bears the beginning of its minute: one of the minute we began in may come from before.
        const isNew = ({ id }: RolloutTarget): boolean => (last.get(id)?.getTime() ?? 0) > from.getTime();
        seen.push(...waiting.filter(isNew));
        waiting = waiting.filter((target) => !isNew(target));
      }
    } catch (error) {
      const stopped = signal.aborted;
      const code = stopped ? "stopped" : isWatchkeeperError(error) ? error.code : "unexpected";
      why = { code, text: stopped ? "we were stopped before it had written anything" : messageOf(error) };
    }
    for (const { id } of waiting) this.#end(id, "pending", "datapoint", why);
    return seen;
  }

  /** Marks those that work with the configuration they have, so that the next plan knows without asking them. */
  async #mark(targets: readonly RolloutTarget[]): Promise<void> {
    for (const group of grouped(targets).values()) {
      const [first] = group;
      if (first === undefined) continue;
      try {
        await this.#session.send("ec2", "CreateTags", {
          Resources: group.map(({ id }) => id),
          Tags: [{ Key: AGENT_TAG, Value: first.parameter.hash }],
        });
        for (const { id } of group) this.#end(id, "done", "datapoint", SEEN);
      } catch (error) {
        const code = isWatchkeeperError(error) ? error.code : "unexpected";
        for (const { id } of group)
          this.#end(id, "failed", "tag", {
            code,
            text: `it works, but could not be marked: ${messageOf(error)}`,
          });
      }
    }
  }

  #end(instanceId: string, state: RolloutResult["state"], step: RolloutResult["step"], reason: Reason): void {
    this.results.set(instanceId, { instanceId, state, step, reason });
  }
}

const SEEN: Reason = { code: "datapoint-seen", text: "it writes metrics" };
const NO_ANSWER: Reason = { code: "no-answer", text: "nothing was heard of it" };

/** What can't be reached is waited for; what was under way when we were stopped may yet succeed. */
function stateOf(result: CommandResult | undefined): "pending" | "failed" {
  if (result === undefined) return "failed";
  const { verdict } = result;
  if (verdict.kind === "unknown" && verdict.code === "stopped") return "pending";
  return countsAsFailure(verdict) ? "failed" : "pending";
}

/** By the name of their parameter. */
function grouped(targets: readonly RolloutTarget[]): ReadonlyMap<string, readonly RolloutTarget[]> {
  const groups = new Map<string, RolloutTarget[]>();
  for (const target of targets) {
    const group = groups.get(target.parameter.name);
    if (group) group.push(target);
    else groups.set(target.parameter.name, [target]);
  }
  return groups;
}
