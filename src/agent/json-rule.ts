/** What a JSON value must be like: the part of JSON Schema that the agent's own rules need. */
export type JsonRule =
  | {
      readonly is: "object";
      readonly members: Readonly<Record<string, JsonRule>>;
      readonly required?: readonly string[];
      /** One of these must be there. */
      readonly anyOf?: readonly string[];
      /** Members beyond those: none (default), any, or like this. */
      readonly others?: "any" | JsonRule;
      readonly least?: number;
    }
  | {
      readonly is: "array";
      readonly items: JsonRule;
      readonly least?: number;
      readonly most?: number;
      readonly unique?: boolean;
    }
  | {
      readonly is: "text";
      readonly least?: number;
      readonly most?: number;
      readonly oneOf?: readonly string[];
    }
  | {
      readonly is: "integer";
      readonly least?: number;
      readonly most?: number;
      readonly oneOf?: readonly number[];
    }
  | { readonly is: "boolean" }
  | { readonly is: "either"; readonly rules: readonly [JsonRule, JsonRule] }
  | { readonly is: "anything" };

/** Something that breaks a rule: where, in the form `metrics.append_dimensions.InstanceId`, and how. */
export interface JsonProblem {
  readonly path: string;
  readonly message: string;
}

/** Everything that breaks a rule. */
export function checkJson(rule: JsonRule, value: unknown, path = ""): readonly JsonProblem[] {
  const wrong = (message: string): JsonProblem[] => [
    { path: path === "" ? "the configuration" : path, message },
  ];
  switch (rule.is) {
    case "anything":
      return [];
    case "either": {
      const [first, second] = rule.rules;
      return checkJson(first, value, path).length === 0 ? [] : checkJson(second, value, path);
    }
    case "boolean":
      return typeof value === "boolean" ? [] : wrong(`must be true or false, not ${said(value)}`);
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value))
        return wrong(`must be a whole number, not ${said(value)}`);
      if (rule.oneOf && !rule.oneOf.includes(value))
        return wrong(`must be one of ${rule.oneOf.join(", ")}, not ${value}`);
      return inBounds(value, rule) ? [] : wrong(`must be ${bounds(rule)}, not ${value}`);
    case "text":
      if (typeof value !== "string") return wrong(`must be text, not ${said(value)}`);
      if (rule.oneOf && !rule.oneOf.includes(value))
        return wrong(`must be one of ${rule.oneOf.join(", ")}, not ${said(value)}`);
      return inBounds(value.length, rule)
        ? []
        : wrong(`must have ${bounds(rule)} characters, not ${value.length}`);
    case "array":
      return Array.isArray(value)
        ? checkArray(rule, value, path, wrong)
        : wrong(`must be a list, not ${said(value)}`);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? checkObject(rule, value as Readonly<Record<string, unknown>>, path, wrong)
        : wrong(`must be a mapping, not ${said(value)}`);
  }
}

type Wrong = (message: string) => JsonProblem[];

function checkArray(
  rule: Extract<JsonRule, { is: "array" }>,
  list: readonly unknown[],
  path: string,
  wrong: Wrong,
): readonly JsonProblem[] {
  const problems = list.flatMap((item, index) => checkJson(rule.items, item, `${path}[${index}]`));
  if (!inBounds(list.length, rule))
    problems.push(...wrong(`must have ${bounds(rule)} entries, not ${list.length}`));
  const texts = list.map((item) => JSON.stringify(item));
  if (rule.unique === true && new Set(texts).size < texts.length)
    problems.push(...wrong("has an entry twice"));
  return problems;
}

function checkObject(
  rule: Extract<JsonRule, { is: "object" }>,
  value: Readonly<Record<string, unknown>>,
  path: string,
  wrong: Wrong,
): readonly JsonProblem[] {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const keys = Object.keys(value);
  const problems: JsonProblem[] = [];
  for (const key of keys) {
    const member = Object.hasOwn(rule.members, key) ? rule.members[key] : rule.others;
    if (member === undefined)
      problems.push({
        path: at(key),
        message: `is not known here; known are ${Object.keys(rule.members).join(", ")}`,
      });
    else if (member !== "any") problems.push(...checkJson(member, value[key], at(key)));
  }
  for (const key of rule.required ?? [])
    if (!keys.includes(key)) problems.push({ path: at(key), message: "is missing" });
  if (rule.anyOf && !rule.anyOf.some((key) => keys.includes(key)))
    problems.push(...wrong(`needs ${rule.anyOf.join(" or ")}`));
  if (keys.length < (rule.least ?? 0)) problems.push(...wrong("must not be empty"));
  return problems;
}

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

function inBounds(
  count: number,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Bounds,
): boolean {
  return count >= least && count <= most;
}

function bounds({ least, most }: Bounds): string {
  if (most === undefined) return `at least ${least}`;
  return least === undefined ? `at most ${most}` : `${least} to ${most}`;
}

function said(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
