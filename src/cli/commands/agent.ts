import type { Command } from "commander";
import type { Change } from "../../plan/plan.ts";
import { AgentTeller } from "../agent-teller.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { showPlan, verdictOf } from "../plan-output.ts";
import { showAgentStatus } from "../views/agent-status-view.ts";
import { applyPrepared, prepareSaved } from "./apply.ts";
import { savePlan } from "./plan.ts";

interface AgentOptions extends AwsOptions, CommonOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly requireComplete?: boolean;
}

interface StatusOptions extends AwsOptions, CommonOptions {
  readonly probe?: boolean;
  readonly detailedExitcode?: boolean;
}

/** `watchkeeper agent …`: the CloudWatch agent's part of a plan alone, the way back, and how agents are doing. */
export function registerAgent(host: CommandHost): void {
  const agent = host.program
    .command("agent")
    .description("bring the CloudWatch agent to instances: plan, apply, status, undo");
  registerPlan(agent, host);
  registerApply(agent, host);
  registerStatus(agent, host);
  registerUndo(agent, host);
}

function registerPlan(agent: Command, { io, finish }: CommandHost): void {
  const command = agent
    .command("plan")
    .description(
      "show what bringing the agent would change: roles, configurations, instances; changes nothing",
    )
    .option("--out <file>", "save the plan, for `watchkeeper agent apply FILE` within 24 hours")
    .option("--all", "list every change of a long plan")
    .option("--detailed-exitcode", "exit with 2 when there are changes");
  withAws(command).action(async (options: AgentOptions) => {
    const { prepared } = await prepare(io, options, "plan");
    prepared.close();
    if (options.out !== undefined) await savePlan(options.out, prepared.plan, io.cwd);
    await showPlan(prepared, io, options);
    finish(verdictOf(prepared, options));
  });
}

function registerApply(agent: Command, { io, finish }: CommandHost): void {
  const command = agent
    .command("apply")
    .argument("[plan]", "a plan saved with --out, applied as it is")
    .description("show the agent's part of the plan, ask, and apply it, instance by instance in waves")
    .option("-y, --yes", "apply without asking")
    .option("--all", "list every change of a long plan")
    .option("--detailed-exitcode", "exit with 2 when all is done that can be, and something still waits")
    .option("--require-complete", "apply nothing unless every account and region was read whole");
  withAws(command).action(async (file: string | undefined, options: AgentOptions) => {
    const { prepared, configuration, context, teller } = await prepare(io, options, "plan", file);
    try {
      finish(
        await applyPrepared(prepared, configuration, io, context, {
          ...options,
          teller,
          again: "agent apply",
        }),
      );
    } finally {
      prepared.close();
    }
  });
}

function registerUndo(agent: Command, { io, finish }: CommandHost): void {
  const command = agent
    .command("undo")
    .description("bring everything back as it was before the agent came: agents, configurations, roles, tags")
    .option("-y, --yes", "undo without asking")
    .option("--all", "list every change of a long plan");
  withAws(command).action(async (options: AgentOptions) => {
    const { prepared, configuration, context, teller } = await prepare(io, options, "undo");
    try {
      const done = prepared.plan.changes.some(staysAfterUndo)
        ? "What is listed as kept or not known stays."
        : "All is as it was before the agent came.";
      const words = { done, again: "agent undo" };
      finish(await applyPrepared(prepared, configuration, io, context, { ...options, ...words, teller }));
    } finally {
      prepared.close();
    }
  });
}

/** Whether something is left of the agent: it can't be taken back now, or nobody knows what was there. */
function staysAfterUndo({ action, reason }: Change): boolean {
  return action === "keep" || action === "conflict" || reason.code === "before-unknown";
}

function registerStatus(agent: Command, { io, finish }: CommandHost): void {
  const command = agent
    .command("status")
    .description("show role, ping, agent, drift and last datapoint of every instance")
    .option("--probe", "ask the instances themselves, by command")
    .option("--detailed-exitcode", "exit with 2 when an agent isn't as it should be");
  withAws(command).action(async (options: StatusOptions) => {
    const context = await contextFor(io, options);
    const { readConfiguration } = await import("../../app/read-configuration.ts");
    const { agentStatus } = await import("../../app/agent/agent-status.ts");
    const { configuration } = readConfiguration(options.config, io.cwd);
    const probe = options.probe === true;
    const report = await agentStatus(configuration, reachFrom(io, options), context, { probe });
    await showAgentStatus(report, context.clock.now(), io, { ...options, probe });
    if (report.scopes.some(({ complete }) => !complete)) finish(1);
    else if (
      options.detailedExitcode &&
      report.instances.some((row) => row.agent !== "current" && row.agent !== "foreign")
    )
      finish(2);
  });
}

/** A plan of the agent's part, made or read. */
async function prepare(io: Io, options: AgentOptions, intent: "plan" | "undo", file?: string) {
  const context = await contextFor(io, options);
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { makeAgentPlan } = await import("../../app/agent/make-agent-plan.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  const teller = new AgentTeller();
  const prepared =
    file === undefined
      ? await makeAgentPlan(configuration, reachFrom(io, options), context, {
          intent,
          listener: teller.listen,
        })
      : await prepareSaved(file, configuration, io, context, options, teller);
  return { prepared, configuration, context, teller };
}
