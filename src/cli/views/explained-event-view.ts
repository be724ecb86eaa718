import type { ExplainedEvent } from "../../app/notify/explain-event.ts";
import { formatDuration } from "../../model/duration.ts";
import { formatMatcher } from "../../model/matcher.ts";
import type { ExplainedTarget, RouteStep } from "../../notify/decision.ts";
import type { Io } from "../io.ts";
import { printable, styleOf } from "../style.ts";
import { writeJson } from "./json.ts";

/** Tells the way events would go, for people or as JSON. */
export async function showExplainedEvents(
  events: readonly ExplainedEvent[],
  io: Io,
  { json }: { readonly json?: boolean },
): Promise<void> {
  if (json) {
    const told = events.map(({ event, dismissed, alert, explanation }) => ({
      key: event.key,
      kind: event.kind,
      at: new Date(event.at).toISOString(),
      status: alert?.status,
      dismissed,
      ...explanation,
    }));
    await writeJson(io.stdout, { version: 1, events: told.values() });
    return;
  }
  for (const event of events) await io.stdout.write(`${linesOf(event, io).join("\n")}\n`);
}

function linesOf({ event, dismissed, alert, explanation, groups }: ExplainedEvent, io: Io): string[] {
  const style = styleOf(io.stdout, io.env);
  const title = event.kind === "alarm" ? `${event.state}  ${event.alarmName}` : `NOTICE  ${event.title}`;
  const lines = [style.bold(printable(title))];
  if (dismissed) lines.push(`  ${style.yellow(dismissed.outcome)}: ${printable(dismissed.reason)}`);
  if (alert?.late)
    lines.push("  told as over, and calls nobody: that it recovered came in before that it fired");
  if (!alert || !explanation) return [...lines, ""];
  const labels = Object.entries(explanation.labels).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  lines.push(`  ${style.dim(printable(labels.join(" ")))}`, "  routes");
  lines.push(...explanation.steps.map((step) => `    ${stepLine(step)}`));
  for (const target of explanation.targets) {
    const group = groups.find(({ key }) => key === target.groupKey);
    lines.push(...targetLines(target, group).map((line) => `  ${line}`));
  }
  return [...lines, ""];
}

function stepLine({ route, matched, failed, saw, chosen }: RouteStep): string {
  const name = printable(route);
  if (matched) return `${chosen ? "->" : "  "} ${name}`;
  const why =
    failed === undefined ? "" : `: ${formatMatcher(failed)} isn't met by ${JSON.stringify(saw ?? "")}`;
  return `   ${name}  no${printable(why)}`;
}

function targetLines(target: ExplainedTarget, group: ExplainedEvent["groups"][number] | undefined): string[] {
  const labels = Object.entries(target.groupLabels).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const first = group
    ? `joins a group of ${group.alerts.length}, told next at ${new Date(group.nextFlush).toISOString()}`
    : `begins a group, told ${target.groupWait === 0 ? "at once" : `after ${formatDuration(target.groupWait)}`}`;
  const told =
    target.holds.length === 0
      ? `would tell ${target.channels.join(", ")}`
      : `would tell nobody now (else ${target.channels.join(", ")})`;
  return [
    told,
    ...target.holds.map(({ text }) => `  held back: ${text}`),
    `  ${first}; news every ${formatDuration(target.groupInterval)}, repeated every ${formatDuration(target.repeatInterval)}`,
    `  together with others of ${labels.length === 0 ? "the whole route" : labels.join(" ")}`,
  ].map(printable);
}
