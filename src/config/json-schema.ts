import { z } from "zod";
import { configurationSchema, packSchema } from "./configuration-schema.ts";
import { optionJsonSchema } from "./notifications/channel-options.ts";
import { channelMapping } from "./notifications/notifications-schema.ts";
import type { NamedChannelForm } from "./registries.ts";

type Channels = Readonly<Record<string, NamedChannelForm>>;
type Schema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schema (draft 7, which editors know best) of `watchkeeper.yaml`, made from the schema that loading uses, and from the options of
 * the kinds of channels: `kind` tells them apart. Without kinds a channel is any mapping.
 */
export function configurationJsonSchema(channels: Channels = {}): Readonly<Record<string, unknown>> {
  return jsonSchema(configurationSchema, channels);
}

/** JSON Schema of a pack file. */
export function packJsonSchema(): Readonly<Record<string, unknown>> {
  return jsonSchema(packSchema);
}

function jsonSchema(schema: z.ZodType, channels: Channels = {}): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema: made }) => {
      tidy(made);
      if (zodSchema === (channelMapping as z.core.$ZodType)) tellApart(made, channels);
    },
  });
}

/** Turns the schema of any channel into one for each kind, of which `kind` chooses. */
function tellApart(made: Schema, channels: Channels): void {
  const common = made.properties ?? {};
  const kinds = Object.entries(channels).map(([kind, form]) => kindSchema(kind, form, common));
  if (kinds.length === 0) return;
  for (const key of Object.keys(made)) delete made[key as keyof Schema];
  made.anyOf = kinds;
}

function kindSchema(
  kind: string,
  { title, options, url }: NamedChannelForm,
  common: Schema["properties"],
): Schema {
  const required = Object.entries(options).flatMap(([key, option]) => (option.required ? [key] : []));
  return {
    type: "object",
    title,
    description: `${title}. In one line: ${url.example}`,
    properties: {
      ...common,
      kind: { const: kind, description: `${title}.` },
      ...Object.fromEntries(Object.entries(options).map(([key, option]) => [key, optionJsonSchema(option)])),
    },
    required: ["kind", ...required],
    additionalProperties: false,
  } as Schema;
}

/** Whole numbers need no bound at 2^53; `anyOf` of plain types reads better in editors as one list of types; the meaning is the same. */
function tidy(made: z.core.JSONSchema.BaseSchema): void {
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
  const types = made.anyOf?.map((branch) => (Object.keys(branch).length === 1 ? branch.type : undefined));
  if (!types?.every((type) => typeof type === "string")) return;
  delete made.anyOf;
  made.type = types as never;
}
