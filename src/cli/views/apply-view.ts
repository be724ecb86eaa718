import type { Outcome } from "../../plan/planner.ts";
import { printable, type Style } from "../style.ts";

/** How many outcomes ended which way. */
export interface OutcomeCounts {
  readonly applied: number;
  readonly failed: number;
  readonly refused: number;
  readonly pending: number;
}

export function countOutcomes(outcomes: readonly Outcome[]): OutcomeCounts {
  const count = (status: Outcome["status"]): number =>
    outcomes.filter((outcome) => outcome.status === status).length;
  return {
    applied: count("applied"),
    failed: count("failed"),
    refused: count("refused"),
    pending: count("pending"),
  };
}

/** What became of an apply, for people: failures first, then the counts and what to do next. */
export function* applyLines(outcomes: readonly Outcome[], style: Style): Generator<string> {
  const counts = countOutcomes(outcomes);
  const troubled = outcomes.filter((outcome) => outcome.status === "failed" || outcome.status === "refused");
  for (const { name, status, error } of troubled.slice(0, 50)) {
    yield style.red(
      `  ${status}: ${printable(name)}: ${printable(error ? `${error.code}: ${error.message}` : "")}`,
    );
    if (error?.remedy) yield `    ${printable(error.remedy)}`;
  }
  if (troubled.length > 50) yield `  … and ${troubled.length - 50} more (--json has them all)`;
  const parts = [
    `${counts.applied} applied`,
    `${counts.failed} failed`,
    ...(counts.refused > 0 ? [`${counts.refused} refused because they changed meanwhile`] : []),
  ];
  if (counts.pending > 0) {
    yield `${counts.applied} of ${outcomes.length} applied${counts.failed > 0 ? `, ${counts.failed} failed` : ""}. Nothing is half done; run apply again.`;
  } else if (counts.failed + counts.refused > 0) {
    yield `${parts.join(", ")}. Run watchkeeper apply again for the rest.`;
  } else yield style.green(`${parts.join(", ")}. A second plan has nothing to change.`);
}
