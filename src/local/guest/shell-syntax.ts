// The part of the POSIX shell's grammar that scripts for machines need: lists, pipelines, if, while, until, for, groups,
// redirections, variables and command substitution. Not here: functions, case, arithmetic, here-documents, background jobs.
import type { Command, Part, Pipeline, Redirection, Script, Statement, Word } from "./shell-tree.ts";

/** What the shell says of a script that it can't read. */
export class ShellSyntaxError extends Error {}

const RESERVED = new Set([
  "if",
  "then",
  "elif",
  "else",
  "fi",
  "while",
  "until",
  "for",
  "do",
  "done",
  "{",
  "}",
  "!",
]);

/** Reads a script. Throws ShellSyntaxError. */
export function parseShell(text: string): Script {
  const reader = new Reader(text);
  const script = reader.script([]);
  if (!reader.ended) throw reader.unexpected();
  return script;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    this.#blank(true);
    return this.#at >= this.#text.length;
  }

  unexpected(): ShellSyntaxError {
    const rest = this.#text.slice(this.#at);
    const token = rest === "" ? "end of file" : `\`${/^(&&|\|\||;;|\w+|.)/s.exec(rest)?.[0] ?? ""}'`;
    return new ShellSyntaxError(`syntax error near unexpected token ${token}`);
  }

  /** Statements until one of these words (or `)`), which is left where it is. */
  script(ends: readonly string[]): Script {
    const statements: Statement[] = [];
    for (;;) {
      this.#blank(true);
      while (this.#take(";")) this.#blank(true);
      if (this.#at >= this.#text.length || this.#peek() === ")" || ends.includes(this.#word() ?? "")) break;
      statements.push(this.#statement());
      this.#blank(false);
      const next = this.#peek();
      if (next === "&" && !this.#text.startsWith("&&", this.#at)) throw this.unexpected();
      if (next !== ";" && next !== "\n" && next !== ")" && next !== "" && !ends.includes(this.#word() ?? ""))
        throw this.unexpected();
    }
    return statements;
  }

  #statement(): Statement {
    const parts: { after: ";" | "&&" | "||"; pipeline: Pipeline }[] = [
      { after: ";", pipeline: this.#pipeline() },
    ];
    for (;;) {
      this.#blank(false);
      const after = this.#take("&&") ? "&&" : this.#take("||") ? "||" : undefined;
      if (!after) return parts;
      this.#blank(true);
      parts.push({ after, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    this.#blank(false);
    const negated = this.#word() === "!";
    if (negated) this.#at += 1;
    const commands = [this.#command()];
    for (;;) {
      this.#blank(false);
      if (this.#text.startsWith("||", this.#at) || !this.#take("|")) return { negated, commands };
      this.#blank(true);
      commands.push(this.#command());
    }
  }

  #command(): Command {
    this.#blank(false);
    const word = this.#word();
    if (word === "if") return this.#if();
    if (word === "while" || word === "until") return this.#loop(word);
    if (word === "for") return this.#for();
    if (word === "{") return this.#group("{", "}");
    if (this.#peek() === "(") return this.#group("(", ")");
    if (word !== undefined && RESERVED.has(word)) throw this.unexpected();
    return this.#simple();
  }

  #if(): Command {
    const branches: { condition: Script; body: Script }[] = [];
    let opening = "if";
    while (opening === "if" || opening === "elif") {
      this.#expect(opening);
      const condition = this.script(["then"]);
      this.#expect("then");
      const body = this.script(["elif", "else", "fi"]);
      branches.push({ condition, body });
      opening = this.#word() ?? "";
    }
    let otherwise: Script = [];
    if (opening === "else") {
      this.#expect("else");
      otherwise = this.script(["fi"]);
    }
    this.#expect("fi");
    return { kind: "if", branches, otherwise };
  }

  #loop(word: "while" | "until"): Command {
    this.#expect(word);
    const condition = this.script(["do"]);
    return { kind: "loop", until: word === "until", condition, body: this.#body() };
  }

  #for(): Command {
    this.#expect("for");
    this.#blank(false);
    const name = this.#word() ?? "";
    if (!/^[A-Za-z_]\w*$/.test(name)) throw this.unexpected();
    this.#at += name.length;
    this.#expect("in");
    const words: Word[] = [];
    for (this.#blank(false); !["", ";", "\n"].includes(this.#peek()); this.#blank(false))
      words.push(this.#readWord());
    this.#take(";");
    return { kind: "for", name, words, body: this.#body() };
  }

  #body(): Script {
    this.#expect("do");
    const body = this.script(["done"]);
    this.#expect("done");
    return body;
  }

  #group(open: string, close: string): Command {
    this.#expect(open);
    const body = this.script([close]);
    this.#expect(close);
    const redirections: Redirection[] = [];
    for (let one = this.#redirection(); one; one = this.#redirection()) redirections.push(one);
    return { kind: "group", subshell: open === "(", body, redirections };
  }

  #simple(): Command {
    const assignments: [string, Word][] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      this.#blank(false);
      const redirection = this.#redirection();
      if (redirection) {
        redirections.push(redirection);
        continue;
      }
      if (["", ";", "\n", "|", "&", ")", "("].includes(this.#peek())) break;
      const name =
        words.length === 0 ? /^[A-Za-z_]\w*(?==)/.exec(this.#text.slice(this.#at))?.[0] : undefined;
      if (name !== undefined) {
        this.#at += name.length + 1;
        assignments.push([name, this.#readWord()]);
      } else words.push(this.#readWord());
    }
    if (words.length + assignments.length + redirections.length === 0) throw this.unexpected();
    return { kind: "simple", assignments, words, redirections };
  }

  #redirection(): Redirection | undefined {
    this.#blank(false);
    const found = /^(&>>?|[012]?>>?|0?<)/.exec(this.#text.slice(this.#at))?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    const append = found.endsWith(">>");
    const from = found.startsWith("&") ? "both" : found.includes("<") ? 0 : found.startsWith("2") ? 2 : 1;
    const duplicated = /^&[12]/.exec(this.#text.slice(this.#at))?.[0];
    if (duplicated) {
      this.#at += 2;
      return { from, append, to: duplicated === "&1" ? 1 : 2 };
    }
    this.#blank(false);
    if (["", ";", "\n", "|", "&"].includes(this.#peek())) throw this.unexpected();
    return { from, append, to: this.#readWord() };
  }

  #readWord(): Word {
    const parts: Part[] = [];
    let plain = "";
    const flush = () => {
      if (plain !== "") parts.push({ kind: "text", text: plain, quoted: false });
      plain = "";
    };
    for (;;) {
      const char = this.#peek();
      if (char === "" || /[\s;|&()<>]/.test(char)) break;
      if (char === "'") {
        flush();
        parts.push({ kind: "text", text: this.#until("'"), quoted: true });
      } else if (char === '"') {
        flush();
        this.#at += 1;
        parts.push(...this.#quoted());
      } else if (char === "\\") {
        flush();
        parts.push({ kind: "text", text: this.#text[this.#at + 1] ?? "", quoted: true });
        this.#at += 2;
      } else if (char === "$" || char === "`") {
        const part = this.#expansion(false);
        if (part) {
          flush();
          parts.push(part);
        } else {
          plain += char;
          this.#at += 1;
        }
      } else {
        plain += char;
        this.#at += 1;
      }
    }
    flush();
    return parts;
  }

  /** What stands between double quotes; the opening one has been read. */
  #quoted(): Part[] {
    const parts: Part[] = [];
    let text = "";
    const flush = () => {
      parts.push({ kind: "text", text, quoted: true });
      text = "";
    };
    for (;;) {
      const char = this.#peek();
      if (char === "") throw new ShellSyntaxError("unexpected EOF while looking for matching `\"'");
      if (char === '"') {
        this.#at += 1;
        flush();
        return parts;
      }
      const part = char === "$" || char === "`" ? this.#expansion(true) : undefined;
      if (part) {
        flush();
        parts.push(part);
        continue;
      }
      const escaped = char === "\\" && /["\\$`]/.test(this.#text[this.#at + 1] ?? "");
      text += escaped ? this.#text[this.#at + 1] : char;
      this.#at += escaped ? 2 : 1;
    }
  }

  #expansion(quoted: boolean): Part | undefined {
    if (this.#peek() === "`") return { kind: "command", script: parseShell(this.#until("`")), quoted };
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith("$((")) throw new ShellSyntaxError("arithmetic is not supported by this shell");
    if (rest.startsWith("$(")) {
      this.#at += 2;
      const script = this.script([]);
      this.#expect(")");
      return { kind: "command", script, quoted };
    }
    const found = /^\$(?:\{(\w+)\}|([A-Za-z_]\w*|[?$#@0-9]))/.exec(rest);
    if (!found) {
      if (rest.startsWith("${"))
        throw new ShellSyntaxError(`${/^[^}]*\}?/.exec(rest)?.[0]}: bad substitution`);
      return undefined;
    }
    this.#at += found[0].length;
    return { kind: "variable", name: found[1] ?? found[2] ?? "", quoted };
  }

  /** The text up to a closing mark; both marks are passed. */
  #until(mark: string): string {
    const end = this.#text.indexOf(mark, this.#at + 1);
    if (end < 0) throw new ShellSyntaxError(`unexpected EOF while looking for matching \`${mark}'`);
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #expect(word: string): void {
    this.#blank(true);
    if (!this.#text.startsWith(word, this.#at)) throw this.unexpected();
    this.#at += word.length;
  }

  /** The bare word that comes next, without passing it. */
  #word(): string | undefined {
    return /^(!(?=\s)|[{}](?=[\s;]|$)|[A-Za-z_]\w*(?=[\s;&|()]|$))/.exec(this.#text.slice(this.#at))?.[0];
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Passes spaces, continued lines and comments; line ends too when asked. */
  #blank(lines: boolean): void {
    const pattern = lines ? /(?:[ \t\r\n]|\\\n|#[^\n]*)*/y : /(?:[ \t\r]|\\\n|#[^\n]*)*/y;
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }
}
