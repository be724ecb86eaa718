// A small, honest shell: runs what it knows on a simulated machine, in virtual time, and says so when it doesn't know something.
import type { Machine, Program } from "./machine.ts";
import { findCommand } from "./shell-commands.ts";
import { redirected, type Target } from "./shell-redirections.ts";
import { Exit, resolved, type Shell, Sink } from "./shell-state.ts";
import { parseShell, ShellSyntaxError } from "./shell-syntax.ts";
import type { Command, Pipeline, Redirection, Script, Statement, Word } from "./shell-tree.ts";

/** Commands a script may run in all, loops counted. */
const MAX_STEPS = 20_000;

/** Runs a script from beginning to end, as `sh script` does. */
export function* runScript(machine: Machine, text: string, directory = "/"): Program {
  const shell: Shell = {
    machine,
    variables: new Map([
      ["HOME", "/root"],
      ["USER", "root"],
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ]),
    directory,
    strict: false,
    last: 0,
    steps: 0,
    substituted: undefined,
  };
  let script: Script;
  try {
    script = parseShell(text);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return { out: "", err: `sh: ${error.message}\n`, code: 2 };
  }
  const sink = new Sink();
  try {
    yield* runAll(shell, script, "", sink, false);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    sink.add(error.output);
    return { out: sink.out, err: sink.err, code: error.output.code };
  }
  return { out: sink.out, err: sink.err, code: shell.last };
}

function* runAll(
  shell: Shell,
  script: Script,
  stdin: string,
  sink: Sink,
  tested: boolean,
): Generator<number, void> {
  for (const statement of script) yield* runStatement(shell, statement, stdin, sink, tested);
}

function* runStatement(
  shell: Shell,
  statement: Statement,
  stdin: string,
  sink: Sink,
  tested: boolean,
): Generator<number, void> {
  for (const [index, { after, pipeline }] of statement.entries()) {
    if ((after === "&&" && shell.last !== 0) || (after === "||" && shell.last === 0)) continue;
    const checked = tested || pipeline.negated || index < statement.length - 1;
    shell.last = yield* runPipeline(shell, pipeline, stdin, sink, checked);
    if (shell.strict && shell.last !== 0 && !checked) throw new Exit({ out: "", err: "", code: shell.last });
  }
}

function* runPipeline(
  shell: Shell,
  { negated, commands }: Pipeline,
  stdin: string,
  sink: Sink,
  tested: boolean,
): Generator<number, number> {
  let input = stdin;
  let code = 0;
  for (const [index, command] of commands.entries()) {
    const output = yield* runCommand(shell, command, input, tested);
    sink.err += output.err;
    if (index === commands.length - 1) sink.out += output.out;
    else input = output.out;
    code = output.code;
  }
  return negated ? Number(code === 0) : code;
}

function* runCommand(shell: Shell, command: Command, stdin: string, tested: boolean): Program {
  shell.steps += 1;
  if (shell.steps > MAX_STEPS)
    throw new Exit({ out: "", err: `sh: gave up after ${MAX_STEPS} commands\n`, code: 137 });
  switch (command.kind) {
    case "simple":
      return yield* runSimple(shell, command, stdin);
    case "group": {
      const sink = new Sink();
      const into = yield* targets(shell, command.redirections);
      if (!command.subshell) {
        yield* collecting(sink, runAll(shell, command.body, stdin, sink, tested));
        return redirected(shell, into, { out: sink.out, err: sink.err, code: shell.last });
      }
      const code = yield* apart(shell, command.body, stdin, sink, tested);
      return redirected(shell, into, { out: sink.out, err: sink.err, code });
    }
    default: {
      const sink = new Sink();
      yield* collecting(sink, runCompound(shell, command, stdin, sink, tested));
      return { out: sink.out, err: sink.err, code: shell.last };
    }
  }
}

// In a shell of its own: what it sets, where it goes and that it exits stays there.
function* apart(
  shell: Shell,
  script: Script,
  stdin: string,
  sink: Sink,
  tested: boolean,
): Generator<number, number> {
  const inner: Shell = { ...shell, variables: new Map(shell.variables) };
  try {
    yield* runAll(inner, script, stdin, sink, tested);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    sink.add(error.output);
    inner.last = error.output.code;
  }
  shell.steps = inner.steps;
  return inner.last;
}

// What was said before an exit isn't lost with it.
function* collecting(sink: Sink, running: Generator<number, void>): Generator<number, void> {
  try {
    yield* running;
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    const { out, err, code } = error.output;
    throw new Exit({ out: sink.out + out, err: sink.err + err, code });
  }
}

function* runCompound(
  shell: Shell,
  command: Exclude<Command, { readonly kind: "simple" | "group" }>,
  stdin: string,
  sink: Sink,
  tested: boolean,
): Generator<number, void> {
  switch (command.kind) {
    case "if": {
      for (const { condition, body } of command.branches) {
        yield* runAll(shell, condition, stdin, sink, true);
        if (shell.last === 0) return yield* runAll(shell, body, stdin, sink, tested);
      }
      shell.last = 0;
      return yield* runAll(shell, command.otherwise, stdin, sink, tested);
    }
    case "loop": {
      let code = 0;
      for (;;) {
        yield* runAll(shell, command.condition, stdin, sink, true);
        if ((shell.last === 0) === command.until) break;
        yield* runAll(shell, command.body, stdin, sink, tested);
        code = shell.last;
      }
      shell.last = code;
      return;
    }
    case "for": {
      shell.last = 0;
      for (const value of yield* expandAll(shell, command.words)) {
        shell.variables.set(command.name, value);
        yield* runAll(shell, command.body, stdin, sink, tested);
      }
    }
  }
}

