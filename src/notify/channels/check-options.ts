import type { ChannelOption, ChannelOptionTable } from "../../model/channel-option.ts";
import { parseSecretReference, SECRET_FORMS } from "../../model/secret-reference.ts";
import { didYouMean } from "../../support/suggest.ts";

/** Something wrong with an option of a channel; `message` goes on from the option's name. Never holds a secret's value. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

/** What is wrong with the options of a channel by its kind's table: each by itself, unknown and missing ones. */
export function checkOptions(
  table: ChannelOptionTable,
  values: Readonly<Record<string, unknown>>,
): readonly OptionProblem[] {
  const problems: OptionProblem[] = [];
  for (const [option, value] of Object.entries(values)) {
    const known = Object.hasOwn(table, option) ? table[option] : undefined;
    const message = known
      ? value === undefined
        ? undefined
        : problemOf(known, value)
      : `is no option here.${didYouMean(option, Object.keys(table))}`;
    if (message !== undefined) problems.push({ option, message });
  }
  for (const [option, { required, description }] of Object.entries(table)) {
    if (required && values[option] === undefined)
      problems.push({ option, message: `is missing: ${description}` });
  }
  return problems;
}

function problemOf(option: ChannelOption, value: unknown): string | undefined {
  switch (option.type) {
    case "secret":
      return typeof value === "string" && parseSecretReference(value)
        ? undefined
        : `must be a reference to a secret, never the secret itself: write ${SECRET_FORMS}`;
    case "text":
      return textProblem(option, value);
    case "flag":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "number": {
      const { least, most } = option;
      const fine = typeof value === "number" && value >= least && value <= most;
      return fine ? undefined : `must be a number from ${least} to ${most}`;
    }
    case "choice":
      return typeof value === "string" && option.values.includes(value)
        ? undefined
        : `must be one of ${option.values.join(", ")}`;
    case "list": {
      if (!Array.isArray(value) || value.length === 0) return "must be a list with at least one entry";
      return value.map((each) => textProblem(option, each)).find((problem) => problem !== undefined);
    }
    case "map":
      return typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        Object.values(value).every((each) => typeof each === "string")
        ? undefined
        : "must be texts by name";
  }
}

function textProblem(
  { pattern, form }: Extract<ChannelOption, { readonly pattern?: RegExp }>,
  value: unknown,
): string | undefined {
  if (typeof value !== "string" || value === "") return "must be a text that isn't empty";
  if (pattern && !pattern.test(value)) return `${JSON.stringify(value)} isn't ${form ?? "of the right form"}`;
  return undefined;
}
