import type { AlarmDefinition, Pack } from "../../model/alarm-policy.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { CommandHost } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { wrap } from "../style.ts";
import { table } from "../table.ts";
import { writeJson } from "../views/json.ts";

/** `watchkeeper packs list|show`: the alarm packs that come with Watchkeeper. */
export function registerPacks({ program, io }: CommandHost): void {
  const packs = program.command("packs").description("list and show the alarm packs");
  withCommon(packs.command("list").description("all packs")).action(async (options: CommonOptions) => {
    const all = Object.values(await shipped());
    if (options.json) {
      const list = all.map(({ name, description, alarms }) => ({ name, description, alarms: alarms.length }));
      await writeJson(io.stdout, { version: 1, packs: list });
      return;
    }
    const rows = all.map((pack) => [
      pack.name,
      String(pack.alarms.length),
      pack.description.split("\n")[0] ?? "",
    ]);
    await io.stdout.write(
      table(
        [{ title: "pack", minimum: 10 }, { title: "alarms", align: "right" }, { title: "what for" }],
        rows,
        io.stdout.columns,
      ),
    );
  });
  withCommon(
    packs
      .command("show")
      .argument("<pack>", "for example essentials")
      .description("one pack, alarm by alarm"),
  ).action(async (name: string, options: CommonOptions) => {
    const all = await shipped();
    const pack = all[name];
    if (!pack) {
      throw new WatchkeeperError(
        "unknown-pack",
        `there is no pack "${name}".${didYouMean(name, Object.keys(all))}`,
        {
          remedy: `there are ${Object.keys(all).join(", ")}: watchkeeper packs list`,
        },
      );
    }
    if (options.json) await writeJson(io.stdout, { version: 1, pack });
    else await io.stdout.write(shown(pack, io.stdout.isTerminal ? io.stdout.columns : 120));
  });
}

async function shipped(): Promise<Readonly<Record<string, Pack>>> {
  const { shippedPacks } = await import("../../app/read-configuration.ts");
  return shippedPacks();
}

function shown(pack: Pack, width: number): string {
  const lines = [`${pack.name}: ${pack.description.trim()}`, ""];
  for (const alarm of pack.alarms) lines.push(...shownAlarm(alarm), "");
  return lines.flatMap((line) => wrap(line, width, "    ")).join("\n");
}

function shownAlarm(alarm: AlarmDefinition): string[] {
  const { about } = alarm;
  const conditions = Object.entries(alarm.when).map(([fact, wanted]) => `${fact} ${JSON.stringify(wanted)}`);
  if (alarm.requireSeen || alarm.series) conditions.push("its metric was seen in the last 3 hours");
  return [
    `${alarm.key} (${alarm.severity}, ${alarm.resourceTypes.join(", ")})`,
    `  ${ruleOf(alarm)}`,
    ...(about.intent ? [`  ${about.intent}`] : []),
    ...(about.justification ? [`  why: ${about.justification}`] : []),
    ...(conditions.length > 0 ? [`  only where: ${conditions.join(", ")}`] : []),
    ...about.notes.map((note) => `  note: ${note}`),
    ...(about.runbook ? [`  runbook: ${about.runbook}`] : []),
  ];
}

function ruleOf(alarm: AlarmDefinition): string {
  if (alarm.alarmRule !== undefined) return alarm.alarmRule;
  const what =
    alarm.metricName ??
    alarm.metrics?.find((query) => query.returnData !== false)?.expression ??
    "metric math";
  const limit =
    alarm.band === undefined ? String(alarm.threshold) : `band of ${alarm.band} standard deviations`;
  const window = `${alarm.datapointsToAlarm ?? alarm.evaluationPeriods} of ${alarm.evaluationPeriods}`;
  const period = alarm.period ?? alarm.metrics?.find((query) => query.period)?.period;
  return `${alarm.namespace ?? ""} ${what}, ${alarm.statistic ?? "expression"}: ${alarm.comparisonOperator} ${limit}, ${window} x ${period} s, missing data ${alarm.treatMissingData ?? "missing"}`.trim();
}
