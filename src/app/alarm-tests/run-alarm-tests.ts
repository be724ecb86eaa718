// Unit tests for alarms: points played through alarms by CloudWatch's own rules, and what was expected of them.
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { AlarmTest, AlarmTestFile } from "../../config/alarm-tests/alarm-test-file.ts";
import { loadAlarmTests } from "../../config/alarm-tests/load-alarm-tests.ts";
import { RESOURCE_TYPES } from "../../inventory/registry.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../../support/errors.ts";
import { InvalidConfiguration, readConfiguration } from "../read-configuration.ts";
import { judge } from "./judge.ts";
import { playTest } from "./play.ts";
import type { PlayedTest } from "./played.ts";
import { resolveAlarms } from "./resolve-alarms.ts";
import { TestNotRunnable, type TestProblem } from "./tested-alarm.ts";

/** How one test ended. `broken`: it can't be run as it is written. */
export interface AlarmTestResult {
  readonly test: AlarmTest;
  readonly status: "passed" | "failed" | "broken";
  readonly problems: readonly TestProblem[];
  /** What was played; absent for a broken test. */
  readonly played?: PlayedTest;
  readonly milliseconds: number;
}

/** How the tests of one file ended. */
export interface AlarmTestFileResult {
  readonly file: string;
  /** What keeps the whole file from being run. */
  readonly diagnostics: readonly Diagnostic[];
  readonly tests: readonly AlarmTestResult[];
}

export interface AlarmTestOptions {
  readonly cwd: string;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Only tests whose name holds this text. */
  readonly only?: string | undefined;
}

/** Runs the tests of one file. Throws `WatchkeeperError` when the file can't be read at all. */
export function runAlarmTests(file: string, options: AlarmTestOptions): AlarmTestFileResult {
  const { tests: read, diagnostics } = loadAlarmTests(contentOf(file, options.cwd), file, RESOURCE_TYPES);
  if (!read) return { file, diagnostics, tests: [] };
  const configured = configurationOf(read, options.cwd);
  if ("diagnostics" in configured) return { file, diagnostics: configured.diagnostics, tests: [] };
  const { only } = options;
  const chosen = only === undefined ? read.tests : read.tests.filter(({ name }) => name.includes(only));
  return {
    file,
    diagnostics,
    tests: chosen.map((test) => runTest(test, read, configured.configuration, options.now)),
  };
}

function contentOf(file: string, cwd: string): Uint8Array {
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : messageOf(error);
    throw new WatchkeeperError("no-tests", `${file} can't be read: ${reason}`, {
      remedy: "docs/testing-alarms.md shows how tests are written",
      cause: error,
    });
  }
}

/** The configuration that a file of tests names, relative to itself. */
function configurationOf(
  { file, config }: AlarmTestFile,
  cwd: string,
): { readonly configuration?: Configuration } | { readonly diagnostics: readonly Diagnostic[] } {
  if (!config) return {};
  try {
    const path = isAbsolute(config.value) ? config.value : join(dirname(file), config.value);
    return { configuration: readConfiguration(path, cwd).configuration };
  } catch (error) {
    if (error instanceof InvalidConfiguration) return { diagnostics: error.diagnostics };
    if (!isWatchkeeperError(error)) throw error;
    const { file: path, line, column } = config.position;
    return {
      diagnostics: [{ severity: "error", code: error.code, message: error.message, path, line, column }],
    };
  }
}

function runTest(
  test: AlarmTest,
  file: AlarmTestFile,
  configuration: Configuration | undefined,
  now: () => number,
): AlarmTestResult {
  const began = now();
  try {
    const played = playTest(test, resolveAlarms(test, file, configuration));
    const problems = judge(test, played.alarms);
    const status = problems.length === 0 ? "passed" : "failed";
    return { test, status, problems, played, milliseconds: now() - began };
  } catch (error) {
    if (!(error instanceof TestNotRunnable)) throw error;
    return { test, status: "broken", problems: error.problems, milliseconds: now() - began };
  }
}
