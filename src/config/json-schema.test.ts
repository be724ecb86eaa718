import { describe, expect, it } from "vitest";
import { CHANNEL_KINDS } from "../notify/channels/registry.ts";
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
    const text = `${JSON.stringify(configurationJsonSchema(CHANNEL_KINDS), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/schema/watchkeeper.schema.json");
  });

  it("of packs is the committed one", async () => {
    const text = `${JSON.stringify(packJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot("../../docs/schema/pack.schema.json");
  });

  it("describes every field and refuses unknown ones", () => {
    const schema = configurationJsonSchema(CHANNEL_KINDS);
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

  it("tells the kinds of channels apart, with every option of each", () => {
    const { definitions } = configurationJsonSchema(CHANNEL_KINDS) as unknown as {
      readonly definitions: {
        readonly notifications: {
          readonly properties: { readonly channels: { readonly additionalProperties: Node } };
        };
      };
    };
    const [line, mapping] = definitions.notifications.properties.channels.additionalProperties[
      "anyOf"
    ] as readonly Node[];
    expect(line).toMatchObject({ type: "string" });
    const kinds = mapping?.["anyOf"] as readonly (Node & { readonly required: readonly string[] })[];
    expect(kinds.map(({ properties }) => properties?.["kind"]?.["const"])).toEqual(
      Object.keys(CHANNEL_KINDS),
    );
    for (const [index, { options }] of Object.values(CHANNEL_KINDS).entries()) {
      const { properties = {}, ...rest } = kinds[index] as Node;
      expect(Object.keys(properties)).toEqual(["kind", "send_resolved", ...Object.keys(options)]);
      expect(rest["additionalProperties"]).toBe(false);
    }
    expect(kinds[0]).toMatchObject({
      title: "Slack, with a bot's token",
      required: ["kind", "token", "channel"],
      properties: {
        kind: { const: "slack" },
        token: { type: "string", pattern: "^(?:env|ssm|secretsmanager|kms):." },
        channel: { pattern: "^(?:^[CGDU][A-Z0-9]{2,}$)$" },
      },
    });
  });
});
