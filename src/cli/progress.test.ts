import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Io } from "./io.ts";
import { Progress } from "./progress.ts";

let written = "";
const io = (isTerminal: boolean): Io => {
  const output = {
    isTerminal,
    columns: 80,
    write: async (text: string) => {
      written += text;
    },
  };
  return {
    env: {},
    cwd: "/",
    stdout: output,
    stderr: output,
    signal: new AbortController().signal,
    interactive: isTerminal,
    ask: async () => "",
  };
};

beforeEach(() => {
  written = "";
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const begin = (isTerminal: boolean) => new Progress(io(isTerminal), "changes", 40, () => Date.now());

it("tells a log each new thing, and how far it is after each minute of silence", async () => {
  const progress = begin(false);
  vi.advanceTimersByTime(59_000);
  expect(written).toBe("");
  vi.advanceTimersByTime(1000);
  progress.step();
  progress.step();
  vi.advanceTimersByTime(60_000);
  progress.say("wave 1 of 2: 4 instances");
  progress.say("wave 1 of 2: 4 instances");
  vi.advanceTimersByTime(59_000);
  progress.step();
  progress.say("wave 2 of 2: 9 instances");
  vi.advanceTimersByTime(60_000);
  await progress.end();
  vi.advanceTimersByTime(600_000);
  expect(written.split("\n")).toEqual([
    "0/40 changes",
    "2/40 changes, 38 min left",
    "2/40 changes, wave 1 of 2: 4 instances",
    "3/40 changes, wave 2 of 2: 9 instances",
    "3/40 changes, wave 2 of 2: 9 instances",
    "",
  ]);
});

it("draws one line on a terminal, and takes it away", async () => {
  const progress = begin(true);
  progress.say("wave 1 of 2: 4 instances");
  progress.step();
  vi.advanceTimersByTime(600_000);
  await progress.end();
  expect(written).not.toContain("\n");
  expect(written).toMatch(/1\/40 {3}changes {3}wave 1 of 2: 4 instances/);
  expect(written.endsWith("\r\u001b[K")).toBe(true);
});
