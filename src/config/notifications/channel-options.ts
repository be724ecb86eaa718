import { z } from "zod";
import type { ChannelOption, ChannelOptionTable } from "../../model/channel-option.ts";
import { SECRET_FORMS, SECRET_PATTERN } from "../../model/secret-reference.ts";
import { asList, filled, oneOrMore, strict } from "../schema-parts.ts";

/** The schema of a table of options: a strict mapping. Secrets are texts here; that they are references is checked before. */
export function channelOptionsSchema(table: ChannelOptionTable) {
  return strict(
    Object.fromEntries(
      Object.entries(table).map(([key, option]) => {
        const schema = optionSchema(option).describe(option.description);
        return [key, option.required ? schema : schema.optional()];
      }),
    ),
  );
}

function optionSchema(option: ChannelOption): z.ZodType {
  switch (option.type) {
    case "text":
      return textLike(option).superRefine((text, { addIssue }) => {
        const problem = option.check?.(text);
        if (problem !== undefined) addIssue(problem);
      });
    case "secret":
      return filled;
    case "flag":
      return z.boolean();
    case "number":
      return z.number().min(option.least).max(option.most);
    case "choice":
      return z.enum(option.values as readonly [string, ...string[]]);
    case "list":
      return oneOrMore(textLike(option)).transform((value) => asList(value));
    case "map":
      return z.record(z.string().min(1), z.string());
  }
}

/** Numbers are texts as well where text is asked for: chat ids are written without quotes. */
function textLike({ pattern, form }: { readonly pattern?: RegExp; readonly form?: string }) {
  const shape = form ?? `text like ${pattern?.source ?? ""}`;
  return z
    .union([z.string(), z.number()], {
      error: ({ input }) => (input === undefined ? "is missing" : "must be text"),
    })
    .transform(String)
    .refine(
      (text) =>
        pattern === undefined
          ? text.trim() !== ""
          : new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(text),
      {
        error: pattern === undefined ? "must not be empty" : `must be ${shape}`,
      },
    );
}

/** The JSON Schema of one option. */
export function optionJsonSchema(option: ChannelOption): Readonly<Record<string, unknown>> {
  const { description } = option;
  switch (option.type) {
    case "text":
      return { ...textJsonSchema(option), description };
    case "secret":
      return {
        type: "string",
        pattern: SECRET_PATTERN,
        description: `${description} A reference: ${SECRET_FORMS}.`,
      };
    case "flag":
      return { type: "boolean", description };
    case "number":
      return { type: "number", minimum: option.least, maximum: option.most, description };
    case "choice":
      return { enum: option.values, description };
    case "list": {
      const items = textJsonSchema(option);
      return { anyOf: [items, { type: "array", items }], description };
    }
    case "map":
      return { type: "object", additionalProperties: { type: "string" }, description };
  }
}

/** Draft 7 knows no flags: a pattern that has some is left to loading. */
function textJsonSchema({ pattern }: { readonly pattern?: RegExp }): Readonly<Record<string, unknown>> {
  const type = ["string", "number"];
  return pattern === undefined || pattern.flags !== ""
    ? { type }
    : { type, pattern: `^(?:${pattern.source})$` };
}
