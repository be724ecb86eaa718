import type { ExplainedEvent } from "../../app/notify/explain-event.ts";
import { formatDuration } from "../../model/duration.ts";
import { formatMatcher } from "../../model/matcher.ts";
import type { ExplainedTarget, RouteStep } from "../../notify/decision.ts";
import type { Io } from "../io.ts";
import { displayWidth, printable, styleOf, textWidth, wrap, wrapParts } from "../style.ts";
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
  const width = textWidth(io.stdout);
  const title = event.kind === "alarm" ? `${event.state}  ${event.alarmName}` : `NOTICE  ${event.title}`;
  const lines = wrap(printable(title), width, "  ").map(style.bold);
  const add = (line: string): void => {
    // What belongs to a line stands deeper than the next.
    const indent = `${/^ */.exec(line)?.[0] ?? ""}    `;
    lines.push(...wrap(line, width, indent));
  };
  if (dismissed) {
    const [first = "", ...rest] = wrap(
      printable(`  ${dismissed.outcome}: ${dismissed.reason}`),
      width,
      "    ",
    );
    lines.push(first.replace(dismissed.outcome, style.yellow(dismissed.outcome)), ...rest);
  }
  if (alert?.late) add("  told as over, and calls nobody: that it recovered came in before that it fired");
  if (!alert || !explanation) return [...lines, ""];
  lines.push(...labelLines(explanation.labels, width).map(style.dim), "  routes");
  for (const step of explanation.steps) add(`    ${stepLine(step)}`);
  for (const target of explanation.targets) {
    const group = groups.find(({ key }) => key === target.groupKey);
    for (const line of targetLines(target, group)) add(`  ${line}`);
  }
  return [...lines, ""];
}

/** Labels side by side, broken between them; one that is wider than the lines is broken between its words. */
function labelLines(labels: Readonly<Record<string, string>>, width: number): readonly string[] {
  const parts = Object.entries(labels).flatMap(([name, value]) => {
    const label = printable(`${name}=${JSON.stringify(value)}`);
    return displayWidth(label) > width - 2 ? label.split(" ") : [label];
  });
  const [first = "", ...rest] = parts;
  return wrapParts([`  ${first}`, ...rest], width, "  ");
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
