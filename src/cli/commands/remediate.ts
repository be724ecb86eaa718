import type { Command } from "commander";
import type { NotifyPlace } from "../../app/notify/open-notifier.ts";
import type { StateUse } from "../../app/notify/state-file.ts";
import type { OpenRepairs } from "../../app/remediation/open-repairs.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import type { Context } from "../../support/context.ts";
import { confirm } from "../apply-flow.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { writeJson } from "../views/json.ts";
import { tellNewState } from "../views/new-state.ts";
import { decisionJson, explainedJson, requestJson, runJson } from "../views/repair-json.ts";
import { showDecision, showExplained, showNews, showRun, showRuns } from "../views/repair-view.ts";

interface RepairOptions extends AwsOptions, CommonOptions {
  readonly state?: string;
}

interface RunOptions extends RepairOptions {
  readonly instance: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `watchkeeper remediate list|show|run|explain|resume|cancel`: repairs of instances by runbooks. `notify listen` begins those that alarms ask for. */
export function registerRemediate({ program, io, finish }: CommandHost): void {
  const remediate = program
    .command("remediate")
    .description("repair instances by runbooks: list, show, run, explain, resume, cancel");

  withState(
    remediate.command("list").description("repairs, those that were refused lately, and what waits"),
  ).action((options: RepairOptions) =>
    within(io, options, "look", async ({ deps, file, isThere }) => {
      const { listRuns } = await import("../../app/remediation/list-runs.ts");
      const listed = await listRuns(deps.store);
      if (!options.json) return showRuns(listed, io, isThere ? undefined : file);
      const { runs, waiting } = listed;
      return writeJson(io.stdout, {
        version: 1,
        waiting: waiting.map(requestJson).values(),
        runs: runs.map((run) => runJson(run)).values(),
      });
    }),
  );

  withState(
    remediate.command("show").argument("<id>", "of `list`").description("all there is to know of a repair"),
  ).action((id: string, options: RepairOptions) =>
    within(io, options, "find", async ({ deps }) => {
      const { findRun } = await import("../../app/remediation/list-runs.ts");
      const run = await findRun(deps.store, id);
      return options.json ? writeJson(io.stdout, { version: 1, run: runJson(run, true) }) : showRun(run, io);
    }),
  );

  const run = remediate
    .command("run")
    .argument("<runbook>", "of the configuration")
    .description("repair an instance now, and watch; its guards hold for people, too")
    .requiredOption("--instance <id>", "which one")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("-y, --yes", "don't ask");
  withState(run).action((runbook: string, options: RunOptions) =>
    within(io, options, options.dryRun ? "look" : "write", async (open, context) => {
      await tellNewState(open, "what a listener with another --state has repaired doesn't count", io);
      const { decideByHand, follow } = await import("../../app/remediation/repair-by-hand.ts");
      const by = io.env["USER"] ?? io.env["LOGNAME"] ?? "somebody";
      const asked = { runbook, instance: options.instance, by };
      const { session, decision, begin } = await decideByHand(open, asked, context);
      const { act } = decision.course;
      const goes = act === "repair" || act === "markUnhealthy";
      if (options.dryRun || open.policy.dryRun || !goes) {
        if (options.json) await writeJson(io.stdout, { version: 1, decision: decisionJson(decision) });
        else await showDecision(decision, io);
        if (!goes) finish(1);
        return;
      }
      if (!options.json) await showDecision(decision, io);
      const where = `${session.account} ${session.region}`;
      if (!(await confirm(io, `Repair ${decision.facts.name} in ${where} so? [y/N] `, options))) return;
      const ended = await watch(await begin(), open, io, { silent: options.json === true }, follow);
      if (options.json) await writeJson(io.stdout, { version: 1, run: runJson(ended, true) });
      if (ended.verdict !== "fixed" && ended.verdict !== "recovered") finish(1);
    }),
  );

  withState(
    remediate
      .command("explain")
      .argument("<event>", "a file with an alarm's event, as it was delivered")
      .description("say what would be done about an alarm, and which guard says no; nothing is done"),
  ).action((file: string, options: RepairOptions) =>
    within(io, options, "look", async (open, context) => {
      const { explainRepairs } = await import("../../app/remediation/explain-repair.ts");
      const explained = await explainRepairs(open, file, io.cwd, context);
      return options.json
        ? writeJson(io.stdout, { version: 1, events: explained.map(explainedJson).values() })
        : showExplained(explained, io);
    }),
  );

  withState(
    remediate
      .command("resume")
      .argument("[id]", "of `list`; all that are under way when not given")
      .description("take repairs on that a process has left, and watch; `notify listen` does so by itself"),
  ).action((id: string | undefined, options: RepairOptions) =>
    within(io, options, id === undefined ? "look" : "find", async (open) => {
      const { findRun, listRuns } = await import("../../app/remediation/list-runs.ts");
      const { follow } = await import("../../app/remediation/repair-by-hand.ts");
      const { store } = open.deps;
      const found = id === undefined ? (await listRuns(store)).runs : [await findRun(store, id)];
      const left = found.filter(({ endedAt }) => endedAt === undefined);
      if (left.length === 0 && !options.json) {
        const what = id === undefined ? "no repair is under way" : `run ${id} has ended`;
        await io.stdout.write(`${what}\n`);
      }
      const ended = await Promise.all(
        left.map((one) =>
          watch(one, open, io, { silent: options.json === true, named: left.length > 1 }, follow),
        ),
      );
      if (options.json)
        await writeJson(io.stdout, { version: 1, runs: ended.map((one) => runJson(one)).values() });
      if (ended.some(({ verdict }) => verdict !== "fixed" && verdict !== "recovered")) finish(1);
    }),
  );

  withState(
    remediate
      .command("cancel")
      .argument("<id>", "of `list`")
      .description("stop a repair before its next effect; what was asked for already still happens"),
  ).action((id: string, options: RepairOptions) =>
    within(io, options, "find", async ({ deps }, context) => {
      const { cancelByHand } = await import("../../app/remediation/cancel-run.ts");
      const by = io.env["USER"] ?? io.env["LOGNAME"] ?? "somebody";
      const cancelled = await cancelByHand(deps.store, id, by, context.clock.now().getTime());
      if (options.json) await writeJson(io.stdout, { version: 1, run: runJson(cancelled) });
      else await io.stdout.write(`${cancelled.instance.name}: the repair stops before its next step\n`);
    }),
  );
}

/** Follows a run to its end, or until it is stopped, and prints what becomes known; nothing when `silent`. `named`: with the instance. */
async function watch(
  begun: RemediationRun,
  { deps }: OpenRepairs,
  io: Io,
  { silent, named = false }: { readonly silent: boolean; readonly named?: boolean },
  follow: typeof import("../../app/remediation/repair-by-hand.ts").follow,
): Promise<RemediationRun> {
  if (silent) return follow(begun, deps, () => undefined);
  let told = 0;
  let telling = Promise.resolve();
  const tell = (run: RemediationRun): void => {
    telling = telling.then(async () => {
      told = await showNews(run, told, io, named);
    });
  };
  const ended = await follow(begun, deps, tell);
  tell(ended);
  await telling;
  if (ended.endedAt === undefined)
    await io.stdout.write(`left under way; watchkeeper remediate resume ${ended.id.slice(-10)} goes on\n`);
  return ended;
}

function withState(command: Command): Command {
  return withAws(command).option(
    "--state <file>",
    "file that keeps repairs; default: the configuration's own",
  );
}

async function within(
  io: Io,
  options: RepairOptions,
  use: StateUse,
  work: (open: OpenRepairs, context: Context) => Promise<void>,
): Promise<void> {
  const context = await contextFor(io, options);
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { openRepairs } = await import("../../app/remediation/open-repairs.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  const place: NotifyPlace = {
    configuration,
    reach: reachFrom(io, options),
    cwd: io.cwd,
    state: options.state,
  };
  const open = await openRepairs(place, use, context);
  try {
    await work(open, context);
  } finally {
    await open.close();
  }
}
