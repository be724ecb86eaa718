import type { CommandHost } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { styleOf } from "../style.ts";
import { writeJson } from "../views/json.ts";

interface TestOptions extends CommonOptions {
  readonly only?: string;
}

/** `watchkeeper test FILE...`: plays made-up points through alarms and says whether they behave as expected. Offline. */
export function registerTest({ program, io, finish }: CommandHost): void {
  const command = program
    .command("test")
    .argument("<files...>", "files of alarm tests")
    .description("run unit tests of alarms, offline: see docs/testing-alarms.md")
    .option("--only <text>", "only tests whose name holds this text");
  withCommon(command).action(async (files: readonly string[], options: TestOptions) => {
    const { runAlarmTests } = await import("../../app/alarm-tests/run-alarm-tests.ts");
    const { alarmTestDocument, fileLines, summaryLine } = await import("../views/alarm-test-view.ts");
    const style = styleOf(io.stdout, io.env);
    const width = io.stdout.isTerminal ? io.stdout.columns : 110;
    const results = [];
    for (const file of files) {
      io.signal.throwIfAborted();
      const result = runAlarmTests(file, { cwd: io.cwd, now: () => performance.now(), only: options.only });
      results.push(result);
      if (options.json) continue;
      for (const line of fileLines(result, style, width)) await io.stdout.write(`${line}\n`);
    }
    if (options.json) await writeJson(io.stdout, alarmTestDocument(results));
    else await io.stdout.write(`${summaryLine(results, style)}\n`);
    const ran = results.flatMap(({ tests }) => tests);
    const unread = results.some(({ diagnostics }) =>
      diagnostics.some(({ severity }) => severity === "error"),
    );
    finish(unread || ran.length === 0 || ran.some(({ status }) => status !== "passed") ? 1 : 0);
  });
}
