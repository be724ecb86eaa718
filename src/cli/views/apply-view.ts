import type { Outcome } from "../../plan/planner.ts";
import { printable, type Style, wrap } from "../style.ts";

/** How many outcomes ended which way. */
export interface OutcomeCounts {
  readonly applied: number;
  readonly failed: number;
  readonly refused: number;
  readonly pending: number;
  readonly waiting: number;
}

export function countOutcomes(outcomes: readonly Outcome[]): OutcomeCounts {
  const count = (status: Outcome["status"]): number =>
    outcomes.filter((outcome) => outcome.status === status).length;
  return {
    applied: count("applied"),
    failed: count("failed"),
    refused: count("refused"),
    pending: count("pending"),
    waiting: count("waiting"),
  };
}

/** Failures that are listed one by one. */
const MOST_LISTED = 50;

/** What an apply says at its end. */
export interface ApplyWords {
  /** The last line when all went well; default: that there is nothing left. */
  readonly done?: string | undefined;
  /** The command that goes on with what is left; default `apply`. */
  readonly again?: string | undefined;
}

/** What became of an apply, for people: failures first, then what waits, then the counts and what to do next. `width` in columns. */
export function* applyLines(
  outcomes: readonly Outcome[],
  style: Style,
  width: number,
  { done = DONE, again = "apply" }: ApplyWords = {},
): Generator<string> {
  const counts = countOutcomes(outcomes);
  const troubled = outcomes.filter((outcome) => outcome.status === "failed" || outcome.status === "refused");
  for (const { name, status, error } of troubled.slice(0, MOST_LISTED)) {
    yield style.red(`  ${status}: ${printable(name)}: ${printable(error ? causeText(status, error) : "")}`);
    if (error?.remedy) yield `    ${printable(error.remedy)}`;
  }
  if (troubled.length > MOST_LISTED)
    yield `  … and ${troubled.length - MOST_LISTED} more (--json has them all)`;
  yield* reasonLines(outcomes, style, width);
  const parts = [
    `${counts.applied} applied`,
    `${counts.failed} failed`,
    ...(counts.refused > 0 ? [`${counts.refused} refused because they changed meanwhile`] : []),
    ...(counts.waiting > 0 ? [`${counts.waiting} waiting`] : []),
  ];
  if (counts.pending > 0) yield stoppedLine(outcomes, counts, again);
  else if (counts.failed + counts.refused > 0)
    yield `${parts.join(", ")}. Run watchkeeper ${again} again for the rest.`;
  else if (counts.waiting > 0)
    yield style.yellow(
      `${parts.join(", ")} for what is said above. After that, run watchkeeper ${again} again.`,
    );
  else yield style.green(`${parts.join(", ")}. ${done}`);
}

const DONE = "A second plan has nothing to change.";

/** An error without the word that the status says already. */
function causeText(status: Outcome["status"], { code, message }: NonNullable<Outcome["error"]>): string {
  // Codes that the sentence says again are for machines.
  return code === status || message.startsWith(code.replaceAll("-", " ")) ? message : `${code}: ${message}`;
}

function stoppedLine(
  outcomes: readonly Outcome[],
  { applied, failed, refused, waiting }: OutcomeCounts,
  again: string,
): string {
  const underWay = outcomes.filter(
    ({ status, reason }) => status === "pending" && reason?.code === "stopped",
  ).length;
  const parts = [
    `${applied} of ${outcomes.length} applied`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(refused > 0 ? [`${refused} refused because they changed meanwhile`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
  ];
  if (underWay > 0)
    return `${parts.join(", ")}, ${underWay} under way. Run ${again} again: it goes on from there.`;
  const rest = failed + refused > 0 ? "The rest was not begun" : "Nothing is half done";
  return `${parts.join(", ")}. ${rest}; run ${again} again.`;
}

/** Why things are pending or waiting, those with the same reason together. */
function* reasonLines(outcomes: readonly Outcome[], style: Style, width: number): Generator<string> {
  const groups = new Map<string, string[]>();
  for (const { name, status, reason } of outcomes) {
    if (!reason) continue;
    const key = `${status}\0${reason.text}`;
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  for (const [key, names] of groups) {
    const [status = "", text = ""] = key.split("\0");
    const who =
      names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
    yield* wrap(`  ${status}: ${printable(who)}: ${printable(text)}`, width, "    ").map(style.yellow);
  }
}
