import { type RunningLocal, runLocal } from "../../app/run-local.ts";
import type { CommandHost } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Io, Output } from "../io.ts";
import { type Style, styleOf } from "../style.ts";

/** A step of the demo that didn't go as it should. */
export class DemoFailed extends Error {}

/** Lines of a command's output that are shown from its beginning and its end, when it is long. */
const HEAD = 14;
const TAIL = 3;

/** Where the demo plays: a local cloud, commands run against it, and what people watch. */
export class Stage {
  readonly running: RunningLocal;
  readonly #io: Io;
  readonly #style: Style;
  /** The configuration that commands read. */
  readonly config: string;
  readonly #command: CommandHost["run"];

  private constructor(io: Io, run: CommandHost["run"], running: RunningLocal, config: string) {
    this.#command = run;
    this.#io = io;
    this.running = running;
    this.config = config;
    this.#style = styleOf(io.stdout, io.env);
  }

  static async open(
    io: Io,
    run: CommandHost["run"],
    files: { readonly scenario: string; readonly config: string },
  ): Promise<Stage> {
    const running = await runLocal({ scenario: files.scenario, cwd: io.cwd });
    // The account of the demo has asked AWS for more than three alarms a second, as fleets do.
    running.local.faults.set({
      ...running.local.faults.settings,
      quotas: {
        "cloudwatch:PutMetricAlarm": { rate: 50, burst: 50 },
        "cloudwatch:PutCompositeAlarm": { rate: 50, burst: 50 },
      },
    });
    return new Stage(io, run, running, files.config);
  }

  close(): Promise<void> {
    return this.running.close();
  }

  /** Tells what comes next. */
  async say(text: string): Promise<void> {
    await this.#io.stdout.write(`\n${this.#style.bold(text)}\n`);
  }

  /** One line, indented. */
  async show(line: string): Promise<void> {
    await this.#io.stdout.write(`  ${line}\n`);
  }

  /** Shows a command that somebody else types. */
  async typed(command: string): Promise<void> {
    await this.#io.stdout.write(`${this.#style.dim(`  $ ${command}`)}\n`);
  }

  /** Runs a command as a user would, shows what it prints (the middle left out where it is long), and holds it to its exit code. Answers all of its output. */
  async watchkeeper(
    args: readonly string[],
    expected: ExitCode = 0,
    { whole = false }: { readonly whole?: boolean } = {},
  ): Promise<string> {
    await this.typed(`watchkeeper ${args.join(" ")}`);
    const { code, output } = await this.#run([...args, ...this.#reach(args)]);
    const lines = output.trimEnd().split("\n");
    const shown =
      whole || lines.length <= HEAD + TAIL + 1
        ? lines
        : [
            ...lines.slice(0, HEAD),
            this.#style.dim(`… ${lines.length - HEAD - TAIL} more lines`),
            ...lines.slice(-TAIL),
          ];
    for (const line of shown) await this.show(line);
    if (code !== expected)
      throw new DemoFailed(`watchkeeper ${args.join(" ")} ended with ${code}, not ${expected}`);
    return output;
  }

  /** The same command's `--json`, without showing it. */
  async json(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { output } = await this.#run([...args, "--json", ...this.#reach(args)]);
    return JSON.parse(output) as Readonly<Record<string, unknown>>;
  }

  /** Starts a command that goes on until it is stopped; answers when it has printed `ready`. */
  async start(
    args: readonly string[],
    { ready, env }: { readonly ready: RegExp; readonly env: Readonly<Record<string, string>> },
  ): Promise<{ stop(): Promise<void> }> {
    await this.typed(`watchkeeper ${args.join(" ")}`);
    const controller = new AbortController();
    let output = "";
    let begun: () => void = () => undefined;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const collect: Output = {
      isTerminal: false,
      columns: 110,
      write: async (text) => {
        output += text;
        if (ready.test(output)) begun();
      },
    };
    const ended = this.#command([...args, ...this.#reach(args)], {
      ...this.#io,
      env: { ...this.running.variables, ...env, NO_COLOR: "1" },
      stdout: collect,
      stderr: collect,
      signal: AbortSignal.any([this.#io.signal, controller.signal]),
      interactive: false,
    });
    const failed = ended.then((code) => {
      throw new DemoFailed(`watchkeeper ${args.join(" ")} ended with ${code}: ${output}`);
    });
    await Promise.race([begins, failed]);
    failed.catch(() => undefined);
    return {
      stop: async () => {
        controller.abort();
        const code = await ended;
        if (code !== 0) throw new DemoFailed(`watchkeeper ${args.join(" ")} ended with ${code}: ${output}`);
      },
    };
  }

  #reach(args: readonly string[]): string[] {
    return args[0] === "local" || args.includes("--config") ? [] : ["--config", this.config];
  }

  /** Runs in this process, in an environment that holds nothing but the way to the local cloud. */
  async #run(args: readonly string[]): Promise<{ readonly code: ExitCode; readonly output: string }> {
    let output = "";
    const collect: Output = {
      isTerminal: false,
      columns: 110,
      write: async (text) => {
        output += text;
      },
    };
    const io: Io = {
      ...this.#io,
      env: { ...this.running.variables, NO_COLOR: "1" },
      stdout: collect,
      stderr: collect,
      interactive: false,
    };
    const code = await this.#command(args, io);
    return { code, output };
  }
}
