// CloudWatch's own rules as pure functions: what an alarm does with its data, without asking CloudWatch.
// No AWS package, no I/O, no clock: runs in a browser. This file: the rule of a composite alarm.
import { parseArn } from "../model/arn.ts";
import { didYouMean } from "../support/suggest.ts";
import { ALARM_STATES, type AlarmState, isAlarmState } from "./alarm-state.ts";
import { type RuleToken, tokenizeRule } from "./composite-lexer.ts";
import { SourceError } from "./source-error.ts";

/** The rule of a composite alarm as a tree. Alarms are names or ARNs, as written. */
export type CompositeRule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: "not"; readonly operand: CompositeRule }
  | { readonly kind: "and" | "or"; readonly operands: readonly CompositeRule[] }
  | AtLeastRule;

/** `AT_LEAST(2, NOT OK, (a, b, c))` or `AT_LEAST(50%, ALARM, (a, b))`. */
export interface AtLeastRule {
  readonly kind: "atLeast";
  readonly amount: number;
  /** Whether `amount` is a percentage of the listed alarms. */
  readonly percent: boolean;
  readonly state: AlarmState;
  /** `NOT ALARM`: any other state counts. */
  readonly negated: boolean;
  readonly alarms: readonly string[];
}

/** CloudWatch allows 500 elements; nesting deeper than that can only be refused. */
const MAX_DEPTH = 500;

const KEYWORDS = ["TRUE", "FALSE", "NOT", "AND", "OR", "AT_LEAST", ...ALARM_STATES];

/**
 * Reads an AlarmRule. CloudWatch doesn't publish the precedence of its operators; here NOT binds tightest, then AND, then OR.
 * Whether the alarms exist and the limits hold is not checked here (`compositeRuleProblems`).
 * @throws SourceError (`composite-rule`) with the place.
 */
export function parseCompositeRule(text: string): CompositeRule {
  const parser = new RuleParser(text);
  const rule = parser.or();
  parser.end();
  return rule;
}

/**
 * The canonical text of a rule: equal rules give equal text. AND and OR are never mixed without parentheses,
 * so that the text means the same whatever CloudWatch's precedence is.
 * @throws SourceError for a name that a rule can't hold: one that needs quotes and ends with a backslash.
 */
export function formatCompositeRule(rule: CompositeRule): string {
  return format(rule);
}

/** The alarms a rule refers to, names or ARNs as written, each once, in order of appearance. */
export function referencedAlarms(rule: CompositeRule): string[] {
  const found = new Set<string>();
  const visit = (node: CompositeRule): void => {
    if (node.kind === "state") found.add(node.alarm);
    else if (node.kind === "not") visit(node.operand);
    else if (node.kind === "and" || node.kind === "or") node.operands.forEach(visit);
    else if (node.kind === "atLeast") for (const alarm of node.alarms) found.add(alarm);
  };
  visit(rule);
  return [...found];
}

/** The alarm's name when a reference is an ARN (`arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu`), else the reference itself. */
export function alarmNameOf(reference: string): string {
  const arn = parseArn(reference);
  return arn?.service === "cloudwatch" && arn.resource.startsWith("alarm:")
    ? arn.resource.slice("alarm:".length)
    : reference;
}

/** The same rule with every reference rewritten, for example from names to ARNs. */
export function mapReferences(rule: CompositeRule, rewrite: (alarm: string) => string): CompositeRule {
  switch (rule.kind) {
    case "constant":
      return rule;
    case "state":
      return { ...rule, alarm: rewrite(rule.alarm) };
    case "not":
      return { kind: "not", operand: mapReferences(rule.operand, rewrite) };
    case "and":
    case "or":
      return { kind: rule.kind, operands: rule.operands.map((operand) => mapReferences(operand, rewrite)) };
    case "atLeast":
      return { ...rule, alarms: rule.alarms.map(rewrite) };
  }
}

/**
 * Whether a rule holds: true means the composite alarm is in ALARM, false OK.
 * A percentage holds when at least that share of the listed alarms has the state (CloudWatch's rounding is unpublished).
 */
export function evaluateCompositeRule(rule: CompositeRule, stateOf: (alarm: string) => AlarmState): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "not":
      return !evaluateCompositeRule(rule.operand, stateOf);
    case "and":
      return rule.operands.every((operand) => evaluateCompositeRule(operand, stateOf));
    case "or":
      return rule.operands.some((operand) => evaluateCompositeRule(operand, stateOf));
    case "atLeast": {
      const count = rule.alarms.filter((alarm) => (stateOf(alarm) === rule.state) !== rule.negated).length;
      return rule.percent ? count * 100 >= rule.amount * rule.alarms.length : count >= rule.amount;
    }
  }
}

