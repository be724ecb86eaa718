import type { Labels, Matcher, MatchOperator } from "./alert.ts";

const compiled = new WeakMap<Matcher, (value: string) => boolean>();

/** Whether a matcher holds for the labels. An absent label is an empty one; patterns match the whole value. */
export function matches(matcher: Matcher, labels: Labels): boolean {
  let test = compiled.get(matcher);
  if (!test) {
    test = testOf(matcher);
    compiled.set(matcher, test);
  }
  return test(labelOf(labels, matcher.name));
}

/** Whether every matcher holds. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

/** A label's value; empty when it is absent. */
export function labelOf(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}

function testOf({ operator, value }: Matcher): (text: string) => boolean {
  if (operator === "=") return (text) => text === value;
  if (operator === "!=") return (text) => text !== value;
  const pattern = compilePattern(value);
  if (typeof pattern === "string") return () => false;
  return operator === "=~" ? (text) => pattern.test(text) : (text) => !pattern.test(text);
}

/** The pattern of `=~`, anchored at both ends; a leading `(?i)` and `(?s)` are understood as Alertmanager's regular expressions have them. Text: what is wrong. */
export function compilePattern(source: string): RegExp | string {
  const flags = /^\(\?([is]+)\)/.exec(source);
  const body = flags ? source.slice(flags[0].length) : source;
  try {
    return new RegExp(`^(?:${body})$`, [...new Set(`u${flags?.[1] ?? ""}`)].join(""));
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: .*: /s, "");
  }
}

const MATCHER =
  /^\s*("(?:[^"\\]|\\.)*"|[^\s{}!=~,"'`\\]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s,{}"=!~]*)\s*/;

/**
 * Matchers out of text in Alertmanager's form: `severity="critical"`, `team=~"a|b", region!=eu-west-1`, with or without braces.
 * Names may hold colons (`tag:Team`) and be quoted. Text: what is wrong and where.
 */
export function parseMatchers(text: string): readonly Matcher[] | string {
  const trimmed = text.trim();
  let rest = trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed;
  const found: Matcher[] = [];
  while (rest.trim() !== "") {
    const match = MATCHER.exec(rest);
    if (!match)
      return `${JSON.stringify(rest.trim())} is no matcher: write name="value", with =, !=, =~ or !~`;
    const [whole, name = "", operator = "=", value = ""] = match;
    const matcher = { name: unquoted(name), operator: operator as MatchOperator, value: unquoted(value) };
    if (matcher.name === "") return `${JSON.stringify(whole.trim())} has no label name`;
    const pattern = operator.endsWith("~") ? compilePattern(matcher.value) : undefined;
    if (typeof pattern === "string")
      return `${JSON.stringify(matcher.value)} is no regular expression: ${pattern}`;
    found.push(matcher);
    rest = rest.slice(whole.length);
    if (rest === "") break;
    if (value === "" && rest.startsWith('"')) return `the quote of ${JSON.stringify(rest)} isn't closed`;
    if (!rest.startsWith(","))
      return `${JSON.stringify(rest)} behind ${JSON.stringify(whole.trim())}: put a comma between matchers, and values with spaces or commas in quotes`;
    rest = rest.slice(1);
  }
  return found.length === 0 ? 'is empty: write name="value"' : found;
}

/** A matcher as text that `parseMatchers` reads back. */
export function formatMatcher({ name, operator, value }: Matcher): string {
  const plain = /^[^\s{}!=~,"'`\\]+$/.test(name);
  return `${plain ? name : quoted(name)}${operator}${quoted(value)}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/** Escapes that mean nothing stay as they are, so that `"\d+"` is a pattern, as in Alertmanager's own reading. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(["\\ntr])/g, (_, char: string) => ESCAPES[char] ?? char);
}
