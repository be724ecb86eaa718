import { z } from "zod";
import { configurationSchema, packSchema } from "./configuration-schema.ts";

/** JSON Schema (draft 7, which editors know best) of `watchkeeper.yaml`, made from the schema that loading uses. */
export function configurationJsonSchema(): Readonly<Record<string, unknown>> {
  return jsonSchema(configurationSchema);
}

/** JSON Schema of a pack file. */
export function packJsonSchema(): Readonly<Record<string, unknown>> {
  return jsonSchema(packSchema);
}

function jsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema: made }) => tidy(made),
  });
}

/** Whole numbers need no bound at 2^53; `anyOf` of plain types reads better in editors as one list of types; the meaning is the same. */
function tidy(made: z.core.JSONSchema.BaseSchema): void {
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
  const types = made.anyOf?.map((branch) => (Object.keys(branch).length === 1 ? branch.type : undefined));
  if (!types?.every((type) => typeof type === "string")) return;
  delete made.anyOf;
  made.type = types as never;
}
