/** Where a text stops being JSON, and why. Line and column count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** What must stand there, and what does. */
  readonly message: string;
}

/** What may come next: where a value begins or has ended, inside of a mapping or a list. */
type Wanted =
  | "value"
  | "first element"
  | "key"
  | "first key"
  | "colon"
  | "end of mapping"
  | "end of list"
  | "end";

const WORDS: Readonly<Record<Wanted, string>> = {
  value: "a value",
  "first element": 'a value or "]"',
  key: "a name in double quotes",
  "first key": 'a name in double quotes or "}"',
  colon: '":"',
  "end of mapping": '"," or "}"',
  "end of list": '"," or "]"',
  end: "nothing more",
};

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Whether a text is meant to be a mapping or a list of JSON, if perhaps a broken one: `[web-1] is slow` isn't. */
export function isMeantAsJson(text: string): boolean {
  return /^\s*(?:\{|\[\s*(?:["{[\]]|$))/.test(text);
}

/** The first place where a text isn't JSON; undefined when all of it is. What the engine says of it differs from version to version, and often names no place. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ("{" | "[")[] = [];
  let wanted: Wanted = "value";
  let at = 0;
  const afterValue = (): Wanted => {
    const inside = open.at(-1);
    return inside === undefined ? "end" : inside === "{" ? "end of mapping" : "end of list";
  };
  for (;;) {
    at = matchAt(SPACE, text, at) ?? at;
    const next = text[at];
    if (next === undefined) return wanted === "end" ? undefined : faultAt(text, at, WORDS[wanted]);
    const takesValue: boolean = wanted === "value" || wanted === "first element";
    const takesKey: boolean = wanted === "key" || wanted === "first key";
    if (next === '"' && (takesValue || takesKey)) {
      const end = endOfText(text, at);
      if (typeof end !== "number") return end;
      at = end;
      wanted = takesKey ? "colon" : afterValue();
    } else if (takesValue && (next === "{" || next === "[")) {
      open.push(next);
      at += 1;
      wanted = next === "{" ? "first key" : "first element";
    } else if (
      (next === "}" && (wanted === "first key" || wanted === "end of mapping")) ||
      (next === "]" && (wanted === "first element" || wanted === "end of list"))
    ) {
      open.pop();
      at += 1;
      wanted = afterValue();
    } else if (next === ":" && wanted === "colon") {
      at += 1;
      wanted = "value";
    } else if (next === "," && (wanted === "end of mapping" || wanted === "end of list")) {
      at += 1;
      wanted = wanted === "end of mapping" ? "key" : "value";
    } else {
      const end = takesValue ? matchAt(SCALAR, text, at) : undefined;
      if (end === undefined) return faultAt(text, at, WORDS[wanted]);
      at = end;
      wanted = afterValue();
    }
  }
}

/** The place behind a text in quotes, or what is wrong in it. */
function endOfText(text: string, start: number): number | JsonFault {
  for (let at = start + 1; ; at += 1) {
    const next = text[at];
    if (next === '"') return at + 1;
    if (next === undefined || next < " ") return faultAt(text, at, "a double quote that ends the text");
    if (next !== "\\") continue;
    const end = matchAt(ESCAPE, text, at);
    if (end === undefined) return faultAt(text, at, 'an escape such as \\n, \\" or \\u00e9');
    at = end - 1;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function faultAt(text: string, at: number, wanted: string): JsonFault {
  const before = text.slice(0, at);
  const found = /^(?:[\w.+-]{1,20}|[\s\S]?)/u.exec(text.slice(at, at + 40))?.[0] ?? "";
  return {
    line: before.split("\n").length,
    column: at - before.lastIndexOf("\n"),
    message:
      found === ""
        ? `it ends where ${wanted} belongs`
        : `${wanted} belongs here, not ${JSON.stringify(found)}`,
  };
}