function* runSimple(
  shell: Shell,
  command: Extract<Command, { readonly kind: "simple" }>,
  stdin: string,
): Program {
  shell.substituted = undefined;
  for (const [name, word] of command.assignments) shell.variables.set(name, yield* expandOne(shell, word));
  const [name, ...args] = yield* expandAll(shell, command.words);
  const into = yield* targets(shell, command.redirections);
  const source = into.find(({ from }) => from === 0);
  let input = stdin;
  if (typeof source?.to === "string") {
    const content = shell.machine.guest.files.get(source.to);
    if (content === undefined && source.to !== "/dev/null")
      return { out: "", err: `sh: ${source.to}: No such file or directory\n`, code: 1 };
    input = content ?? "";
  }
  // An assignment alone has the exit code of the command that gave its value.
  const output =
    name === undefined
      ? { out: "", err: "", code: shell.substituted ?? 0 }
      : yield* invoke(shell, name, args, input);
  return redirected(shell, into, output);
}

/** Runs a command by its name: those of the shell itself first. */
export function* invoke(shell: Shell, name: string, args: readonly string[], stdin: string): Program {
  switch (name) {
    case "exit":
      throw new Exit({ out: "", err: "", code: Number(args[0] ?? shell.last) & 255 });
    case "set":
      shell.strict = args[0]?.startsWith("-") ? shell.strict || args[0].includes("e") : args[0] !== "+e";
      return { out: "", err: "", code: 0 };
    case "cd":
      shell.directory = resolved(shell, args[0] ?? "/root");
      return { out: "", err: "", code: 0 };
    case "pwd":
      return { out: `${shell.directory}\n`, err: "", code: 0 };
    case "export":
      for (const arg of args) {
        const [key = "", ...value] = arg.split("=");
        if (arg.includes("=")) shell.variables.set(key, value.join("="));
      }
      return { out: "", err: "", code: 0 };
    case "sleep": {
      const seconds = Number(/^[\d.]+/.exec(args[0] ?? "")?.[0] ?? Number.NaN);
      const unit = { m: 60, h: 3600, d: 86_400 }[args[0]?.at(-1) ?? ""] ?? 1;
      if (Number.isNaN(seconds))
        return { out: "", err: `sleep: invalid time interval '${args[0] ?? ""}'\n`, code: 1 };
      yield seconds * unit * 1000;
      return { out: "", err: "", code: 0 };
    }
    case "sudo":
    case "command":
    case "exec":
    case "nohup": {
      const rest = name === "command" && args[0] === "-v" ? ["which", ...args.slice(1)] : [...args];
      while (rest[0]?.startsWith("-")) rest.shift();
      const [inner, ...others] = rest;
      return inner === undefined ? { out: "", err: "", code: 0 } : yield* invoke(shell, inner, others, stdin);
    }
    case "timeout":
      return yield* limited(shell, args, stdin);
    case "sh":
    case "bash":
      return args[0] === "-c" || args[0] === "-lc"
        ? yield* runScript(shell.machine, args[1] ?? "", shell.directory)
        : { out: "", err: `${name}: ${args[0] ?? "-"}: No such file or directory\n`, code: 127 };
  }
  const command = findCommand(shell, name);
  if (!command)
    return {
      out: "",
      err: name.includes("/")
        ? `sh: ${name}: No such file or directory\n`
        : `sh: ${name}: command not found\n`,
      code: 127,
    };
  const output = command(shell, args, stdin);
  return "next" in output ? yield* output : output;
}

function* limited(shell: Shell, args: readonly string[], stdin: string): Program {
  const [limit = "", name, ...rest] = args.filter((arg, index) => index > 0 || !arg.startsWith("-"));
  if (name === undefined) return { out: "", err: "timeout: missing operand\n", code: 125 };
  const running = invoke(shell, name, rest, stdin);
  let left = Number.parseFloat(limit) * 1000;
  for (;;) {
    const step = running.next();
    if (step.done) return step.value;
    if (step.value > left) {
      yield left;
      return { out: "", err: "", code: 124 };
    }
    left -= step.value;
    yield step.value;
  }
}

function* expandAll(shell: Shell, words: readonly Word[]): Generator<number, string[]> {
  const result: string[] = [];
  for (const word of words) {
    let current: string | undefined;
    for (const part of word) {
      const text = yield* expandPart(shell, part);
      if (part.quoted || part.kind === "text") {
        current = (current ?? "") + text;
        continue;
      }
      const pieces = text.split(/\s+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) {
          if (current !== undefined && current !== "") result.push(current);
          current = undefined;
        }
        if (piece !== "") current = (current ?? "") + piece;
      }
    }
    if (current !== undefined) result.push(current);
  }
  return result;
}

function* expandOne(shell: Shell, word: Word): Generator<number, string> {
  let text = "";
  for (const part of word) text += yield* expandPart(shell, part);
  return text;
}

function* expandPart(shell: Shell, part: Word[number]): Generator<number, string> {
  if (part.kind === "text") return part.text;
  if (part.kind === "variable")
    return part.name === "?" ? String(shell.last) : (shell.variables.get(part.name) ?? "");
  const sink = new Sink();
  shell.substituted = yield* apart(shell, part.script, "", sink, true);
  return sink.out.replace(/\n+$/, "");
}

function* targets(shell: Shell, redirections: readonly Redirection[]): Generator<number, Target[]> {
  const result: Target[] = [];
  for (const { from, append, to } of redirections)
    result.push({
      from,
      append,
      to: typeof to === "number" ? to : resolved(shell, yield* expandOne(shell, to)),
    });
  return result;
}
