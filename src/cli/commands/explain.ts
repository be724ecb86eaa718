import type { SkippedAlarm } from "../../alarms/desired/desired-alarm.ts";
import type { Explanation } from "../../app/explain.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { printable, styleOf } from "../style.ts";
import { table } from "../table.ts";
import { tellIncomplete } from "../views/incomplete-view.ts";
import { writeJson } from "../views/json.ts";

interface ExplainOptions extends AwsOptions, CommonOptions {
  readonly skipped?: boolean;
}

/** `watchkeeper explain RESOURCE|--skipped`: why each alarm exists, differs, or doesn't exist. */
export function registerExplain({ program, io, finish }: CommandHost): void {
  const command = program
    .command("explain")
    .argument("[resource]", "id or name of a resource; * and ? stand for any characters")
    .description("tell why each alarm of a resource exists, differs or was skipped")
    .option("--skipped", "all alarms that were skipped, with reasons");
  withAws(command).action(async (resource: string | undefined, options: ExplainOptions) => {
    if ((resource === undefined) === (options.skipped !== true)) {
      throw new WatchkeeperError("usage", "give a resource, or --skipped", {
        remedy: "for example: watchkeeper explain i-0123456789abcdef0",
      });
    }
    const context = await contextFor(io, options);
    const { readConfiguration } = await import("../../app/read-configuration.ts");
    const { configuration } = readConfiguration(options.config, io.cwd);
    const reach = reachFrom(io, options);
    if (resource === undefined) {
      const { makePlan } = await import("../../app/plan.ts");
      const prepared = await makePlan(configuration, reach, context);
      prepared.close();
      const { complete, scopes } = prepared.plan;
      await showSkipped(prepared.skipped, complete, io, options);
      await tellIncomplete(scopes, io);
      finish(complete ? 0 : 1);
      return;
    }
    const { explain } = await import("../../app/explain.ts");
    const { resources, scopes } = await explain(configuration, resource, reach, context);
    const complete = scopes.every((scope) => scope.complete);
    if (options.json) await writeJson(io.stdout, { version: 1, complete, resources: resources.values() });
    else for (const explanation of resources) await showExplanation(explanation, io);
    await tellIncomplete(scopes, io);
    finish(complete ? 0 : 1);
  });
}

async function showSkipped(
  skipped: readonly SkippedAlarm[],
  complete: boolean,
  io: Io,
  options: CommonOptions,
): Promise<void> {
  if (options.json) {
    const items = skipped.map(({ policy, alarm, resource, reason }) => ({
      policy,
      alarm,
      resource: resource && {
        type: resource.type,
        id: resource.id,
        name: resource.name,
        region: resource.region,
      },
      reason,
    }));
    await writeJson(io.stdout, { version: 1, complete, skipped: items.values() });
    return;
  }
  const rows = skipped.map(({ policy, alarm, resource, reason }) => [
    resource?.name ?? "-",
    resource?.id ?? "-",
    `${policy}/${alarm}`,
    reason.text,
  ]);
  const columns = ["resource", "id", "alarm", "why"].map((title) => ({
    title,
    minimum: title === "why" ? 30 : 0,
  }));
  await io.stdout.write(table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 120));
}

async function showExplanation({ resource, alarms, notSelected }: Explanation, io: Io): Promise<void> {
  const style = styleOf(io.stdout, io.env);
  const kind = resource.facts["instanceType"] ?? resource.facts["volumeType"];
  const tags = Object.entries(resource.tags)
    .filter(([key]) => key !== "Name")
    .map(([key, value]) => `${key}=${value}`);
  const about = [resource.id, kind, resource.state, resource.region, ...tags].filter(
    (part) => part !== undefined,
  );
  await io.stdout.write(`${style.bold(printable(resource.name))} ${printable(`(${about.join(", ")})`)}\n`);
  const rows = alarms.map(({ policy, alarm, state, name, reason }) => [
    policy,
    alarm,
    state ?? (name === undefined ? "-" : "not yet"),
    name === undefined ? `skipped: ${reason.text}` : reason.text,
  ]);
  if (rows.length > 0) {
    const columns = ["policy", "alarm", "state", "why"].map((title) => ({
      title,
      minimum: title === "why" ? 30 : 0,
    }));
    await io.stdout.write(table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 120));
  }
  for (const { policy, reason } of notSelected) {
    await io.stdout.write(`policy ${policy} doesn't mean it: ${printable(reason.text)}\n`);
  }
  await io.stdout.write("\n");
}