class RuleParser {
  readonly #text: string;
  readonly #tokens: readonly RuleToken[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenizeRule(text);
  }

  or(): CompositeRule {
    return this.#chain("OR", "or", () => this.#chain("AND", "and", () => this.#not()));
  }

  end(): void {
    const token = this.#peek();
    if (token.kind !== "end") throw this.#error(`expected AND, OR or the end, found ${shown(token)}`, token);
  }

  #chain(word: string, kind: "and" | "or", operand: () => CompositeRule): CompositeRule {
    const operands = [operand()];
    while (this.#isWord(word)) {
      this.#at += 1;
      operands.push(operand());
    }
    const [only] = operands;
    if (operands.length === 1 && only) return only;
    return {
      kind,
      operands: operands.flatMap((each) => flattened(each, kind)),
    };
  }

  #not(): CompositeRule {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw this.#error(
        `nested more than ${MAX_DEPTH} deep, more elements than a rule may have`,
        this.#peek(),
      );
    const negated = this.#isWord("NOT");
    if (negated) this.#at += 1;
    const rule: CompositeRule = negated ? { kind: "not", operand: this.#not() } : this.#primary();
    this.#depth -= 1;
    return rule;
  }

  #primary(): CompositeRule {
    const token = this.#next();
    if (token.kind === "(") {
      const rule = this.or();
      this.#expect(")");
      return rule;
    }
    if (token.kind === "word") {
      if (token.text === "TRUE" || token.text === "FALSE")
        return { kind: "constant", value: token.text === "TRUE" };
      if (token.text === "AT_LEAST") return this.#atLeast();
      if (isAlarmState(token.text)) {
        this.#expect("(");
        const alarm = this.#name();
        this.#expect(")");
        return { kind: "state", state: token.text, alarm };
      }
      const upper = token.text.toUpperCase();
      const hint = KEYWORDS.includes(upper)
        ? ` Keywords are upper case: ${upper}.`
        : didYouMean(token.text, KEYWORDS);
      throw this.#error(`unknown word ${shown(token)}.${hint}`, token);
    }
    throw this.#error(
      `expected ALARM(...), OK(...), INSUFFICIENT_DATA(...), AT_LEAST(...), TRUE, FALSE, NOT or "(", found ${shown(token)}`,
      token,
    );
  }

  #atLeast(): CompositeRule {
    this.#expect("(");
    const amountToken = this.#next();
    const match = /^(\d+)(%?)$/.exec(amountToken.kind === "word" ? amountToken.text : "");
    if (!match)
      throw this.#error(
        `expected a count or a percentage (2, 50%), found ${shown(amountToken)}`,
        amountToken,
      );
    const amount = Number(match[1]);
    const percent = match[2] === "%";
    this.#expect(",");
    const negated = this.#isWord("NOT");
    if (negated) this.#at += 1;
    const state = this.#next();
    if (state.kind !== "word" || !isAlarmState(state.text))
      throw this.#error(`expected ALARM, OK or INSUFFICIENT_DATA, found ${shown(state)}`, state);
    this.#expect(",");
    this.#expect("(");
    const alarms = [this.#name()];
    while (this.#peek().kind === ",") {
      this.#at += 1;
      alarms.push(this.#name());
    }
    this.#expect(")");
    this.#expect(")");
    if (amount < 1 || amount > (percent ? 100 : alarms.length))
      throw this.#error(
        percent
          ? `${match[0]} is not between 1% and 100%`
          : `${amount} is not between 1 and the ${alarms.length} alarms listed`,
        amountToken,
      );
    return { kind: "atLeast", amount, percent, state: state.text, negated, alarms };
  }

  #name(): string {
    const token = this.#next();
    if (token.kind !== "word" && token.kind !== "quoted")
      throw this.#error(`expected an alarm's name or ARN, found ${shown(token)}`, token);
    if (token.text === "") throw this.#error("an alarm's name can't be empty", token);
    const following = this.#peek();
    if (following.kind === "word" || following.kind === "quoted")
      throw this.#error(
        `${shown(token)} is followed by ${shown(following)}: a name with spaces needs double quotes`,
        following,
      );
    return token.text;
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === "word" && token.text === word;
  }

  #peek(): RuleToken {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", offset: this.#text.length };
  }

  #next(): RuleToken {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #expect(kind: "(" | ")" | ","): void {
    const token = this.#next();
    if (token.kind !== kind) throw this.#error(`expected "${kind}", found ${shown(token)}`, token);
  }

  #error(problem: string, token: RuleToken): SourceError {
    return new SourceError("composite-rule", problem, this.#text, token.offset);
  }
}

function shown(token: RuleToken): string {
  return token.kind === "end" ? "the end" : `"${token.text}"`;
}

function format(rule: CompositeRule): string {
  switch (rule.kind) {
    case "constant":
      return rule.value ? "TRUE" : "FALSE";
    case "state":
      return `${rule.state}(${formatName(rule.alarm)})`;
    case "not":
      return `NOT ${grouped(rule.operand)}`;
    case "and":
    case "or":
      return flattened(rule, rule.kind)
        .map(grouped)
        .join(rule.kind === "and" ? " AND " : " OR ");
    case "atLeast": {
      const amount = `${rule.amount}${rule.percent ? "%" : ""}`;
      const state = `${rule.negated ? "NOT " : ""}${rule.state}`;
      return `AT_LEAST(${amount}, ${state}, (${rule.alarms.map(formatName).join(", ")}))`;
    }
  }
}

function flattened(rule: CompositeRule, kind: "and" | "or"): readonly CompositeRule[] {
  return rule.kind === kind ? rule.operands.flatMap((operand) => flattened(operand, kind)) : [rule];
}

function grouped(rule: CompositeRule): string {
  return rule.kind === "and" || rule.kind === "or" ? `(${format(rule)})` : format(rule);
}

function formatName(name: string): string {
  if (name !== "" && !/[\s(),]/.test(name) && !name.startsWith('"')) return name;
  const quoted = `"${name.replaceAll('"', '\\"')}"`;
  if (name === "" || name.endsWith("\\"))
    throw new SourceError(
      "composite-rule",
      `the alarm name ${quoted} can't be written in a rule; refer to the alarm by another name`,
      quoted,
      0,
    );
  return quoted;
}
