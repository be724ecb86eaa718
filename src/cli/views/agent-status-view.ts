import type { AgentStatusReport, AgentStatusRow } from "../../app/agent/agent-status.ts";
import { formatDuration } from "../../model/duration.ts";
import type { Io } from "../io.ts";
import { styleOf, textWidth } from "../style.ts";
import { type Column, table } from "../table.ts";
import { tellIncomplete } from "./incomplete-view.ts";
import { writeJson } from "./json.ts";

/** Where every agent stands, as a table and a line of counts, or as the documented JSON. */
export async function showAgentStatus(
  report: AgentStatusReport,
  now: Date,
  io: Io,
  { json, probe }: { readonly json?: boolean; readonly probe?: boolean },
): Promise<void> {
  if (json) {
    await writeJson(io.stdout, document(report));
    return;
  }
  const style = styleOf(io.stdout, io.env);
  const width = textWidth(io.stdout);
  for (const { account, accountName, region } of report.places) {
    const rows = report.instances.filter((row) => row.account === account && row.region === region);
    const who = accountName === account ? account : `${accountName} (${account})`;
    const count = rows.length === 1 ? "1 instance" : `${rows.length} instances`;
    await io.stdout.write(`${style.bold(`${report.configuration} · ${who} · ${region} · ${count}`)}\n`);
    if (rows.length === 0) continue;
    const cells = rows.map((row) => [
      row.name,
      row.id,
      ROLE_WORDS[row.role.code] ?? row.role.text,
      pingText(row, now),
      agentText(row),
      row.lastDatapoint ? `${formatDuration(secondsAgo(row.lastDatapoint, now))} ago` : "-",
      ...(probe ? [probeText(row)] : []),
    ]);
    await io.stdout.write(table(probe ? [...COLUMNS, { title: "says itself" }] : COLUMNS, cells, width));
  }
  await tellIncomplete(report.scopes, io);
  await io.stdout.write(`${counts(report.instances)}\n`);
}

const COLUMNS: readonly Column[] = [
  { title: "name" },
  { title: "instance", minimum: 19 },
  { title: "role" },
  { title: "ping" },
  { title: "agent", minimum: 10 },
  { title: "last data", align: "right" },
];

/** What there is to say about roles, short. */
const ROLE_WORDS: Readonly<Record<string, string>> = {
  "no-profile": "no instance profile",
  "profile-without-role": "profile without a role",
  "profile-gone": "profile is gone",
  "replace-role": "lacks something, to be replaced",
};

function pingText({ ping, state }: AgentStatusRow, now: Date): string {
  if (state !== "running") return state;
  if (!ping) return "never";
  if (ping.status === "online") return "online";
  return ping.lastPing ? `lost ${formatDuration(secondsAgo(ping.lastPing, now))} ago` : "lost";
}

function agentText({ agent, configuration: { given, wanted } }: AgentStatusRow): string {
  return agent === "drifted"
    ? `drifted (${given?.slice(0, 8)}, not ${wanted?.slice(0, 8) ?? "known"})`
    : agent;
}

function probeText({ probe }: AgentStatusRow): string {
  if (!probe) return "-";
  switch (probe.answer) {
    case "absent":
      return "not installed";
    case "unknown":
      return probe.reason.text;
    default:
      return `${probe.answer}${probe.configured ? "" : ", not configured"}, ${probe.version}`;
  }
}

function counts(rows: readonly AgentStatusRow[]): string {
  const states = new Map<string, number>();
  for (const { agent } of rows) states.set(agent, (states.get(agent) ?? 0) + 1);
  const parts = [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([state, count]) => `${count} ${state}`);
  return parts.length === 0 ? "No instance is selected." : parts.join(", ");
}

function secondsAgo(time: Date, now: Date): number {
  return Math.max(0, (now.getTime() - time.getTime()) / 1000);
}

function document({
  configuration,
  scopes,
  instances,
}: AgentStatusReport): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    configuration,
    complete: scopes.every(({ complete }) => complete),
    scopes,
    instances: instances.values(),
  };
}
