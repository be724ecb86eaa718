import { failed, type Output, said } from "./machine.ts";
import { fileContent } from "./shell-files.ts";
import type { ShellCommand } from "./shell-state.ts";
import { resolved, type Shell } from "./shell-state.ts";

/** Programs that work on text and files. */
export const TEXT_COMMANDS = {
  echo: (_shell, args) => {
    const bare = args[0] === "-n";
    const words = args[0] === "-n" || args[0] === "-e" ? args.slice(1) : args;
    return { out: words.join(" ") + (bare ? "" : "\n"), err: "", code: 0 };
  },
  printf: (_shell, [format = "", ...args]) => {
    let next = 0;
    const text = format
      .replace(/\\n/g, "\n")
      .replace(/\\t/g, "\t")
      .replace(/%[sd%]/g, (verb) => (verb === "%%" ? "%" : (args[next++] ?? "")));
    return { out: text, err: "", code: 0 };
  },
  true: () => said(""),
  ":": () => said(""),
  false: () => said("", 1),
  test: (shell, args) => said("", Number(!holds(shell, args))),
  "[": (shell, args) =>
    args.at(-1) === "]"
      ? said("", Number(!holds(shell, args.slice(0, -1))))
      : failed("sh: [: missing `]'", 2),
  cat: (shell, args, stdin) =>
    args.length === 0 ? { out: stdin, err: "", code: 0 } : contents(shell, "cat", args),
  head: (shell, args, stdin) => ends(shell, "head", args, stdin),
  tail: (shell, args, stdin) => ends(shell, "tail", args, stdin),
  grep: (shell, args, stdin) => grep(shell, args, stdin),
  wc: (shell, args, stdin) => {
    const names = args.filter((arg) => !arg.startsWith("-"));
    const input = names.length > 0 ? contents(shell, "wc", names) : { out: stdin, err: "", code: 0 };
    if (input.code !== 0) return input;
    const text = input.out;
    const counts: Record<string, number> = {
      "-l": text.split("\n").length - 1,
      "-w": text.split(/\s+/).filter(Boolean).length,
      "-c": text.length,
    };
    const flag = args.find((arg) => arg in counts);
    return said(flag ? String(counts[flag]) : Object.values(counts).join(" "));
  },
  sort: (_shell, args, stdin) => {
    const rows = lines(stdin).sort();
    return said((args.includes("-r") ? rows.reverse() : rows).join("\n"));
  },
  tr: (_shell, args, stdin) =>
    args[0] === "-d"
      ? { out: stdin.replaceAll(unescaped(args[1]), ""), err: "", code: 0 }
      : { out: stdin.replaceAll(unescaped(args[0]), unescaped(args[1])), err: "", code: 0 },
  seq: (_shell, args) => {
    const [from, to] = args.length > 1 ? [Number(args[0]), Number(args[1])] : [1, Number(args[0])];
    return said(
      Array.from({ length: Math.max(0, Math.min(10_000, to - from + 1)) }, (_, n) => from + n).join("\n"),
    );
  },
  mkdir: () => said(""),
  touch: (shell, args) => {
    for (const path of args) {
      if (shell.machine.guest.diskFull)
        return failed(`touch: cannot touch '${path}': No space left on device`);
      const name = resolved(shell, path);
      if (!shell.machine.guest.files.has(name)) shell.machine.guest.files.set(name, "");
    }
    return said("");
  },
  rm: (shell, args) => {
    for (const path of args.filter((arg) => !arg.startsWith("-")))
      if (!shell.machine.guest.files.delete(resolved(shell, path)) && !args.includes("-f"))
        return failed(`rm: cannot remove '${path}': No such file or directory`);
    return said("");
  },
  ls: (shell, args) => {
    const paths = args.filter((arg) => !arg.startsWith("-"));
    const missing = paths.find((path) => fileContent(shell, path) === undefined);
    if (missing !== undefined) return failed(`ls: cannot access '${missing}': No such file or directory`, 2);
    return said(paths.join("\n"));
  },
} satisfies Readonly<Record<string, ShellCommand>>;

function contents(shell: Shell, program: string, paths: readonly string[]): Output {
  const output = { out: "", err: "", code: 0 };
  for (const path of paths.filter((one) => !one.startsWith("-"))) {
    const text = fileContent(shell, path);
    if (text === undefined) {
      output.err += `${program}: ${path}: No such file or directory\n`;
      output.code = 1;
    } else output.out += text;
  }
  return output;
}

function ends(shell: Shell, program: "head" | "tail", args: readonly string[], stdin: string): Output {
  let count = 10;
  const paths: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    if (arg === "-n") {
      i += 1;
      count = Number(args[i]);
    } else if (/^-n?\d+$/.test(arg)) count = Number(arg.replace(/^-n?/, ""));
    else if (!arg.startsWith("-")) paths.push(arg);
  }
  if (!Number.isInteger(count)) return failed(`${program}: invalid number of lines`);
  const input = paths.length > 0 ? contents(shell, program, paths) : { out: stdin, err: "", code: 0 };
  const rows = lines(input.out);
  const kept = program === "head" ? rows.slice(0, count) : rows.slice(Math.max(0, rows.length - count));
  return { ...input, out: kept.map((row) => `${row}\n`).join("") };
}

function grep(shell: Shell, args: readonly string[], stdin: string): Output {
  const flags = args.filter((arg) => /^-\w+$/.test(arg)).join("");
  const [pattern, ...paths] = args.filter((arg) => !/^-\w+$/.test(arg));
  if (pattern === undefined) return failed("Usage: grep [OPTION]... PATTERNS [FILE]...", 2);
  const input = paths.length > 0 ? contents(shell, "grep", paths) : { out: stdin, err: "", code: 0 };
  if (input.code !== 0) return { ...input, code: 2 };
  const source = flags.includes("F") ? pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : pattern;
  let expression: RegExp;
  try {
    expression = new RegExp(source, flags.includes("i") ? "i" : "");
  } catch {
    return failed("grep: Invalid regular expression", 2);
  }
  const found = lines(input.out).filter((row) => expression.test(row) !== flags.includes("v"));
  const code = found.length > 0 ? 0 : 1;
  if (flags.includes("q")) return said("", code);
  return said(flags.includes("c") ? String(found.length) : found.join("\n"), code);
}

function holds(shell: Shell, args: readonly string[]): boolean {
  if (args[0] === "!") return !holds(shell, args.slice(1));
  const [a = "", operator = "", b = ""] = args;
  if (args.length <= 1) return a !== "";
  if (args.length === 2) {
    switch (a) {
      case "-z":
        return operator === "";
      case "-n":
        return operator !== "";
      case "-e":
      case "-f":
      case "-r":
      case "-s":
        return fileContent(shell, operator) !== undefined;
      default:
        return false;
    }
  }
  switch (operator) {
    case "=":
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "-eq":
      return Number(a) === Number(b);
    case "-ne":
      return Number(a) !== Number(b);
    case "-lt":
      return Number(a) < Number(b);
    case "-le":
      return Number(a) <= Number(b);
    case "-gt":
      return Number(a) > Number(b);
    case "-ge":
      return Number(a) >= Number(b);
    default:
      return false;
  }
}

function lines(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").split("\n");
}

function unescaped(text = ""): string {
  return text.replace(/\\n/g, "\n").replace(/\\t/g, "\t");
}
