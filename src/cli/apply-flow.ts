import type { Outcome } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import type { AgentTeller } from "./agent-teller.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { Progress } from "./progress.ts";
import { styleOf, textWidth } from "./style.ts";
import { type ApplyWords, applyLines, countOutcomes } from "./views/apply-view.ts";
import { writeJson } from "./views/json.ts";

/** Asks before something is changed. Without a terminal and without `--yes` it is an error at once, never a prompt. */
export async function confirm(
  io: Io,
  question: string,
  options: { readonly yes?: boolean; readonly answer?: string },
): Promise<boolean> {
  if (options.yes) return true;
  if (!io.interactive) {
    throw new WatchkeeperError("no-terminal", "there is no terminal to ask on, so nothing was changed", {
      remedy: "--yes applies without asking",
    });
  }
  const given = (await io.ask(question)).trim();
  return options.answer === undefined ? /^y(es)?$/i.test(given) : given === options.answer;
}

/** Applies with progress, and tells what became of it. */
export async function applyAndTell(
  total: number,
  apply: (report: (outcome: Outcome) => void) => Promise<void>,
  io: Io,
  context: Context,
  options: ApplyWords & {
    readonly json?: boolean;
    readonly detailedExitcode?: boolean | undefined;
    readonly planned?: Readonly<Record<string, unknown>>;
    readonly teller?: AgentTeller | undefined;
  },
): Promise<ExitCode> {
  const outcomes: Outcome[] = [];
  const progress = new Progress(io, "changes", total, () => context.clock.now().getTime());
  options.teller?.attach(progress);
  try {
    await apply((outcome) => {
      outcomes.push(outcome);
      if (outcome.status !== "pending") progress.step();
    });
  } finally {
    await progress.end();
  }
  const counts = countOutcomes(outcomes);
  if (options.json) {
    await writeJson(io.stdout, {
      version: 1,
      ...options.planned,
      summary: counts,
      outcomes: outcomes.values(),
    });
  } else {
    for (const line of applyLines(outcomes, styleOf(io.stdout, io.env), textWidth(io.stdout), options))
      await io.stdout.write(`${line}\n`);
  }
  if (counts.failed + counts.refused + counts.pending > 0) return 1;
  return options.detailedExitcode && counts.waiting > 0 ? 2 : 0;
}

/** Says what a quiet start waits for, once. */
export function settlingTeller(io: Io): (waiting: number) => void {
  let told = false;
  return (waiting) => {
    if (told) return;
    told = true;
    const alarms = waiting === 1 ? "1 new alarm" : `${waiting} new alarms`;
    void io.stderr.write(
      `Everything is written. Waiting a few minutes for ${alarms} to settle before actions are switched on; Ctrl-C is safe, the next apply finishes it.\n`,
    );
  };
}
