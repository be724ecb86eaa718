import type { AwsSession } from "../aws/session.ts";
import type { CommandRequest, CommandResult } from "../commands/command.ts";
import { countsAsFailure } from "../commands/retryable.ts";
import { runCommand } from "../commands/run-command.ts";
import { runInWaves } from "../commands/run-in-waves.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import { AGENT_TAG } from "./agent-mark.ts";
import type { InstallApply } from "./apply-installs.ts";
import { BEFORE_TAG, formatBefore, parseBefore } from "./before-tag.ts";
import type { InstallStep } from "./install-change.ts";
import { readTags, removeTags, writeTags } from "./instance-tags.ts";
import { instanceName, notBegun, toldOf } from "./planner-parts.ts";

type UndoStep = Exclude<InstallStep, { readonly do: "install" }>;
type End = Omit<Outcome, "address" | "name">;

/** Takes agents back, in the waves in which they were brought. `report` hears every outcome once. */
export async function takeBack(
  changes: readonly Change[],
  { session, context, configuration, rollout, tell }: InstallApply,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const byId = new Map(changes.map((change) => [(change.after as UndoStep).instance, change]));
  const end = (id: string, rest: End): void => {
    const change = byId.get(id);
    if (change) report({ address: change.address, name: instanceName(change), ...rest });
  };
  const { untried, stopped } = await runInWaves<End>(
    session,
    [...byId.keys()],
    rollout,
    {
      async run(ids) {
        const steps = ids.flatMap((id) => (byId.get(id)?.after as UndoStep | undefined) ?? []);
        const ends = new Batch(session, context, configuration);
        await ends.run(steps);
        for (const [id, one] of ends.ends) end(id, one);
        return ends.ends;
      },
      isFailure: ({ status }) => status === "failed",
      onWave: (wave, waves, instances) => tell({ kind: "wave", wave, waves, instances }),
    },
    context,
  );
  if (stopped && stopped.code !== "stopped") tell({ kind: "stopped", reason: stopped.text });
  for (const id of untried)
    end(id, {
      status: "pending",
      ...(stopped ? { reason: notBegun(stopped) } : {}),
    });
}

class Batch {
  readonly ends = new Map<string, End>();
  readonly #session: AwsSession;
  readonly #context: InstallApply["context"];
  readonly #configuration: string;

  constructor(session: AwsSession, context: InstallApply["context"], configuration: string) {
    this.#session = session;
    this.#context = context;
    this.#configuration = configuration;
  }

  async run(steps: readonly UndoStep[]): Promise<void> {
    const gone = await this.#command(
      steps.filter((step) => step.do === "uninstall"),
      () => ({
        document: "AWS-ConfigureAWSPackage",
        parameters: { action: ["Uninstall"], name: ["AmazonCloudWatchAgent"] },
      }),
    );
    const emptied = await this.#command(
      steps.filter((step) => step.do === "unconfigure"),
      ({ parameter }) => ({
        document: "AmazonCloudWatch-ManageAgent",
        parameters: {
          action: ["configure (remove)"],
          mode: ["ec2"],
          optionalConfigurationSource: ["ssm"],
          optionalConfigurationLocation: [parameter],
          optionalRestart: ["yes"],
        },
      }),
    );
    const restored = await this.#command(
      emptied.filter(({ version }) => version !== "unknown"),
      ({ version }) => ({
        document: "AWS-ConfigureAWSPackage",
        parameters: { action: ["Install"], name: ["AmazonCloudWatchAgent"], version: [version] },
      }),
    );
    const released = steps.filter((step) => step.do === "release");
    const unknown = emptied.filter(({ version }) => version === "unknown");
    await this.#forget([...gone, ...restored, ...unknown, ...released]);
  }

  /** Runs a document on those for which it is the same; answers those where it succeeded. Each may be run again without harm. */
  async #command<Step extends UndoStep>(
    steps: readonly Step[],
    request: (step: Step) => Pick<CommandRequest, "document" | "parameters">,
  ): Promise<readonly Step[]> {
    const groups = new Map<string, Step[]>();
    for (const step of steps) {
      const key = JSON.stringify(request(step));
      const group = groups.get(key);
      if (group) group.push(step);
      else groups.set(key, [step]);
    }
    const done = await Promise.all(
      [...groups].map(async ([key, group]) => {
        const results = await runCommand(
          this.#session,
          {
            ...(JSON.parse(key) as ReturnType<typeof request>),
            instanceIds: group.map(({ instance }) => instance),
            comment: "Watchkeeper: take the CloudWatch agent back",
            repeatable: true,
          },
          this.#context,
        );
        return group.filter(({ instance }) => {
          const result = results.get(instance);
          if (result?.verdict.kind === "success") return true;
          this.ends.set(instance, endOf(result));
          return false;
        });
      }),
    );
    return done.flat();
  }

  /** What is back as it was needs no tags of ours about its agent; what they say of its role stays until that is back as well. */
  async #forget(steps: readonly UndoStep[]): Promise<void> {
    const ids = steps.map(({ instance }) => instance);
    if (ids.length === 0) return;
    try {
      const there = await readTags(this.#session, ids);
      const written = [...there].flatMap(([id, tags]): [string, Record<string, string>][] => {
        const known = parseBefore(tags[BEFORE_TAG]);
        if (known?.agent === undefined || known.configuration !== this.#configuration) return [];
        const { agent: _, ...record } = known;
        const text = formatBefore(record);
        return text === undefined ? [] : [[id, { [BEFORE_TAG]: text }]];
      });
      await writeTags(this.#session, written);
      await removeTags(this.#session, [...there.keys()], [AGENT_TAG]);
      for (const id of ids) this.ends.set(id, { status: "applied" });
    } catch (error) {
      const told = toldOf(error);
      const failed = { ...told, message: `its agent is taken back, but its tags stay: ${told.message}` };
      for (const id of ids) this.ends.set(id, { status: "failed", error: failed });
    }
  }
}

function endOf(result: CommandResult | undefined): End {
  const reason = result?.reason ?? { code: "no-answer", text: "nothing was heard of it" };
  if (result?.verdict.kind === "unknown" && result.verdict.code === "stopped")
    return { status: "pending", reason };
  if (result && !countsAsFailure(result.verdict)) return { status: "waiting", reason };
  return { status: "failed", error: { code: reason.code, message: reason.text } };
}
