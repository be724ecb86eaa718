import type { AwsSession } from "../aws/session.ts";
import type { CommandRequest, CommandResult } from "../commands/command.ts";
import { countsAsFailure } from "../commands/retryable.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Reason } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import { AGENT_TAG, formatMark } from "./agent-mark.ts";
import type { AgentBefore } from "./before-tag.ts";
import type { Installation } from "./install-change.ts";
import { writeTags } from "./instance-tags.ts";
import { type Beginning, type Begun, keepAgentBefore } from "./keep-agent-before.ts";
import { lastDatapoints } from "./last-datapoints.ts";
import { type Answer, lookAtAgents } from "./look-at-agents.ts";

import type { RolloutResult, RolloutSettings } from "./rollout-result.ts";

/** Seconds until the first look for datapoints, and between looks: the agent writes once a minute. */
const FIRST_LOOK = 60;
const LOOK_EVERY = 30;

/** What is done to at most 50 instances at a time; `results` fills as they end. Nothing that AWS answers makes it reject. */
export class RolloutBatch {
  readonly results = new Map<string, RolloutResult>();
  readonly #session: AwsSession;
  readonly #context: Context;
  readonly #settings: RolloutSettings;

  constructor(session: AwsSession, context: Context, settings: RolloutSettings) {
    this.#session = session;
    this.#context = context;
    this.#settings = settings;
  }

