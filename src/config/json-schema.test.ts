import { describe, expect, it } from "vitest";
import { configurationJsonSchema, packJsonSchema } from "./json-schema.ts";

interface Node {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Every property that is described nowhere, as a path. */
function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, ...rest } = node as Node;
  return [
    ...Object.entries(properties).flatMap(([key, value]) => [
      ...("description" in value || "$ref" in value ? [] : [`${path}.${key}`]),
      ...undescribed(value, `${path}.${key}`),
    ]),
    ...Object.entries(rest).flatMap(([key, value]) => undescribed(value, `${path}/${key}`)),
  ];
}

describe("the JSON Schema", () => {
  it("of configurations is the committed one (npx vitest run src/config -u writes it anew)", async () => {
    const text = `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/schema/watchkeeper.schema.json");
  });

  it("of packs is the committed one", async () => {
    const text = `${JSON.stringify(packJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/schema/pack.schema.json");
  });

  it("describes every field and refuses unknown ones", () => {
    const schema = configurationJsonSchema();
    expect(undescribed(schema, "")).toEqual([]);
    expect(schema).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: {
        watchkeeper: { required: ["version", "name", "policies"], additionalProperties: false },
        alarm: { additionalProperties: false, properties: { threshold: { type: "number" } } },
        selector: { additionalProperties: false },
      },
    });
  });
});
