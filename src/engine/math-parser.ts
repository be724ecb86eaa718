import { type MathToken, tokenizeMath } from "./math-lexer.ts";
import { SourceError } from "./source-error.ts";

export type MathOperator = "+" | "-" | "*" | "/" | "^" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "AND" | "OR";

/** A metric math expression as a tree. `offset`: where it begins, in UTF-16 units. */
export type MathNode = { readonly offset: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  /** A keyword given as an argument: REPEAT, DESC. */
  | { readonly kind: "word"; readonly value: string }
  | { readonly kind: "reference"; readonly id: string }
  | { readonly kind: "negate"; readonly operand: MathNode }
  | {
      readonly kind: "binary";
      readonly operator: MathOperator;
      readonly left: MathNode;
      readonly right: MathNode;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly MathNode[] }
  | { readonly kind: "array"; readonly items: readonly MathNode[] }
);

/** An expression has 2,048 characters at most; nesting beyond this is not worth reading. */
const MAX_DEPTH = 300;

/**
 * Operators from loosest to tightest; unary minus binds tightest of all, and `^` groups to the right.
 * CloudWatch doesn't publish its precedence: this is the ordinary one. Parentheses make an expression safe from the question.
 */
const PRECEDENCE: readonly (readonly MathOperator[])[] = [
  ["OR"],
  ["AND"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];

const SPELLINGS: Readonly<Record<string, MathOperator>> = { "&&": "AND", "||": "OR" };

/**
 * Reads a metric math expression. Types and references are not checked here.
 * @throws SourceError (`metric-math`) with the place.
 */
export function parseMath(text: string): MathNode {
  const parser = new MathParser(text);
  const node = parser.level(0);
  parser.end();
  return node;
}

class MathParser {
  readonly #text: string;
  readonly #tokens: readonly MathToken[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenizeMath(text);
  }

  level(level: number): MathNode {
    const operators = PRECEDENCE[level];
    if (!operators) return this.#unary();
    let left = this.level(level + 1);
    for (;;) {
      const operator = this.#operator();
      if (!operator || !operators.includes(operator)) return left;
      this.#at += 1;
      const right = this.level(operator === "^" ? level : level + 1);
      left = { kind: "binary", operator, left, right, offset: left.offset };
    }
  }

  end(): void {
    const token = this.#peek();
    if (token.kind !== "end")
      throw this.#error(`expected an operator or the end, found ${shown(token)}`, token);
  }

  #unary(): MathNode {
    const token = this.#peek();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error(`nested more than ${MAX_DEPTH} deep`, token);
    let node: MathNode;
    if (token.kind === "operator" && token.text === "-") {
      this.#at += 1;
      node = { kind: "negate", operand: this.#unary(), offset: token.offset };
    } else node = this.#primary();
    this.#depth -= 1;
    return node;
  }

  #primary(): MathNode {
    const token = this.#next();
    const { offset } = token;
    if (token.kind === "number") return { kind: "number", value: Number(token.text), offset };
    if (token.kind === "string") return { kind: "string", value: token.text, offset };
    if (token.kind === "id") {
      if (this.#isPunctuation("("))
        throw this.#error(
          `"${token.text}" is no function; functions are upper case: ${token.text.toUpperCase()}`,
          token,
        );
      return { kind: "reference", id: token.text, offset };
    }
    if (token.kind === "word") {
      if (!this.#isPunctuation("(")) return { kind: "word", value: token.text, offset };
      this.#at += 1;
      return { kind: "call", name: token.text, args: this.#list(")"), offset };
    }
    if (token.kind === "operator" && token.text === "(") {
      const node = this.level(0);
      this.#expect(")");
      return { ...node, offset };
    }
    if (token.kind === "operator" && token.text === "[")
      return { kind: "array", items: this.#list("]"), offset };
    throw this.#error(`expected a metric, number, function or "(", found ${shown(token)}`, token);
  }

  #list(close: ")" | "]"): MathNode[] {
    const items: MathNode[] = [];
    if (this.#isPunctuation(close)) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.level(0));
      const token = this.#next();
      if (token.kind === "operator" && token.text === close) return items;
      if (!(token.kind === "operator" && token.text === ","))
        throw this.#error(`expected "," or "${close}", found ${shown(token)}`, token);
    }
  }

  #operator(): MathOperator | undefined {
    const token = this.#peek();
    if (token.kind === "word") return token.text === "AND" || token.text === "OR" ? token.text : undefined;
    if (token.kind !== "operator") return undefined;
    const operator = SPELLINGS[token.text] ?? token.text;
    return PRECEDENCE.flat().find((each) => each === operator);
  }

  #isPunctuation(text: string): boolean {
    const token = this.#peek();
    return token.kind === "operator" && token.text === text;
  }

  #peek(): MathToken {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", offset: this.#text.length };
  }

  #next(): MathToken {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #expect(text: string): void {
    const token = this.#next();
    if (!(token.kind === "operator" && token.text === text))
      throw this.#error(`expected "${text}", found ${shown(token)}`, token);
  }

  #error(problem: string, token: MathToken): SourceError {
    return new SourceError("metric-math", problem, this.#text, token.offset);
  }
}

function shown(token: MathToken): string {
  return token.kind === "end" ? "the end" : `"${token.text}"`;
}