  async roll(targets: readonly Installation[]): Promise<void> {
    const begun = await this.#begin(targets);
    const installed = (
      await Promise.all(
        [
          ...groupedBy(
            begun.filter((target) => target.package),
            "version",
          ),
        ].map(([version, group]) =>
          this.#run(group, "install", {
            document: "AWS-ConfigureAWSPackage",
            parameters: {
              action: ["Install"],
              name: ["AmazonCloudWatchAgent"],
              ...(version === "latest" ? {} : { version: [version] }),
            },
          }),
        ),
      )
    ).flat();
    const ready = [...installed, ...begun.filter((target) => !target.package)];
    const configured = await Promise.all(
      [...groupedBy(ready, "parameter")].map(([name, group]) =>
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

  /** Sees what agent each has, and writes that on it; answers those to go on with. */
  async #begin(targets: readonly Installation[]): Promise<readonly Installation[]> {
    const unknown = targets.filter(({ recorded }) => !recorded);
    const answers = await lookAtAgents(
      this.#session,
      unknown.map(({ instance }) => instance),
      this.#context,
    );
    const beginnings = unknown.flatMap((target): Beginning[] => {
      const answer = answers.get(target.instance);
      const seen = answer && seenIn(answer);
      if (seen) return [{ ...target, id: target.instance, seen }];
      const result = answer?.kind === "unknown" ? answer.result : undefined;
      this.#end(target.instance, stateOf(result), "look", whyUnknown(result));
      return [];
    });
    let begun: ReadonlyMap<string, Begun>;
    try {
      begun = await keepAgentBefore(this.#session, this.#settings.configuration, beginnings);
    } catch (error) {
      // Without the way back nothing is changed.
      const code = isWatchkeeperError(error) ? error.code : "unexpected";
      const text = `what was there before could not be kept: ${messageOf(error)}`;
      for (const { id } of beginnings) this.#end(id, "failed", "tag", { code, text });
      return targets.filter(({ recorded }) => recorded);
    }
    return targets.filter(({ instance, recorded }) => {
      const answer = begun.get(instance);
      if (recorded || answer === "go") return true;
      if (answer !== undefined) this.#end(instance, ...ENDS[answer]);
      return false;
    });
  }

  /** Runs a document; answers those where it succeeded. Both documents may be run again without harm. */
  async #run(
    targets: readonly Installation[],
    step: "install" | "configure",
    command: Pick<CommandRequest, "document" | "parameters">,
  ): Promise<readonly Installation[]> {
    if (targets.length === 0) return [];
    const results = await runCommand(
      this.#session,
      {
        ...command,
        instanceIds: targets.map(({ instance }) => instance),
        comment: `Watchkeeper: ${step} the CloudWatch agent`,
        repeatable: true,
      },
      this.#context,
    );
    return targets.filter(({ instance }) => {
      const result = results.get(instance);
      if (result?.verdict.kind === "success") return true;
      this.#end(instance, stateOf(result), step, result?.reason ?? NO_ANSWER);
      return false;
    });
  }

  /** Waits for datapoints that are newer than the configuration. */
  async #watch(targets: readonly Installation[]): Promise<readonly Installation[]> {
    const { clock, signal } = this.#context;
    const from = clock.now();
    const patience = this.#settings.patienceSeconds ?? 600;
    const seen: Installation[] = [];
    let waiting = targets;
    let why: Reason = {
      code: "no-datapoint",
      text: `it is configured, and has written nothing in ${patience} s`,
    };
    try {
      for (let wait = FIRST_LOOK; waiting.length > 0; wait = LOOK_EVERY) {
        if (clock.now().getTime() - from.getTime() >= patience * 1000) break;
        await clock.sleep(wait * 1000, signal);
        const asked = waiting.map(({ instance, platform }) => ({ id: instance, platform }));
        const last = await lastDatapoints(this.#session, asked, from, clock.now());
        // A datapoint bears the beginning of its minute: one of the minute we began in may come from before.
        const isNew = ({ instance }: Installation): boolean =>
          (last.get(instance)?.getTime() ?? 0) > from.getTime();
        seen.push(...waiting.filter(isNew));
        waiting = waiting.filter((target) => !isNew(target));
      }
    } catch (error) {
      const stopped = signal.aborted;
      const code = stopped ? "stopped" : isWatchkeeperError(error) ? error.code : "unexpected";
      why = { code, text: stopped ? "we were stopped before it had written anything" : messageOf(error) };
    }
    for (const { instance } of waiting) this.#end(instance, "pending", "datapoint", why);
    return seen;
  }

  /** Marks those that work with the configuration they have, so that the next plan knows without asking them. */
  async #mark(targets: readonly Installation[]): Promise<void> {
    const { configuration } = this.#settings;
    for (const group of groupedBy(targets, "parameter").values()) {
      try {
        await writeTags(
          this.#session,
          group.map(({ instance, profile, hash, version }) => [
            instance,
            { [AGENT_TAG]: formatMark({ configuration, profile, hash, version }) },
          ]),
        );
        for (const { instance } of group) this.#end(instance, "done", "datapoint", SEEN);
      } catch (error) {
        const code = isWatchkeeperError(error) ? error.code : "unexpected";
        const text = `it works, but could not be marked: ${messageOf(error)}`;
        for (const { instance } of group) this.#end(instance, "failed", "tag", { code, text });
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

/** How it ends with an instance that isn't gone on with. */
const ENDS: Readonly<
  Record<Exclude<Begun, "go">, readonly [RolloutResult["state"], RolloutResult["step"], Reason]>
> = {
  foreign: [
    "refused",
    "look",
    {
      code: "foreign",
      text: "its agent has a configuration that isn't ours; replaceAgent: true would replace it",
    },
  ],
  taken: ["refused", "tag", { code: "tag-taken", text: "another configuration looks after its agent now" }],
  gone: ["pending", "look", { code: "gone", text: "it was terminated meanwhile" }],
  "tag-too-long": [
    "failed",
    "tag",
    { code: "tag-too-long", text: "what there is now doesn't fit into a tag of 256 characters" },
  ],
};

/** What was there before, as an answer tells; undefined when it doesn't. */
function seenIn(answer: Answer): AgentBefore | undefined {
  if (answer.kind === "unknown") return undefined;
  if (answer.kind === "absent") return { was: "absent" };
  return { was: answer.configured ? "configured" : "idle", version: answer.version };
}

function whyUnknown(result: CommandResult | undefined): Reason {
  if (result?.verdict.kind === "success")
    return { code: "answer-unknown", text: "what it says about its agent makes no sense" };
  return result?.reason ?? NO_ANSWER;
}

/** By one of their members. */
function groupedBy(
  targets: readonly Installation[],
  key: "parameter" | "version",
): ReadonlyMap<string, readonly Installation[]> {
  const groups = new Map<string, Installation[]>();
  for (const target of targets) {
    const group = groups.get(target[key]);
    if (group) group.push(target);
    else groups.set(target[key], [target]);
  }
  return groups;
}
