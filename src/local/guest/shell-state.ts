import type { Machine, Output, Program } from "./machine.ts";

/** A shell that runs: its variables and where it is. */
export interface Shell {
  readonly machine: Machine;
  readonly variables: Map<string, string>;
  directory: string;
  /** `set -e`: ends with the first command that fails. */
  strict: boolean;
  /** Exit code of what ran last. */
  last: number;
  /** What ran so far: a script that never ends is ended. */
  steps: number;
  /** Exit code of the last command substitution. */
  substituted: number | undefined;
}

/** A program that answers at once, or one that takes its time. */
export type ShellCommand = (shell: Shell, args: readonly string[], stdin: string) => Output | Program;

/** A path as seen from where the shell is. */
export function resolved({ directory }: Shell, path: string): string {
  if (path.startsWith("/")) return path;
  return `${directory === "/" ? "" : directory}/${path.replace(/^(\.\/)+/, "")}`.replace(/\/\.?$/, "") || "/";
}

/** A script that ends itself. */
export class Exit extends Error {
  readonly output: Output;
  constructor(output: Output) {
    super("exit");
    this.output = output;
  }
}

/** Where what programs say is put together. */
export class Sink {
  out = "";
  err = "";

  add({ out, err }: Output): void {
    this.out += out;
    this.err += err;
  }
}
