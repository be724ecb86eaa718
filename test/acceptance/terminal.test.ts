// The program in front of a person: colours, a question, progress, Ctrl-C. Needs Python's pty module for a terminal.
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "../../src/cli/style.ts";
import { type Finished, probe, run } from "./support/child-process.ts";
import { openStage, PROGRAM, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

const hasTerminal = probe("python3", ["-c", "import pty, termios"]).code === 0;
const QUESTION = "[y/N] ";

describe.skipIf(!hasTerminal)("on a terminal", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(SCENARIO, configuration());
  });
  afterAll(() => stage.close());

  /** Runs the program, and types something once it has printed what is waited for. */
  const at = (columns: number, args: readonly string[], wait: string, send: string): Promise<Finished> =>
    run(
      "python3",
      [
        join(import.meta.dirname, "support/terminal.py"),
        ...[String(columns), wait, send, "--", process.execPath, PROGRAM, ...args],
      ],
      { environment: { ...stage.environment, TERM: "xterm-256color" }, cwd: stage.folder },
    );
  const puts = (): number => stage.local.requests.get("cloudwatch:PutMetricAlarm") ?? 0;
  const plain = (text: string): string => stripVTControlCharacters(text).replaceAll("\r\n", "\n");

  it("plans in colours, within its width", async () => {
    const { code, stdout } = await at(80, ["plan"], "nothing", "");
    expect(code).toBe(0);
    expect(stdout).toContain("\u001b[32m");
    expect(
      plain(stdout)
        .split("\n")
        .filter((line) => displayWidth(line) > 80),
    ).toEqual([]);
  });

  it("that has no size still gets lines", async () => {
    const { stdout } = await at(0, ["plan"], "nothing", "");
    expect(plain(stdout)).toMatch(/\+ cpu-i-\w+ +web-1 +CPUUtilization > 80 % for 3 x 5 min\n/);
  });

  it("takes Ctrl-C at the question for a stop, and Ctrl-D, Enter and n for no", async () => {
    const stopped = await at(100, ["apply"], QUESTION, "\\x03");
    expect(stopped.code).toBe(1);
    expect(plain(stopped.stdout)).toMatch(/\[y\/N\] \s*stopped\n$/);
    for (const typed of ["\\x04", "\\r", "n\\r"]) {
      const { code, stdout } = await at(100, ["apply"], QUESTION, typed);
      expect(code).toBe(1);
      expect(plain(stdout)).toMatch(/Nothing was changed\.\n$/);
    }
    expect(puts()).toBe(0);
  });

  it("shows progress, and says after Ctrl-C how far it came", async () => {
    await stage.faults({ quotas: { "cloudwatch:PutMetricAlarm": { rate: 3, burst: 3 } } });
    const { code, stdout } = await at(100, ["apply", "--yes"], "░", "\\x03");
    expect(stdout).toContain("░");
    expect(plain(stdout)).toMatch(/\d of 8 applied\. Nothing is half done; run apply again\.\n$/);
    expect(code).toBe(1);
    await stage.faults({});
  });

  it("applies once the answer is yes", async () => {
    const { code, stdout } = await at(100, ["apply"], QUESTION, "y\\r");
    expect(plain(stdout)).toMatch(/[1-9] applied, 0 failed\. A second plan has nothing to change\.\n$/);
    expect(code).toBe(0);
  });
});
