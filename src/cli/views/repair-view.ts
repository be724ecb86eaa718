import type { ExplainedRepair } from "../../app/remediation/explain-repair.ts";
import type { ListedRuns } from "../../app/remediation/list-runs.ts";
import { formatDuration } from "../../model/duration.ts";
import type { GuardVerdict, RemediationRun, StepRecord } from "../../model/remediation-run.ts";
import type { Decision } from "../../remediation/decide.ts";
import { ladderLines } from "../../remediation/describe-runbook.ts";
import type { Io } from "../io.ts";
import { printable, type Style, styleOf, textWidth, wrap } from "../style.ts";
import { table } from "../table.ts";
import { timeOf } from "./time-text.ts";

/** Characters of an id's end that lists show. */
const SHORT = 10;

/** The runs as a table, the newest first, and what waits above them. */
export async function showRuns({ runs, waiting }: ListedRuns, io: Io, missing?: string): Promise<void> {
  if (runs.length + waiting.length === 0) {
    const why = missing === undefined ? "" : `: there is no state at ${missing} yet`;
    await line(io, `nothing was repaired, and nothing waits to be${why}`);
    return;
  }
  for (const { instance, trigger, waitsFor } of waiting) {
    const why = waitsFor === undefined ? "is about to be decided" : `waits: ${waitsFor.text}`;
    await line(io, `${instance}  ${trigger.alarmName}  ${why}`);
  }
  if (runs.length === 0) return;
  const columns = ["run", "begun", "instance", "runbook", "verdict", "why"].map((title) => ({ title }));
  const rows = runs.map((run) => [
    run.id.slice(-SHORT),
    timeOf(run.createdAt),
    run.instance.name,
    run.runbook.name,
    standingOf(run),
    run.reason?.text ?? run.notes.at(-1)?.text ?? "",
  ]);
  await io.stdout.write(table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 120));
}

/** A run with everything that is known of it: guards, steps, evidence. */
export async function showRun(run: RemediationRun, io: Io): Promise<void> {
  const style = styleOf(io.stdout, io.env);
  const { instance, account, region, runbook, trigger } = run;
  const why = trigger.kind === "alarm" ? `alarm ${trigger.alarmName}` : `${trigger.by} asked`;
  await line(io, `${style.bold(instance.name)} (${instance.id}) · ${account} · ${region}`);
  await line(io, `runbook ${runbook.name} · ${why} · begun ${timeOf(run.createdAt)} · run ${run.id}`);
  const verdict = `${standingOf(run)}${run.reason === undefined ? "" : `: ${run.reason.text}`}`;
  await line(io, verdictStyle(run, style)(verdict));
  await io.stdout.write("\n");
  await showGuards(run.guards, io);
  if (run.steps.length > 0) {
    await io.stdout.write("\n");
    for (const step of run.steps) await line(io, stepLine(step, run.createdAt, style));
  }
  for (const { title, text } of run.evidence) {
    await line(io, `\n${style.bold(title)}`);
    for (const each of text.split("\n")) await io.stdout.write(`  ${printable(each)}\n`);
  }
}

/** What would be done, and everything that says no. */
export async function showDecision({ course, runbook, facts, guards }: Decision, io: Io): Promise<void> {
  const style = styleOf(io.stdout, io.env);
  await line(io, `${style.bold(facts.name)} (${facts.id}, ${facts.state}) · runbook ${runbook.name}`);
  await showGuards(guards, io);
  switch (course.act) {
    case "repair":
      await line(io, style.green("nothing stands against it. It would"));
      for (const each of ladderLines(runbook)) await line(io, `  ${each}`);
      return;
    case "markUnhealthy":
      await line(io, style.green(`its Auto Scaling group ${course.group} would be asked to replace it`));
      return;
    case "wait":
      await line(
        io,
        style.yellow(`it would wait until ${timeOf(course.until)}: ${course.refusal.reason.text}`),
      );
      return;
    case "end":
      await line(io, style.red(`nothing would be done: ${course.refusal.reason.text}`));
  }
}

/** What would be done about the events of a file. */
export async function showExplained(explained: readonly ExplainedRepair[], io: Io): Promise<void> {
  for (const { event, reason, decision } of explained) {
    if (reason !== undefined) await line(io, `${event}: nothing would be done: ${reason.text}`);
    if (decision !== undefined) {
      await line(io, event);
      await showDecision(decision, io);
    }
  }
}

/** What became known of a run since `told` of its notes, with its instance's name where there are several; answers how many there are. */
export async function showNews(run: RemediationRun, told: number, io: Io, named: boolean): Promise<number> {
  const name = named ? `${run.instance.name}  ` : "";
  for (const { at, text } of run.notes.slice(told))
    await line(io, `${new Date(at).toISOString().slice(11, 19)}Z  ${name}${text}`);
  return run.notes.length;
}

/** Prints what becomes known of runs, a line each, for a process that takes many further. */
export function repairNews(io: Io): (run: RemediationRun) => void {
  const style = styleOf(io.stdout, io.env);
  const told = new Map<string, number>();
  return (run) => {
    for (const { text } of run.notes.slice(told.get(run.id) ?? 0))
      void io.stdout.write(`${style.yellow("repair")}     ${printable(`${run.instance.name}  ${text}`)}\n`);
    if (run.endedAt === undefined) told.set(run.id, run.notes.length);
    else told.delete(run.id);
  };
}

async function showGuards(guards: readonly GuardVerdict[], io: Io): Promise<void> {
  const style = styleOf(io.stdout, io.env);
  const widest = Math.max(0, ...guards.map(({ guard }) => guard.length));
  for (const { guard, verdict, reason } of guards) {
    const sign = verdict === "pass" ? style.green("ok") : style.red("no");
    await line(io, `  ${sign}  ${guard.padEnd(widest)}  ${reason.text}`, " ".repeat(widest + 8));
  }
}

function stepLine(step: StepRecord, begun: number, style: Style): string {
  const { kind, attempt, startedAt, outcome, phase } = step;
  const at = `+${formatDuration(Math.max(0, (startedAt - begun) / 1000))}`.padEnd(9);
  const tries = attempt > 1 ? ` (try ${attempt})` : "";
  if (!outcome) return `${at} ${kind}${tries}  ${style.yellow(phase === "begun" ? "under way" : phase)}`;
  const paint = { ok: style.green, skipped: style.dim, failed: style.red, unknown: style.yellow }[
    outcome.status
  ];
  return `${at} ${kind}${tries}  ${paint(outcome.status)}  ${outcome.reason.text}`;
}

function verdictStyle({ verdict }: RemediationRun, style: Style): (text: string) => string {
  if (verdict === "fixed" || verdict === "recovered") return style.green;
  return verdict === undefined || verdict === "refused" || verdict === "cancelled" ? style.yellow : style.red;
}

async function line(io: Io, text: string, indent = "    "): Promise<void> {
  for (const each of wrap(text, textWidth(io.stdout), indent)) await io.stdout.write(`${each}\n`);
}

/** How a run stands, in a word or two. */
function standingOf(run: RemediationRun): string {
  return run.verdict === undefined ? "under way" : run.verdict.replaceAll("-", " ");
}
